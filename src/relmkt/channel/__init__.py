"""The channel: dealers between the firm and its customers, their sales, and what these tell."""
