"""Disks for tests of faults."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from newsroom import MEMORY_DISK

from site_in_a_string import Site


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m,mode=777", "none", str(place)]
    if os.geteuid() or not shutil.which("mount") or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root mounts a disk, and not everywhere")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on another disk than the site's."""
    if not MEMORY_DISK.is_dir() or MEMORY_DISK.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("this machine has one disk only")
    place = Path(tempfile.mkdtemp(prefix="ptnews-", dir=MEMORY_DISK))
    yield place
    shutil.rmtree(place)


@pytest.fixture
def memory_site() -> Iterator[Site]:
    """An empty site, on a disk that thousands of builds don't wear out."""
    place = Path(tempfile.mkdtemp(prefix="ptnews-", dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None))
    yield Site(place)
    shutil.rmtree(place)
