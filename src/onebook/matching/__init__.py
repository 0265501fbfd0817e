"""Who is the same person: pure functions on contacts, and the weights they were given."""
