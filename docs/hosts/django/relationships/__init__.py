"""An app that decides on customers, and keeps what was decided."""
