"""`python -m resolver` is `resolver`."""

from .cli.app import main

main()
