"""Propstack's contacts API v1 as the vendor documents it and as its clients use it; README.md says how sure that is."""
