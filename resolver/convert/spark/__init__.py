"""Conversions on Apache Spark: sessions, how the release comes to the executors, frames and files."""
