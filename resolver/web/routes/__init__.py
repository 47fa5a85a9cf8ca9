"""The pages' routes, one file for each page."""
