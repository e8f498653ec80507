"""How long a warm process takes from the database to the assessed frame of all measures.

    uv run python benchmarks/assessed_frame.py --size viborg

Makes the demo municipality in a database of its own first. Prints seconds: median and all runs, for the reading,
the judging and both. Stock measures are judged on V and the 24 month ends before it.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from data_access import database, demo, tables
from metrics.assess import assess, month_ends


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--size", default="viborg", choices=["rebild", "viborg", "copenhagen"])
    arguments.add_argument("--runs", type=int, default=9)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = database.connect(f"sqlite:///{folder}/bench.db", create=True)
        database.upgrade(engine)
        demo.make_demo(engine, Path(folder) / "demo", size=chosen.size)
        view_date = tables.newest_extract(engine)
        assert view_date is not None
        days = month_ends(view_date, 24)
        seconds: dict[str, list[float]] = {"read": [], "assess": [], "both": []}
        for run in range(chosen.runs + 1):
            begun = time.perf_counter()
            known = tables.read(engine, tables.FULL_SCOPE)
            read = time.perf_counter()
            assessed = assess(known, view_date, days)
            done = time.perf_counter()
            if run:  # the first warms up
                for name, taken in (("read", read - begun), ("assess", done - read), ("both", done - begun)):
                    seconds[name].append(taken)
        rows = sum(frame.collect().height for frame in known.values())
        engine.dispose()
    print(f"{chosen.size}: {rows:,} rows known, {assessed.outcomes.height:,} outcomes, {len(days)} stock days")
    for name, taken in seconds.items():
        print(f"{name:>7}: median {statistics.median(taken):.3f} s of {', '.join(f'{s:.3f}' for s in taken)}")


if __name__ == "__main__":
    main()
