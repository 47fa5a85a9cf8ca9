"""Conversion of whole tables: files of several formats, and frames of table libraries."""
