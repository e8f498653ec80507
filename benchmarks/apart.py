"""Runs a piece of work in a process of its own, so that its memory and its warm-up are nobody else's."""

import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Any


def apart(work: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
    """What `work` (a function of a module) returns, and the most memory it had, in GB."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_with_memory, (work, arguments))


def _with_memory(work: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Any, float]:
    found = work(*arguments)
    # a process begins with its parent's ru_maxrss; the high-water mark of its own memory it has from its own start
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return found, int(status["VmHWM"].split()[0]) / 1_000_000
