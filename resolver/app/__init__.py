"""Composition: build stores, resolvers, live checks, jobs and nightly runs from the settings.

The only package that reads settings. Interfaces (`cli`, `api`) import it; nothing below does.
"""
