"""`python -m bench`, from the top of the repository."""

from bench.run import main

main()
