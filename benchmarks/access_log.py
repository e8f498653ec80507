"""How long the access log takes: one look, a list of a thousand cases, and to see that the log is whole.

    uv run python benchmarks/access_log.py

Makes an SQLite database of its own. Prints the median of the looks and lists, and every run of the check.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable

from data_access import audit, database, tables


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--entries", type=int, default=20_000)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = database.connect(f"sqlite:///{folder}/bench.db", create=True)
        database.upgrade(engine)

        def write(*cases: str) -> Callable[[], object]:
            of = {"purpose": "follow_up", "rows": len(cases), "cases": cases}
            return lambda: audit.write(engine, tables.FULL_SCOPE, action="list_cases", **of)

        look, listed = write("S1"), write(*(f"S{number}" for number in range(1000)))
        one = [_seconds(look) for _ in range(200)]
        many = [_seconds(listed) for _ in range(20)]
        for _ in range(chosen.entries - len(one) - len(many)):
            look()
        checks = [_seconds(lambda: audit.verify(engine)) for _ in range(5)]
        engine.dispose()
    print(f"one look: median {1000 * statistics.median(one):.1f} ms")
    print(f"a list of 1,000: median {1000 * statistics.median(many):.1f} ms")
    print(f"verify {chosen.entries:,} entries: {', '.join(f'{seconds:.2f}' for seconds in checks)} s")


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
