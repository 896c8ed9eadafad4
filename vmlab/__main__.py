"""`python -m vmlab`: the same as the command `vmlab`."""

from vmlab.cli.main import main

main()
