"""`python -m charlevoix` is the command line."""

from charlevoix.cli import main

main()
