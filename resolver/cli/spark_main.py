"""`spark-submit spark_main.py convert --engine spark …`: the command line as a program that Spark starts."""

from __future__ import annotations

from resolver.cli.app import main

if __name__ == "__main__":
    main()
