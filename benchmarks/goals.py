"""Every goal of speed in one table: what was measured, the target, and whether it is met.

    uv run --group bench python -m benchmarks.goals --sizes S,M --folder FOLDER

The municipalities are made in the folder at the first run (L takes minutes and 10 GB of disk) and used again at the
next. Ratios are of medians side by side in this run; single times on a shared machine are noisy.
"""

import argparse
import importlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.measured import MODULES, Measured

MET = {True: "ja", False: "nej", None: "ikke målt her"}


def measure(goals: Sequence[str], sizes: Sequence[str], folder: Path) -> list[Measured]:
    """The figures of some goals, in their order; a module that knows several is asked once."""
    found: list[Measured] = []
    for module in dict.fromkeys(MODULES[goal] for goal in goals):
        found += importlib.import_module(f"benchmarks.{module}").measure(sizes, folder)
    order = list(MODULES)
    return sorted((each for each in found if each.goal in goals), key=lambda each: order.index(each.goal))


def show(measured: Sequence[Measured]) -> None:
    """Print the table."""
    table = Table("Mål", "Hvad", "Målt", "Skal være", "Nået")
    for each in measured:
        value = "" if each.met is None else f"{each.value:.3g} {each.unit}"
        table.add_row(each.goal, each.what, value, each.target, MET[each.met])
    Console().print(table)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="S,M,L")
    parser.add_argument("--only", default=",".join(MODULES), help="for example P1,P6")
    parser.add_argument("--folder", type=Path, help="where made municipalities are kept; without it they are not")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        folder = chosen.folder or Path(passing)
        show(measure(chosen.only.split(","), chosen.sizes.split(","), folder))


if __name__ == "__main__":
    main()
