"""The strategy of every customer, decided when the customer is saved and once a day."""

__version__ = "0.1.0"
