"""A book to look at: made-up people of three countries, what they own and what they ask for."""
