"""`make bench`: how fast one server process answers, beside what the machine and the database could do at most."""
