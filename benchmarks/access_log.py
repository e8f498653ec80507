"""How long the access log takes: one look, a list of a thousand cases, and to see that the log is whole.

    uv run python -m benchmarks.access_log

Makes an SQLite database of its own. Prints the median of the looks and lists, and every run of the check.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.measured import Measured, at_most
from data_access import audit, database, tables


def timed(entries: int) -> tuple[list[float], list[float], list[float]]:
    """Seconds of each look, of each list of a thousand cases, and of each check of so many entries."""
    with tempfile.TemporaryDirectory() as folder:
        engine = database.connect(f"sqlite:///{folder}/bench.db", create=True)
        database.upgrade(engine)

        def write(*cases: str) -> Callable[[], object]:
            of = {"purpose": "follow_up", "rows": len(cases), "cases": cases}
            return lambda: audit.write(engine, tables.FULL_SCOPE, action="list_cases", **of)

        look, listed = write("S1"), write(*(f"S{number}" for number in range(1000)))
        one = [_seconds(look) for _ in range(200)]
        many = [_seconds(listed) for _ in range(20)]
        for _ in range(entries - len(one) - len(many)):
            look()
        checks = [_seconds(lambda: audit.verify(engine)) for _ in range(5)]
        engine.dispose()
    return one, many, checks


def measure(sizes: Sequence[str], folder: Path) -> list[Measured]:
    """The check of the log, which is no numbered goal: in a log of its own, whatever sizes are asked for."""
    entries = 5_000
    _, _, checks = timed(entries)
    return [
        at_most("log", "100.000 opslag i loggen efterprøvet", statistics.median(checks) * 100_000 / entries, 1, "s")
    ]


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--entries", type=int, default=20_000)
    chosen = arguments.parse_args()
    one, many, checks = timed(chosen.entries)
    print(f"one look: median {1000 * statistics.median(one):.1f} ms")
    print(f"a list of 1,000: median {1000 * statistics.median(many):.1f} ms")
    print(f"verify {chosen.entries:,} entries: {', '.join(f'{seconds:.2f}' for seconds in checks)} s")


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
