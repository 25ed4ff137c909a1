"""New sites and new articles. Writes only files that are not there yet.

Knows what a small site needs; must not know how it is built.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from phanthiet_news.config import FILE, CategoryConfig, Config
from phanthiet_news.problem import EXIT_CONFIG, EXIT_REFUSED, EXIT_SYSTEM, Failure
from phanthiet_news.text import did_you_mean, slugify

STARTER = Path(__file__).parent / "starter"


def make_site(folder: Path) -> list[Path]:
    """Make a site in a folder that is empty or not there. The paths made. Raises Failure."""
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            message, hint = "the folder is not empty", "choose a new one; nothing was written"
            raise Failure.at(str(folder), "folder-taken", message, hint, exit_code=EXIT_REFUSED)
        return [_copy(file, folder) for file in sorted(STARTER.rglob("*")) if file.is_file()]
    except OSError as error:
        raise _unwritable(folder, error) from None


def _copy(file: Path, folder: Path) -> Path:
    target = folder / file.relative_to(STARTER)
    target = target.with_name(".gitignore") if target.name == "gitignore" else target
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(file.read_bytes())
    return target


def make_article(root: Path, config: Config, title: str, category: str | None, now: datetime) -> Path:
    """Make a draft whose file is named by the title's slug. Raises Failure, also when the file exists."""
    slug = slugify(title)
    if not slug:
        raise Failure.at(title, "slug", "no file name can be made of this title", "use letters or digits")
    chosen = _category(config, category)
    target = root / "content" / chosen.slug / f"{slug}.md"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8", newline="\n") as file:
            file.write(_article(title, now))
    except FileExistsError:
        message, hint = "the file exists already", "choose another title; nothing was written"
        raise Failure.at(str(target), "file-taken", message, hint, exit_code=EXIT_REFUSED) from None
    except OSError as error:
        raise _unwritable(target, error) from None
    return target


def _category(config: Config, name: str | None) -> CategoryConfig:
    if not config.categories:
        raise Failure.at(
            FILE, "category-none", "no category is declared", "add one under `categories:`", exit_code=EXIT_CONFIG
        )
    if name is None:
        return config.categories[0]
    found = config.category(name)
    if found is None:
        hint = did_you_mean(name, [each.slug for each in config.categories])
        raise Failure.at(
            FILE, "category-unknown", f'the category "{name}" is not declared', hint, exit_code=EXIT_CONFIG
        )
    return found


def _article(title: str, now: datetime) -> str:
    """A JSON string is a YAML string too, whatever the title holds."""
    quoted = json.dumps(title.strip(), ensure_ascii=False)
    return f'---\ntitle: {quoted}\ndate: {now:%Y-%m-%dT%H:%M}\ntags: []\nsummary: ""\ndraft: true\n---\n\n'


def _unwritable(path: Path, error: OSError) -> Failure:
    reason = (error.strerror or str(error)).lower()
    return Failure.at(str(path), "write", f"can't be written: {reason}", exit_code=EXIT_SYSTEM)
