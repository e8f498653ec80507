"""How soon a new process has its first figures: from the kept frame, against reading the database and judging it.

    uv run python -m benchmarks.kept --sizes S,M --folder FOLDER

Each time in a process of its own, the two ways in turn: from when the program is loaded and connected, which takes as
long either way, until the figures of the twelve months are there. The kept frame is made first, and its files are
warm, as they are beside another process.
"""

import argparse
import logging
import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import sizes
from benchmarks.apart import apart
from benchmarks.measured import Measured, at_least

TARGETS = {"S": 50, "M": 100, "L": 150}
RUNS = {"S": 7, "M": 3, "L": 1}


def first_figures(size: str, folder: Path, kept: str) -> float:
    """Seconds to the first figures of a process that keeps, or finds, its frame in `kept`."""
    import pyarrow  # noqa: F401  # as the server does at its start

    from data_access import database
    from data_access.kept import KEPT
    from data_access.tables import FULL_SCOPE
    from metrics.assess import Cut, figures, year_before
    from ui import state

    logging.disable(logging.CRITICAL)  # of Streamlit, that nobody looks
    opened = sizes.engine(size, folder)
    file = database.file_of(opened)
    opened.dispose()
    os.environ |= {database.DATABASE_URL: f"sqlite:///{file}", KEPT: kept}
    state.engine()
    begun = time.perf_counter()
    assessed = state.assessed(FULL_SCOPE)
    figures(assessed, Cut(year_before(assessed.view_date), assessed.view_date))
    return time.perf_counter() - begun


def measure(asked: Sequence[str], folder: Path) -> list[Measured]:
    """P6."""
    found = []
    for size in asked:
        place, nowhere = str(folder / f"kept-{size}"), os.devnull + "/nowhere"
        apart(first_figures, size, folder, place)
        ways: dict[str, list[tuple[float, float]]] = {place: [], nowhere: []}
        for _ in range(RUNS[size]):
            for kept, taken in ways.items():
                taken.append(apart(first_figures, size, folder, kept))
        (quick, small), (slow, large) = (map(statistics.median, zip(*taken, strict=True)) for taken in ways.values())
        what = (
            f"{size}: ny proces til første tal, gemt ({quick:.3f} s, {small:.2f} GB) mod læst og regnet "
            f"({slow:.1f} s, {large:.2f} GB)"
        )
        found.append(at_least("P6", what, slow / quick, TARGETS[size], "×"))
    return found


def main() -> None:
    """Measure and print."""
    from benchmarks.goals import show

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="S")
    parser.add_argument("--folder", type=Path, required=True)
    chosen = parser.parse_args()
    show(measure(chosen.sizes.split(","), chosen.folder))


if __name__ == "__main__":
    main()
