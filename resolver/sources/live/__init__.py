"""One file per source: how its API is queried, and how its responses are read. Pure: no input or output.

To add a live source, add a file here and its name to `LIVE_SOURCES` in `resolver.sources.live.registry`.
"""
