"""Imports a million rows, and the same again, and says how long it took and how much memory it needed.

Run: uv run python -m benchmarks.import_million [--rows 1000000] [--url postgresql://…]
The delivery is made up on the spot; without --url an SQLite file in a temporary folder is used.
"""

import argparse
import datetime as dt
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.measured import Measured, at_most
from data_access.database import connect, upgrade
from data_access.importing import Report, import_delivery

EXTRACT_DATE = dt.date(2026, 10, 31)


def write_delivery(folder: Path, rows: int) -> None:
    """A delivery of about `rows` rows: a thirtieth of them cases, the rest interviews and no-shows."""
    rng = np.random.default_rng(1)
    cases, interviews, no_shows = rows // 30, rows * 20 // 30, rows * 9 // 30
    ids = pl.Series("sagsnummer", [f"S-{n:07}" for n in range(cases)])

    def days(count: int) -> pl.Series:
        numbers = pl.Series(rng.integers(0, 3_650, count))
        return (
            pl.select(pl.lit(dt.date(2016, 10, 1))).item() + numbers.cast(pl.Duration("ms")) * 86_400_000
        ).dt.to_string("%d-%m-%Y")

    def flags(count: int) -> pl.Series:
        return pl.Series(np.array(["ja", "nej", ""])[rng.integers(0, 3, count)])

    def some_cases(count: int) -> pl.Series:
        return ids.gather(rng.integers(0, cases, count))

    pl.DataFrame(
        {
            "sagsnummer": ids,
            "borgernoegle": [f"B{n}" for n in range(cases)],
            "henvendelse": days(cases),
            "center": np.array(["Jobcenter", "Familie", "Voksen", "Sundhed"])[rng.integers(0, 4, cases)],
            "ungdomsuddannelse": flags(cases),
        }
    ).write_csv(folder / "sager.csv", separator=";")
    pl.DataFrame(
        {
            "sagsnummer": some_cases(interviews),
            "samtale_id": [f"T-{n:08}" for n in range(interviews)],
            "dato": days(interviews),
            "form": np.array(["fremmoede", "video", "telefon"])[rng.integers(0, 3, interviews)],
            "paalaeg_fulgt_op": flags(interviews),
            "uddannelsesfokus": flags(interviews),
            "ressourcer": flags(interviews),
            "job_droeftet": flags(interviews),
            "sagsbehandler": np.array(["ABC", "DEF", "GHI"])[rng.integers(0, 3, interviews)],
        }
    ).write_csv(folder / "samtaler.csv", separator=";")
    pl.DataFrame(
        {
            "sagsnummer": some_cases(no_shows),
            "udeblivelse_id": [f"U-{n:08}" for n in range(no_shows)],
            "dato": days(no_shows),
            "fra": np.array(["samtale", "tilbud"])[rng.integers(0, 2, no_shows)],
            "rimelig_grund": flags(no_shows),
            "kontakt": days(no_shows),
            "sanktion": np.array(["ingen", "punkt", ""])[rng.integers(0, 3, no_shows)],
        }
    ).write_csv(folder / "udeblivelser.csv", separator=";")


def imported(rows: int, url: str | None = None) -> Iterator[tuple[Report, float]]:
    """The first import and the same again: what was taken in, and seconds."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "leverance"
        folder.mkdir()
        write_delivery(folder, rows)
        engine = connect(url or f"sqlite:///{place}/db/ungeoverblik.db", create=True)
        upgrade(engine)
        for _ in range(2):
            begun = time.perf_counter()
            report = import_delivery(engine, folder, extract_date=EXTRACT_DATE)
            yield report, time.perf_counter() - begun
        engine.dispose()


def measure(sizes: Sequence[str], folder: Path) -> list[Measured]:
    """P14: a delivery of its own, whatever sizes are asked for."""
    (_, first), (_, again) = imported(1_000_000)
    return [
        at_most("P14", "en million rækker læst ind", first, 60, "s"),
        at_most("P14", "de samme igen", again, 20, "s"),
    ]


def main() -> None:
    """Prints one line per import: seconds, rows and the peak memory of the process so far."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--url")
    options = parser.parse_args()
    for label, (report, seconds) in zip(("first", "same again"), imported(options.rows, options.url), strict=True):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000_000
        new, unchanged = (sum(getattr(t, name) for t in report.tables) for name in ("new", "unchanged"))
        print(f"{label}: {seconds:.1f} s, {new} new, {unchanged} unchanged, peak {peak:.2f} GB")


if __name__ == "__main__":
    main()
