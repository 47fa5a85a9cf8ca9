"""Start the command line under Spark: `spark-submit spark_main.py convert --engine spark …`."""

from __future__ import annotations

from resolver.cli.app import main

if __name__ == "__main__":
    main()
