"""How quick is ptnews beside Hugo, on the same articles, on this machine? `python -m bench` answers."""
