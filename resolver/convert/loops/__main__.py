"""Compiles the loops, so that no large table waits for it: python -m resolver.convert.loops."""

from .compiled import load_loops

load_loops()
