"""Layouts: how the lines of a text are arranged around its table.

A layout is read as preamble, header, rows and comment lines, and written back in the same arrangement. `detect` finds
it from the first lines; to add one that people know by a name, such as GCT, add its row to `KNOWN` in `known`.
"""
