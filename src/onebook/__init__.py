"""One contact book for estate agencies that speaks the APIs their tools speak."""

__version__ = "0.1.0"
