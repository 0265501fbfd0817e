"""The schema, one file a step and engine, run forward in order of their numbers."""
