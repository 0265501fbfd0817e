"""The vendor's tables but for the contacts: of each one list of columns, read in both directions, here and by the dump.

One module a topic; `column.py` says what a column and a table are, `index.py` names all tables of the dump.
"""
