"""How fast the figures are judged and counted, and how that grows with the municipality.

    uv run python -m benchmarks.engine --sizes S,M --folder FOLDER

Per size, in a process of its own: database -> assessed frame of all measures (V and 24 month ends), and a whole page's
figures (now, the period before, per month, per centre, with what was to be expected) of everything and of one
municipality. A leader sees the centres that are hers: that part of the frame is cut out once a data version, and
what is timed is the page on it.
"""

import argparse
import datetime as dt
import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import sizes
from benchmarks.apart import apart
from benchmarks.goals import show
from benchmarks.measured import Measured, at_most, not_here
from data_access import tables
from metrics.assess import Cut, assess, figures, month_ends, within
from ui import figures as pages

SECONDS = {"S": 1, "M": 12, "L": 45}
"""P13 by size."""
MEMORY_GB = 10


@dataclass(frozen=True)
class Timed:
    """Seconds, medians; `gb` = the most memory of the process."""

    outcomes: int
    read: float
    judge: float
    page: float
    """Everything."""
    own: float
    """One municipality's."""
    cut: float
    """To cut one municipality's part out."""
    count: float
    """One count of every outcome by measure."""
    copy: float
    """A plain copy of the bytes that count looks at."""


def timed(size: str, folder: Path, runs: int) -> Timed:
    """One size, warm: the first frame, and the first page of each, are not counted."""
    engine = sizes.engine(size, folder)
    view_date = tables.newest_extract(engine)
    assert view_date is not None
    since, cut = dt.date(view_date.year - 2, 1, 1), Cut(view_date.replace(year=view_date.year - 1), view_date)
    days = month_ends(view_date, 24)
    centers = tables.centers(engine)
    mine = [center for center in centers if not center[-1].isdigit()]
    read, judge = [], []
    for _ in range(runs + (size == "S")):
        begun = time.perf_counter()
        known = tables.read(engine, tables.FULL_SCOPE)
        read.append(time.perf_counter() - begun)
        assessed = assess(known, view_date, days)
        judge.append(time.perf_counter() - begun - read[-1])
        del known
    everything = Cut(dt.date(1990, 1, 1), view_date)
    begun = time.perf_counter()
    own = within(assessed, mine)
    cutting = time.perf_counter() - begun
    looked_at = np.zeros(assessed.outcomes.select("measure", "on", "outcome").estimated_size(), dtype=np.uint8)
    engine.dispose()
    return Timed(
        assessed.outcomes.height,
        statistics.median(read[-runs:]),
        statistics.median(judge[-runs:]),
        _seconds(lambda: pages.read(assessed, cut, centers, since)),
        _seconds(lambda: pages.read(own, cut, mine, since), 9),
        cutting,
        _seconds(lambda: figures(assessed, everything)),
        _seconds(looked_at.copy),
    )


def _seconds(work: Callable[[], object], runs: int = 3) -> float:
    work()
    taken = []
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def measure(asked: Sequence[str], folder: Path) -> list[Measured]:
    """P1, P4, P5 and P13."""
    found: dict[str, Timed] = {}
    said = []
    for size in asked:
        found[size], gb = apart(timed, size, folder, 1 if size == "L" else 3)
        each = found[size]
        parts = f"læst {each.read:.1f} s, bedømt {each.judge:.1f} s, {each.outcomes:,} udfald"
        said.append(at_most("P13", f"{size}: hele rammen ({parts})", each.read + each.judge, SECONDS[size], "s"))
        if size == "L":
            said.append(at_most("P13", "L: hukommelse", gb, MEMORY_GB, "GB"))
    first, last = asked[0], asked[-1]
    small, large = found[first], found[last]
    for size, each in found.items():
        said.append(at_most("P1", f"{size}: hele siden, én kommune", each.own * 1000, 15, "ms"))
    if len(asked) == 1:
        return [*said, not_here("P1", "vækst kræver to størrelser", "<= 1.2 ×"), not_here("P5", "-", "<= 0.75")]
    growth = math.log(sizes.COPIES[last] / sizes.COPIES[first])
    said.append(at_most("P1", f"én kommune ved {last} mod {first}", large.own / small.own, 1.2, "×"))
    if "M" in found:
        slower = found["M"].count / found["M"].copy
        said.append(at_most("P4", "M: alle udfald talt op mod en kopi af de bytes", slower, 30, "×"))
    page, own = (math.log(b / a) / growth for a, b in ((small.page, large.page), (small.own, large.own)))
    said.append(at_most("P5", f"vækst {first} til {last}, uden filter", page, 0.75, "(eksponent)"))
    said.append(at_most("P5", f"vækst {first} til {last}, én kommune", own, 0.05, "(eksponent)"))
    return said


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="S")
    parser.add_argument("--folder", type=Path, required=True)
    chosen = parser.parse_args()
    show(measure(chosen.sizes.split(","), chosen.folder))


if __name__ == "__main__":
    main()
