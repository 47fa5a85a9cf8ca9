"""The flow over a whole table: long jobs built from the rooms below."""
