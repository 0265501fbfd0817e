"""Quentn's API V1."""
