"""Names of files → media types. The same on every machine: what a system's own tables say does not count."""

from __future__ import annotations

from mimetypes import MimeTypes

UNKNOWN = "application/octet-stream"
_BY_NAME = {
    "rss.xml": "application/rss+xml",
    "atom.xml": "application/atom+xml",
    "feed.json": "application/feed+json",
    ".htaccess": "text/plain",
    ".nojekyll": "text/plain",
    "security.txt": "text/plain",
    "apple-app-site-association": "application/json",
}
# What the standard library lacks, or has in another way from one version to the next.
_BY_ENDING = {
    "7z": "application/x-7z-compressed",
    "apng": "image/apng",
    "avif": "image/avif",
    "csv": "text/csv",
    "epub": "application/epub+zip",
    "flac": "audio/flac",
    "geojson": "application/geo+json",
    "gz": "application/gzip",
    "ico": "image/x-icon",
    "ics": "text/calendar",
    "js": "text/javascript",
    "m4a": "audio/mp4",
    "map": "application/json",
    "md": "text/markdown",
    "mjs": "text/javascript",
    "ogg": "audio/ogg",
    "ogv": "video/ogg",
    "opus": "audio/ogg",
    "otf": "font/otf",
    "ttf": "font/ttf",
    "vtt": "text/vtt",
    "wasm": "application/wasm",
    "wav": "audio/wav",
    "webmanifest": "application/manifest+json",
    "webm": "video/webm",
    "webp": "image/webp",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "xml": "application/xml",
    "xsl": "application/xslt+xml",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_OF_THE_LIBRARY = MimeTypes().types_map[True]


def media_type(path: str) -> str:
    """The media type of an output; text is UTF-8."""
    name = path.rpartition("/")[2].lower()
    ending = name.rpartition(".")[2]
    found = _BY_NAME.get(name) or _BY_ENDING.get(ending) or _OF_THE_LIBRARY.get(f".{ending}", UNKNOWN)
    return f"{found}; charset=utf-8" if found.startswith("text/") else found
