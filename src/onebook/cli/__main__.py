"""`python -m onebook.cli`: the command line where its script is not on the path, as for the server's own children."""

from __future__ import annotations

from onebook.cli import main

main()
