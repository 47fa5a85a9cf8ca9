"""Tests of this folder read all of a release, so that they have the sample of the genome."""

from __future__ import annotations

from tests.on_sample import data_dir, resolver

__all__ = ["data_dir", "resolver"]
