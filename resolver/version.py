"""The program's version, apart so that every package may import it."""

__version__ = "0.2.0"
