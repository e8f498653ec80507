"""The kept frame: what was judged of all cases, as Arrow files beside the database, so that nobody need judge it again.

A folder holds one frame, under a name that says all it rests on: the database with every delivery and deletion in it,
the code that reads and judges, and what the caller adds. What rests on anything else has another name; what is not
whole does not bear its seal and is made anew. One process of all makes it; the others wait, and map the same pages.

The files hold case data, and may be deleted at any time.
"""

import hashlib
import logging
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import polars as pl
import sqlalchemy as sa

from data_access.database import file_of, reading
from data_access.models import Import, ImportTable, Purge
from data_access.tables import NoScope, Scope, require

if sys.platform != "win32":  # where a file that is open can be neither replaced nor deleted: there nothing is kept
    import fcntl

KEPT = "UNGEOVERBLIK_KEPT"
"""The setting that names the folder. Without it: beside an SQLite file, and on PostgreSQL nothing is kept."""
PATIENCE = 60.0
"""Seconds that a deletion waits for who is just making a frame."""
TURN = 60.0
"""Seconds that a process waits for another that makes the frame, before it makes its own and keeps it to itself."""

SEAL = "seal"
_WHOLE, _HALF = "frame-", "half-frame-"
_OURS = re.compile(f"{_WHOLE}[0-9a-f]{{64}}|{_HALF}[a-z0-9_]{{8}}")
_BLOCK = 4096
_import, _table, _purge = (model.metadata.tables[str(model.__tablename__)] for model in (Import, ImportTable, Purge))

log = logging.getLogger("ungeoverblik")

Frames = Mapping[str, pl.DataFrame]


def code(folder: Path) -> str:
    """A mark of the source in a folder: another as soon as a letter of it is."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        found.update(f"{path.relative_to(folder)}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


_CODE = (code(Path(__file__).parent), pl.__version__)


@dataclass(frozen=True)
class Mark:
    """What tells one state of the data from another; asked in one statement, so every rerun can."""

    delivery: int
    """Number of the newest import; 0: nothing has been taken in."""
    deletions: int
    delivered_at: str
    deleted_at: str
    """When the newest of both were: a restored database may have as many."""

    @property
    def version(self) -> int:
        """As `database.data_version`."""
        return self.delivery + self.deletions


def mark(engine: sa.Engine, until: int | None = None) -> Mark:
    """The state that the data are in now; `until`: but for the deliveries after that import.

    Raises:
        DatabaseUnavailable: no connection, or no schema yet.
    """
    these = sa.true() if until is None else _import.c.id <= until
    asked = sa.select(
        sa.select(sa.func.coalesce(sa.func.max(_import.c.id), 0)).where(these).scalar_subquery(),
        sa.select(sa.func.count()).select_from(_purge).scalar_subquery(),
        sa.select(sa.func.max(_import.c.imported_at)).where(these).scalar_subquery(),
        sa.select(sa.func.max(_purge.c.purged_at)).scalar_subquery(),
    )
    with reading(engine) as connection:
        delivery, deletions, delivered_at, deleted_at = connection.execute(asked).one()
    return Mark(delivery, deletions, str(delivered_at), str(deleted_at))


def only_added_to(engine: sa.Engine, earlier: Mark) -> bool:
    """Whether all that came since is deliveries: what was shown may go on being shown for a while.

    A database that was restored, or has taken the other's place, does not know the newest delivery of then at its
    moment.
    """
    return mark(engine, earlier.delivery) == earlier


def frames(engine: sa.Engine, scope: Scope | None, of: Sequence[str], build: Callable[[], Frames]) -> Frames:
    """What `build` reads from the database and judges: as it is kept, or made now and kept. Do not change them.

    `of`: what they rest on beside the data and the code here. They are of all cases: no part of them is for who may
    see some. What could not be kept is told in the server's log only.

    Raises:
        NoScope: `scope` is not a `Scope`, or not one that sees all cases.
        DatabaseUnavailable: no connection.
    """
    if require(scope, "sagsdata", "cases").centers is not None:
        raise NoScope("Der blev bedt om alle centres sager af en, der kun må se nogle af dem.")
    place, *others = _folders(engine) or (None,)
    if place is None:
        return _steady(engine, of, build)[1]
    if (found := _read(place / _name(engine, of))) is not None:
        return found
    with ExitStack() as turn:
        try:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            turn.enter_context(_alone(place, TURN))
        except OSError as error:  # where nothing can be kept, each process makes its own
            _not_kept(place, error)
            return _steady(engine, of, build)[1]
        if (found := _read(place / _name(engine, of))) is not None:  # made while we waited
            return found
        name, built = _steady(engine, of, build)
        for other in others:
            with suppress(OSError):
                _sweep(other)
        return _keep(place / name, built)


def remove(engine: sa.Engine) -> None:
    """Delete what is kept of a database, and whatever was left half. Waits for who is making it.

    Only what can be reached from here: this machine, the folder of this process' own setting, and the one beside an
    SQLite file. What is deleted is not written over: a server that has it open would show what was written. Its blocks
    are the file system's.

    Raises:
        NotADirectoryError: the folder of the setting is not here, so nobody knows what a server keeps in it.
        OSError: something may be left; `TimeoutError`: somebody was making a frame all the time.
    """
    places = _folders(engine)
    for place in places:
        if place.is_dir():
            with _alone(place, PATIENCE):
                _sweep(place)
    if os.environ.get(KEPT) and not all(place.is_dir() for place in places[:1]):
        raise NotADirectoryError


def folder(engine: sa.Engine) -> Path | None:
    """Where the frame of a database is kept; None: nowhere."""
    return next(iter(_folders(engine)), None)


def _folders(engine: sa.Engine) -> tuple[Path, ...]:
    """That folder, and the one beside an SQLite file, where a frame may lie from before there was a setting."""
    if sys.platform == "win32":
        return ()
    setting, file = os.environ.get(KEPT), file_of(engine)
    named = (Path(setting).absolute(),) if setting else ()
    return (*named, file.with_name(f"{file.name}-frame")) if file else named


# --- the name -----------------------------------------------------------------------------------------


def _name(engine: sa.Engine, of: Sequence[str]) -> str:
    said = [*_database(engine), *_CODE, *of]
    return _WHOLE + hashlib.sha256("\0".join(said).encode()).hexdigest()


def _database(engine: sa.Engine) -> Iterator[str]:
    """The database and all that came and went in it: a copy or a restored one is another as soon as anything is."""
    yield engine.url.render_as_string()
    if file := file_of(engine):
        with suppress(FileNotFoundError):  # the reading below says so in words
            yield f"{file.stat().st_dev} {file.stat().st_ino}"
    newest = sa.select(sa.func.max(_import.c.id)).scalar_subquery()
    with reading(engine) as connection:
        for query in (
            sa.select(_import).order_by(_import.c.id),
            sa.select(_table).where(_table.c.import_id == newest).order_by(_table.c.table_name),
            sa.select(_purge).order_by(_purge.c.id),
        ):
            yield from (repr(tuple(row)) for row in connection.execute(query))


def _steady(engine: sa.Engine, of: Sequence[str], build: Callable[[], Frames]) -> tuple[str, Frames]:
    """What was made while nothing came or went, and its name."""
    while True:
        name, built = _name(engine, of), build()
        if _name(engine, of) == name:
            return name, built


# --- the files ----------------------------------------------------------------------------------------


@contextmanager
def _alone(place: Path, patience: float) -> Iterator[None]:
    """While nobody else, of this process or another, makes or deletes what is kept here.

    Raises:
        TimeoutError: somebody did so for longer than our patience, in seconds.
        OSError: the folder cannot be opened.
    """
    opened = os.open(place, os.O_RDONLY)  # the lock is the open folder's: it goes when the process does
    try:
        _lock(opened, time.monotonic() + patience)
        yield
    finally:
        os.close(opened)


def _lock(opened: int, until: float) -> None:
    while True:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > until:
                raise TimeoutError from None
            time.sleep(0.1)


def _sweep(place: Path) -> None:
    """Delete every frame here, whole or half. What else is in the folder is not ours."""
    for path in place.iterdir():
        if _OURS.fullmatch(path.name):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def _keep(kept: Path, built: Frames) -> Frames:
    """Put frames in their folder, in place of what was there, and read them back: all processes use the same pages."""
    try:
        _sweep(kept.parent)
        half = Path(tempfile.mkdtemp(prefix=_HALF, dir=kept.parent))
        half.chmod(kept.parent.stat().st_mode & 0o770 | 0o700)  # who may delete here may delete it, not read its files
        for name, frame in built.items():
            with _new(half / f"{name}.arrow") as file:
                frame.write_ipc(file, record_batch_size=max(frame.height, 1))
        with _new(half / SEAL) as file:
            file.write(_seal(kept.name, _mapped(half)))
        half.rename(kept)
    except (OSError, pl.exceptions.PolarsError) as error:
        _not_kept(kept.parent, error)
        with suppress(OSError):
            _sweep(kept.parent)
        return built
    return _read(kept) or built


def _not_kept(place: Path, error: Exception) -> None:
    log.warning("Tallene kunne ikke gemmes i mappen %s: %s", place.name, type(error).__name__)


@contextmanager
def _new(path: Path) -> Iterator[IO[bytes]]:
    with open(path, "wb", opener=lambda name, flags: os.open(name, flags | os.O_EXCL, 0o600)) as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _read(kept: Path) -> Frames | None:
    """The frames of a folder, mapped; None: there is no such folder, or not one that was written whole and by us."""
    import pyarrow as pa

    try:
        if not kept.exists():
            return None
        mapped = _mapped(kept)
        ours = {path.stat().st_uid for path in (kept, *kept.iterdir())} == {os.geteuid()}
        if ours and (kept / SEAL).read_bytes() == _seal(kept.name, mapped):
            # polars' own reader would copy them into memory
            return {name: _frame(pa.ipc.open_file(whole).read_all()) for name, whole in mapped.items()}
    except (OSError, ValueError):
        pass
    log.warning("De gemte tal i mappen %s er ikke hele og bliver regnet igen.", kept.parent.name)
    return None


def _frame(table: Any) -> pl.DataFrame:
    frame = pl.from_arrow(table, rechunk=False)
    assert isinstance(frame, pl.DataFrame)
    return frame


def _mapped(kept: Path) -> dict[str, Any]:
    import pyarrow as pa

    return {path.stem: pa.memory_map(str(path)).read_buffer() for path in sorted(kept.glob("*.arrow"))}


def _seal(name: str, mapped: Mapping[str, Any]) -> bytes:
    """Says whether files are whole and belong under a name; at the speed of memory. Not who wrote them.

    A sum of each block, and one across the blocks, finds what is cut off, blank, out of place or another file's; a hash
    of every byte would take longer than all the rest of a start.
    """
    said = hashlib.sha256(name.encode())
    for stem, whole in mapped.items():
        blocks = whole.size // _BLOCK
        words = np.frombuffer(whole, np.uint64, blocks * _BLOCK // 8).reshape(blocks, _BLOCK // 8)
        said.update(f"\0{stem} {whole.size}\0".encode())
        for axis in (1, 0):
            said.update(words.sum(axis=axis, dtype=np.uint64))
        said.update(whole.slice(blocks * _BLOCK))
    return said.hexdigest().encode()
