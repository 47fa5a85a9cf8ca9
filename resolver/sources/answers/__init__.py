"""How each upstream's live service is asked, and how its answers are read: pure, no input or output.

A new live source is one file here and its name in `LIVE_SOURCES` (`resolver.sources.answers.registry`).
"""
