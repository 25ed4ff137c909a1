"""`ptnews serve`: the site as it will be, while one writes it. The server, the builder beside it, the watcher."""
