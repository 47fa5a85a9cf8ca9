"""Repairs of tables: what spreadsheets did to gene identifiers, and identifiers that were replaced since."""
