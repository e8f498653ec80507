"""How long the steering group's material takes to make, from a published month to three files.

    uv run python -m benchmarks.report --size viborg

Makes a demo municipality of its own with its published months, and writes the material as `ungeoverblik report` does.
Prints seconds: the words and numbers, each file, and all of it, median and all runs; the first is a cold start.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

from benchmarks.measured import Measured, at_most
from data_access import database, published
from data_access.tables import FULL_SCOPE
from ui.cli import starting


def timed(size: str, runs: int) -> dict[str, list[float]]:
    """words, each kind of file, all -> seconds of every run."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.db"
        with mock.patch.dict(os.environ, {database.DATABASE_URL: url}):
            starting.make_demo(size, 1, Path(folder) / "demo")
        engine = database.connect(url)
        taken: dict[str, list[float]] = {}
        for _ in range(runs):
            began = time.perf_counter()
            from ui.report import compose
            from ui.report.files import FORMATS
            from ui.report.pack import quietly

            pack = compose.pack(engine, FULL_SCOPE, published.months(engine, FULL_SCOPE)[0].month)
            moment = time.perf_counter()
            taken.setdefault("words", []).append(moment - began)
            for ending, make in FORMATS.items():
                make(pack, quietly)
                taken.setdefault(ending, []).append(time.perf_counter() - moment)
                moment = time.perf_counter()
            taken.setdefault("all", []).append(moment - began)
        engine.dispose()
    return taken


def measure(sizes: Sequence[str], folder: Path) -> list[Measured]:
    """P15: at the demo's mid-size municipality, whatever sizes are asked for; it makes its own."""
    seconds = statistics.median(timed("viborg", 3)["all"])
    return [at_most("P15", "S: månedens materiale (PDF, PowerPoint og Excel)", seconds, 10, "s")]


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--size", default="viborg", choices=["rebild", "viborg", "copenhagen"])
    arguments.add_argument("--runs", type=int, default=5)
    chosen = arguments.parse_args()
    for name, values in timed(chosen.size, chosen.runs).items():
        shown = ", ".join(f"{value:.2f}" for value in values)
        print(f"{name:>5}: median {statistics.median(values):.2f} s of {shown}")


if __name__ == "__main__":
    main()
