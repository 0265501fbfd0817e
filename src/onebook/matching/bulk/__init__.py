"""Whole books at once, with Splink on DuckDB: `pip install onebook[bulk]`."""
