"""The build pipeline: makes a release from source files."""
