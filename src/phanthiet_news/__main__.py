"""`python -m phanthiet_news` is `ptnews`."""

from phanthiet_news.cli import main

main()
