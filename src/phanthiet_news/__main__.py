"""`python -m phanthiet_news` is `ptnews`."""

from phanthiet_news.cli import main

if __name__ == "__main__":
    main()
