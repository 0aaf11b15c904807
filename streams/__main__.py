"""`python -m streams` is `nummerwacht`."""

from streams.cli import main

main(prog_name="nummerwacht")
