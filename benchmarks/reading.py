"""Reading the whole database into typed frames, against SQLAlchemy's rows made into the same frames.

    uv run python -m benchmarks.reading --size M --folder FOLDER

Each way in a process of its own, so that its memory is its own; and the frames must be equal, every table.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
import sqlalchemy as sa
from polars.testing import assert_frame_equal

from benchmarks import sizes
from benchmarks.apart import apart
from benchmarks.measured import Measured, at_least, at_most
from data_access import tables
from data_access.models import DELIVERED

Frames = dict[str, pl.DataFrame]


def ours(engine: sa.Engine) -> Frames:
    """As the dashboard reads them."""
    return {name: frame.collect() for name, frame in tables.read(engine, tables.FULL_SCOPE).items()}


def by_rows(engine: sa.Engine) -> Frames:
    """As one would: select, fetch the rows, make a frame of them in the model's types."""
    frames = {}
    with engine.connect() as connection:
        for model in DELIVERED:
            table, want = model.metadata.tables[str(model.__tablename__)], tables.schema(model)
            columns = [table.c[name] for name in want]
            rows = connection.execute(sa.select(*columns).where(table.c.known_to.is_(None)).order_by(table.c.id))
            frames[table.name] = pl.DataFrame([tuple(row) for row in rows], schema=want, orient="row")
    return frames


def timed(read: Callable[[sa.Engine], Frames], size: str, folder: Path) -> float:
    """Seconds."""
    engine = sizes.engine(size, folder)
    begun = time.perf_counter()
    read(engine)
    return time.perf_counter() - begun


def nothing(size: str, folder: Path) -> None:
    """What a process holds before it has read."""
    sizes.engine(size, folder).dispose()


def equal(folder: Path) -> None:
    """Stop unless both ways give the same frames: what is blank at first, and tables without a row, too."""
    engine = sizes.engine("S", folder)
    for name, frame in by_rows(engine).items():
        assert_frame_equal(ours(engine)[name], frame)


def measure(asked: Sequence[str], folder: Path) -> list[Measured]:
    """P7, at M if it is among those asked for, else at S."""
    size = "M" if "M" in asked else "S"
    equal(folder)
    _, empty = apart(nothing, size, folder)
    (quick, small), (slow, large) = (apart(timed, read, size, folder) for read in (ours, by_rows))
    return [
        at_least("P7", f"{size}: hele databasen mod SQLAlchemys rækker ({quick:.1f} s)", slow / quick, 7, "×"),
        at_most("P7", f"{size}: hukommelse mod den ({small:.2f} GB)", (small - empty) / (large - empty), 1 / 3, "×"),
    ]


def main() -> None:
    """Measure and print."""
    from benchmarks.goals import show

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="S", choices=list(sizes.COPIES))
    parser.add_argument("--folder", type=Path, required=True)
    chosen = parser.parse_args()
    show(measure([chosen.size], chosen.folder))


if __name__ == "__main__":
    main()
