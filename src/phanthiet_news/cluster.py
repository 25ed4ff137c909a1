"""Executors of clusters, for `--executor`. Knows Dask; must not know what is worked on.

All machines of a cluster must see the site's folder at the same path, and have the same ptnews.
"""

from __future__ import annotations

from concurrent.futures import Executor


def dask() -> Executor:
    """The Dask cluster that DASK_SCHEDULER_ADDRESS names; without it, one of processes on this machine."""
    import os

    from distributed import Client

    local = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    client = Client(**({} if "DASK_SCHEDULER_ADDRESS" in os.environ else local))  # type: ignore[no-untyped-call]
    executor: Executor = client.get_executor()  # type: ignore[no-untyped-call]
    return executor
