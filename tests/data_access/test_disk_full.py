"""A disk without room: nothing is changed, it is said in Danish, and when there is room again all goes on."""

import datetime as dt
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

import pytest
import sqlalchemy as sa

from data_access import audit
from data_access.database import DatabaseUnavailable, connect
from data_access.handling import Unit, handle
from data_access.importing import DeliveryRefused
from data_access.tables import Scope
from tests.data_access.breaking import done_elsewhere
from tests.data_access.delivering import SAGER, deliver, everything, take_in
from ui.report import files
from ui.report.pack import NoReport, Pack

ANNA = Scope("anna", ("coordinator",), None)
NOON = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
MATERIAL = Pack("month", dt.date(2026, 10, 1), 1, NOON, "Titel", "", (), (), "", (), None, (), None, (), ())
SIZE = 12_000_000
BLOCK = 4096


def log(engine: sa.Engine, action: str) -> None:
    audit.write(engine, ANNA, action=action, purpose="follow_up", rows=1, cases=("S1",))


WRITES: dict[str, tuple[Callable[[sa.Engine, Path], object], str]] = {
    "import": (lambda engine, folder: take_in(engine, folder), "Intet i databasen er ændret."),
    "note": (
        lambda engine, _: handle(engine, ANNA, [Unit("first_interview", "S1", "S1")], state="accepted", note="Aftalt"),
        "Det blev ikke gemt",
    ),
    "log": (lambda engine, _: log(engine, "look_case"), "derfor vises intet"),
}
"""What -> how it is done, and what is said where it cannot be. A file that is fetched comes after its entry in the log:
no log, no file."""


def attempt(engine: sa.Engine, what: str, folder: Path, limited: bool) -> None:
    """In a process of its own, which may be one that cannot write a byte to any file."""
    if limited:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    try:
        if what == "material":
            files.FORMATS = MappingProxyType(dict.fromkeys(files.FORMATS, lambda *_: os.urandom(1_000_000)))
            files.write(MATERIAL, folder)
        else:
            WRITES[what][0](engine, folder)
        print("done", flush=True)
    except (DeliveryRefused, DatabaseUnavailable, NoReport) as refusal:
        print(str(refusal).replace("\n", " "), flush=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path | None]:
    """A disk of 12 MB; None: we may not mount one here, and forbid the process to write instead."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    mounted = shutil.which("mount") and subprocess.run(mount, check=False, capture_output=True).returncode == 0
    yield folder if mounted else None
    if mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def small(disk: Path | None, sqlite_template: Path, tmp_path: Path) -> Iterator[sa.Engine]:
    """A database with cases on that disk, which a server reads."""
    path = (disk or tmp_path) / "ungeoverblik.db"
    shutil.copy(sqlite_template, path)
    engine = connect(f"sqlite:///{path}")
    take_in(engine, deliver(tmp_path / "first", sager=SAGER))
    with engine.connect() as server:
        server.exec_driver_sql("SELECT count(*) FROM cases").all()
        yield engine
    engine.dispose()


def filled(disk: Path | None, otherwise: Path) -> Path:
    """The file that takes up the rest of the disk."""
    ballast = (disk or otherwise) / "ballast"
    if disk:
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(bytes(BLOCK)):
                pass
        assert os.statvfs(disk).f_bavail == 0
    return ballast


@pytest.mark.parametrize("what", WRITES)
def test_where_there_is_no_room_nothing_is_changed(
    disk: Path | None, small: sa.Engine, tmp_path: Path, what: str
) -> None:
    folder = deliver(
        tmp_path / "next", sager=SAGER + "".join(f"    X{i};610190-1234;01-03-2024;Nord;\n" for i in range(3_000))
    )
    before = everything(small)
    ballast = filled(disk, tmp_path)
    [said] = done_elsewhere(small, attempt, what, folder, disk is None)
    assert WRITES[what][1] in said
    if disk and what == "import":
        assert "Disken er fuld" in said
    assert everything(small) == before
    with small.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    ballast.unlink(missing_ok=True)
    assert done_elsewhere(small, attempt, what, folder, False) == ("done",)
    assert everything(small) != before
    assert audit.verify(small) == []


def test_of_the_material_no_file_is_half(disk: Path | None, small: sa.Engine, tmp_path: Path) -> None:
    """The files of a month that stand there stay as they were; what is in them is made before any is written."""
    folder = (disk or tmp_path) / "materiale"
    folder.mkdir()
    assert done_elsewhere(small, attempt, "material", folder, False) == ("done",)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert sorted(name.rpartition(".")[2] for name in before) == ["pdf", "pptx", "xlsx"]
    ballast = filled(disk, tmp_path)
    [said] = done_elsewhere(small, attempt, "material", folder, disk is None)
    assert "Se efter rettigheder og plads" in said
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    ballast.unlink(missing_ok=True)
    assert done_elsewhere(small, attempt, "material", folder, False) == ("done",)
