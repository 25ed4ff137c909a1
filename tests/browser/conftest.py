"""One build of the bundled site for all browser tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from phanthiet_news.build import Request, build
from serving import served
from site_in_a_string import PICTURES

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled site as files."""
    out, memory = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("memory")
    build(Request(root=ROOT, out=out, memory=memory, pictures=PICTURES, as_of="2024-01-01", jobs=1))
    return out


@pytest.fixture(scope="session")
def address(bundled: Path) -> Iterator[str]:
    """Where the bundled site is served."""
    with served(bundled) as address:
        yield address
