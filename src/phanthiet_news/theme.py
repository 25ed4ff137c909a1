"""Where the theme that ships with ptnews lies. Knows the layout of the package and of its repository."""

from __future__ import annotations

from pathlib import Path


def _folder(name: str) -> Path:
    """Inside the package once installed; at the top of the repository while developing."""
    package = Path(__file__).parent
    installed = package / "theme" / name
    return installed if installed.is_dir() else package.parents[1] / name


def templates() -> Path:
    """The theme's templates."""
    return _folder("templates")


def static() -> Path:
    """The theme's static files."""
    return _folder("static")


def holds(file: str) -> bool:
    """Whether a static file is the theme's."""
    return Path(file).is_relative_to(static())


def folders() -> list[Path]:
    """All folders of the theme."""
    return [templates(), static()]
