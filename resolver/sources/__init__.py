"""One module for each source database: the files it publishes, their columns and quirks, and how to read them.

A new source is one file here and its name in `SOURCES` (`resolver.sources.registry`).
"""
