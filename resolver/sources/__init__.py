"""What does each upstream say? One file each: the files it publishes, their columns and quirks, and how to read them.

A new upstream is one file here and its name in `SOURCES` (`resolver.sources.registry`).
"""
