"""The kept frame is served where all that it rests on is the same and it is whole, and else made anew; a deletion takes
it along to the last byte.
"""

import datetime as dt
import logging
import os
import shutil
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from polars.testing import assert_frame_equal

from data_access import kept, retention
from data_access.annotations import set_target
from data_access.database import connect, file_of, writing
from data_access.models import Import, ImportTable, Purge
from data_access.tables import FULL_SCOPE, NoScope, Scope
from tests.case_database import fill

CANARY = "KANARIE-77-saa-lang-at-den-staar-i-sin-egen-blok"
ROWS = 20_000
MADE = {
    "outcomes": pl.DataFrame(
        {
            "measure": pl.Series(["met", "late", None, "met"] * (ROWS // 4), dtype=pl.Enum(["met", "late"])),
            "case_id": [CANARY, *(f"S-{number}" for number in range(1, ROWS))],
            "center": pl.Series([f"Center {number % 9}" for number in range(ROWS)], dtype=pl.Categorical),
            "on": pl.Series([dt.date(2026, 1, 1), None] * (ROWS // 2), dtype=pl.Date),
            "days": pl.Series(range(ROWS), dtype=pl.Int32),
            "settled": [True, False, None, True] * (ROWS // 4),
        }
    ),
    "fields": pl.DataFrame({"fields": [["a", "b"], [], None]}),
    "none": pl.DataFrame(schema={"case_id": pl.String, "rate": pl.Float64}),
}


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> sa.Engine:
    """A database of each kind with a delivery, and a folder to keep in."""
    database: sa.Engine = request.getfixturevalue(f"{request.param}_engine")
    fill(database)
    if request.param == "postgresql":
        monkeypatch.setenv(kept.KEPT, str(tmp_path / "kept"))
    return database


@pytest.fixture
def sqlite(sqlite_engine: sa.Engine) -> sa.Engine:
    fill(sqlite_engine)
    return sqlite_engine


class Maker:
    """Makes the frames, and counts how often it had to."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> dict[str, pl.DataFrame]:
        self.times += 1
        return dict(MADE)


def served(engine: sa.Engine, *of: str) -> tuple[kept.Frames, bool]:
    """The frames, and whether they were there already."""
    make = Maker()
    return kept.frames(engine, FULL_SCOPE, of, make), make.times == 0


def there(engine: sa.Engine) -> Path:
    """The one frame that is kept."""
    place = kept.folder(engine)
    assert place is not None
    [only] = place.iterdir()
    return only


def test_what_was_made_is_read_as_it_was_made(engine: sa.Engine) -> None:
    first, found = served(engine)
    again, found_again = served(engine)
    assert (found, found_again) == (False, True)
    for name, frame in MADE.items():
        for read in (first[name], again[name]):
            assert read.schema == frame.schema
            assert_frame_equal(read, frame)
    assert first.keys() == again.keys() == MADE.keys()


def test_all_processes_read_the_same_pages(sqlite: sa.Engine) -> None:
    """Neither who made them nor who found them has a copy in memory."""
    frames = [served(sqlite)[0] for _ in range(2)]
    mapped = Path("/proc/self/maps").read_text()
    assert mapped.count(str(there(sqlite) / "outcomes.arrow")) == 2
    assert [each["outcomes"].n_chunks() for each in frames] == [1, 1]


def test_nobody_else_may_read_it(engine: sa.Engine) -> None:
    served(engine)
    frame = there(engine)
    assert [path.stat().st_mode & 0o777 for path in (frame.parent, frame)] == [0o700, 0o700]
    assert {path.stat().st_mode & 0o777 for path in frame.iterdir()} == {0o600}


def test_whom_the_folder_lets_delete_may_delete_the_frame_and_not_read_it(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database's owner, who purges, is another user than the server's, in the same group."""
    monkeypatch.setenv(kept.KEPT, str(tmp_path / "shared"))
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o777)
    served(engine)
    frame = there(engine)
    assert frame.stat().st_mode & 0o777 == 0o770
    assert {path.stat().st_mode & 0o777 for path in frame.iterdir()} == {0o600}
    assert served(engine)[1]


@pytest.mark.parametrize("scope", [None, Scope("anna", ("head",), ("Nord",)), Scope("sten", ("steering",), None)])
def test_it_is_for_nobody_who_does_not_see_all_cases(sqlite: sa.Engine, scope: Scope | None) -> None:
    served(sqlite)
    with pytest.raises(NoScope):
        kept.frames(sqlite, scope, (), Maker())


def test_on_postgresql_nothing_is_kept_unless_a_folder_is_named(
    postgresql_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(postgresql_engine)
    monkeypatch.delenv(kept.KEPT, raising=False)
    assert kept.folder(postgresql_engine) is None
    assert [served(postgresql_engine)[1] for _ in range(2)] == [False, False]
    kept.remove(postgresql_engine)


# --- the name: whatever it rests on ---------------------------------------------------------------------

Change = Callable[[sa.Engine, pytest.MonkeyPatch], sa.Engine | None]


def statement(sql: str) -> Change:
    def change(engine: sa.Engine, _: pytest.MonkeyPatch) -> None:
        with writing(engine, FULL_SCOPE) as connection:
            connection.execute(sa.text(sql))

    return change


def delivered(engine: sa.Engine, _: pytest.MonkeyPatch) -> None:
    imports = Import.metadata.tables["imports"]
    with writing(engine) as connection:
        row = dict(connection.execute(sa.select(imports)).mappings().one())
        connection.execute(imports.insert().values(row | {"id": 2}))


restored = statement("UPDATE imports SET imported_at = '2026-11-22 06:00:00.000001'")


def restored_with_more(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    delivered(engine, monkeypatch)
    restored(engine, monkeypatch)


def deleted(engine: sa.Engine, _: pytest.MonkeyPatch | None = None) -> None:
    with writing(engine) as connection:
        purge = {"purged_at": dt.datetime.now(dt.UTC), "purged_by": "prøve", "reason": "rule", "cases": 1}
        connection.execute(sa.insert(Purge.metadata.tables["purges"]).values(purge))


def checksum(engine: sa.Engine, _: pytest.MonkeyPatch) -> None:
    table = ImportTable.metadata.tables["import_tables"]
    counts = dict.fromkeys(("new", "changed", "withdrawn", "unchanged", "rejected"), 0)
    with writing(engine) as connection:
        values = {"import_id": 1, "table_name": "cases", "file": "sager.csv", "sha256": "abc", **counts}
        connection.execute(sa.insert(table).values(values))


def code(_: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_CODE", ("anden kode", *kept._CODE[1:]))


def polars(_: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_CODE", (*kept._CODE[:1], "0.0"))


def replaced(engine: sa.Engine, _: pytest.MonkeyPatch) -> sa.Engine | None:
    """The same rows in another file at the same place, or another database of the server."""
    file = file_of(engine)
    if file is None:
        return connect(engine.url.update_query_dict({"application_name": "another"}))
    engine.dispose()
    shutil.copy(file, file.with_name("other"))
    file.with_name("other").replace(file)
    return connect(f"sqlite:///{file}")


def looked_at(engine: sa.Engine, _: pytest.MonkeyPatch) -> None:
    set_target(engine, FULL_SCOPE, measure="first_interview", valid_from=dt.date(2026, 1, 1), rate=0.9, note="")


@pytest.mark.parametrize(
    ("change", "stands"),
    [
        (looked_at, True),
        (delivered, False),
        (deleted, False),
        (checksum, False),
        (restored, False),
        (statement("UPDATE imports SET extract_date = '2026-11-21'"), False),
        (statement("UPDATE imports SET known_on = '2026-11-21'"), False),
        (code, False),
        (polars, False),
        (replaced, False),
    ],
)
def test_what_rests_on_anything_else_is_not_served(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, change: Change, stands: bool
) -> None:
    served(engine, "V")
    other = change(engine, monkeypatch) or engine
    assert served(other, "V")[1] is stands
    assert served(other, "V")[1]
    assert there(other)  # and the old one is gone
    if other is not engine:
        other.dispose()


@pytest.mark.parametrize("of", [("V",), ("V", "day", "x"), ("day", "V"), ("Vday",), ("W", "day"), ()])
def test_what_the_caller_says_is_part_of_the_name(sqlite: sa.Engine, of: tuple[str, ...]) -> None:
    served(sqlite, "V", "day")
    assert served(sqlite, "V", "day")[1]
    assert not served(sqlite, *of)[1]


def test_a_letter_of_the_source_is_another_mark(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    source = tmp_path / "rules" / "limits.py"
    marks = []
    for text in ("DAYS = 7\n", "DAYS = 8\n", "DAYS = 7\n"):
        source.write_text(text)
        marks.append(kept.code(tmp_path))
    source.rename(source.with_name("other.py"))
    assert marks[0] == marks[2] != marks[1]
    assert kept.code(tmp_path) not in marks


@pytest.mark.parametrize(
    ("change", "only_adds"),
    [
        (delivered, True),
        (deleted, False),
        (restored, False),
        (restored_with_more, False),
    ],
)
def test_a_delivery_adds_to_what_was_and_nothing_else_does(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, change: Change, only_adds: bool
) -> None:
    before = kept.mark(engine)
    assert kept.mark(engine) == before
    change(engine, monkeypatch)
    assert kept.mark(engine) != before
    assert kept.only_added_to(engine, before) is only_adds


# --- whole or not at all --------------------------------------------------------------------------------


def truncated(frame: Path) -> None:
    with open(frame / "outcomes.arrow", "r+b") as file:
        file.truncate(file.seek(0, os.SEEK_END) // 2)


def blank(frame: Path) -> None:
    with open(frame / "outcomes.arrow", "r+b") as file:
        file.seek(8192)
        file.write(bytes(4096))


def one_bit(frame: Path) -> None:
    with open(frame / "outcomes.arrow", "r+b") as file:
        file.seek(-100_000, os.SEEK_END)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))


def longer(frame: Path) -> None:
    with open(frame / "outcomes.arrow", "ab") as file:
        file.write(b"\0")


def empty(frame: Path) -> None:
    (frame / "none.arrow").write_bytes(b"")


def absent(frame: Path) -> None:
    (frame / "fields.arrow").unlink()


def foreign(frame: Path) -> None:
    shutil.copy(frame / "fields.arrow", frame / "none.arrow")


def one_too_many(frame: Path) -> None:
    shutil.copy(frame / "none.arrow", frame / "more.arrow")


def unsealed(frame: Path) -> None:
    (frame / kept.SEAL).unlink()


def another_s_seal(frame: Path) -> None:
    (frame / kept.SEAL).write_text("0" * 64)


def swapped(frame: Path) -> None:
    with open(frame / "outcomes.arrow", "r+b") as file:
        place = file.seek(0, os.SEEK_END) // 2 // 4096 * 4096
        file.seek(place)
        words = file.read(16)
        assert words[8:] != words[:8]
        file.seek(place)
        file.write(words[8:] + words[:8])


def a_file(frame: Path) -> None:
    shutil.rmtree(frame)
    frame.mkdir()


@pytest.mark.parametrize(
    "harm",
    [
        truncated,
        blank,
        one_bit,
        swapped,
        longer,
        empty,
        absent,
        foreign,
        one_too_many,
        unsealed,
        another_s_seal,
        a_file,
    ],
)
def test_what_is_not_whole_is_made_anew(
    sqlite: sa.Engine, harm: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    served(sqlite)
    shutil.copytree(there(sqlite), there(sqlite).parent.with_name("copy"))
    harm(there(sqlite))
    with caplog.at_level(logging.WARNING):
        frames, found = served(sqlite)
    assert not found
    assert "ikke hele" in caplog.text
    assert CANARY not in caplog.text
    for name, frame in MADE.items():
        assert_frame_equal(frames[name], frame)
    assert served(sqlite)[1]


def test_another_frame_s_files_are_not_served_under_this_name(sqlite: sa.Engine) -> None:
    served(sqlite, "V")
    old = there(sqlite)
    shutil.copytree(old, copy := old.parent.with_name("copy"))
    served(sqlite, "W")
    new = there(sqlite)
    shutil.rmtree(new)
    copy.rename(new)
    assert not served(sqlite, "W")[1]


def test_what_somebody_else_wrote_is_not_served(sqlite: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    served(sqlite)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert not served(sqlite)[1]


def test_what_was_left_half_is_swept_and_other_files_are_not(sqlite: sa.Engine) -> None:
    served(sqlite, "V")
    place = there(sqlite).parent
    half = place / "half-frame-0a1b2_c3"
    half.mkdir()
    (half / "outcomes.arrow").write_text(CANARY)
    (place / f"frame-{'0' * 64}").write_text(CANARY)
    others = sorted(["andet", "frame-photos", "half-frame-x"])
    for name in others:
        (place / name).mkdir()
    (place / f"frame-{'1' * 64}").symlink_to(place / "andet")
    served(sqlite, "W")
    assert len(list(place.iterdir())) == len(others) + 1
    kept.remove(sqlite)
    assert sorted(path.name for path in place.iterdir()) == others


def test_where_a_setting_names_another_folder_the_one_beside_the_file_goes_too(
    sqlite: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served(sqlite)
    beside = there(sqlite).parent
    shutil.copytree(beside, tmp_path / "copy")
    monkeypatch.setenv(kept.KEPT, str(tmp_path / "kept"))
    served(sqlite)
    assert not list(beside.iterdir())
    shutil.copytree(tmp_path / "copy", beside, dirs_exist_ok=True)
    kept.remove(sqlite)
    assert not list(beside.iterdir())
    assert not list((tmp_path / "kept").iterdir())


def test_one_file_that_somebody_else_wrote_is_not_served(sqlite: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    served(sqlite)
    stat = Path.stat

    def owned(path: Path, **how: bool) -> os.stat_result:
        found = list(stat(path, **how))
        if path.name == "outcomes.arrow":
            found[4] += 1
        return os.stat_result(found)

    monkeypatch.setattr(Path, "stat", owned)
    assert not served(sqlite)[1]


@pytest.mark.parametrize("harm", ["no folder can be made", "the disk is full", "it is another user's"])
def test_where_nothing_can_be_kept_the_frames_are_served_all_the_same(
    sqlite: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, harm: str
) -> None:
    if harm == "no folder can be made":
        (tmp_path / "fil").write_text("")
        monkeypatch.setenv(kept.KEPT, str(tmp_path / "fil" / "mappe"))
    elif harm == "it is another user's":
        (tmp_path / "kept").mkdir()
        monkeypatch.setenv(kept.KEPT, str(tmp_path / "kept"))
        refused = PermissionError(13, "Permission denied")
        monkeypatch.setattr(Path, "exists", lambda _: (_ for _ in ()).throw(refused))
        monkeypatch.setattr(os, "open", lambda *_: (_ for _ in ()).throw(refused))
    else:
        monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with caplog.at_level(logging.WARNING):
        frames, found = served(sqlite)
    assert not found
    assert_frame_equal(frames["outcomes"], MADE["outcomes"])
    assert "kunne ikke gemmes" in caplog.text
    place = kept.folder(sqlite)
    assert place is not None
    assert not place.is_dir() or not list(place.iterdir())


# --- one at a time --------------------------------------------------------------------------------------

PROCESS = """
    import sys, time
    from pathlib import Path
    import polars as pl
    from data_access import kept
    from data_access.database import connect
    from data_access.tables import FULL_SCOPE

    def make():
        with open(sys.argv[2], "a") as made:
            made.write("x")
        time.sleep(0.5)
        return {"outcomes": pl.DataFrame({"case_id": ["S-1"]})}

    engine = connect(sys.argv[1])
    while not Path(sys.argv[3]).exists():
        time.sleep(0.01)
    assert kept.frames(engine, FULL_SCOPE, (), make)["outcomes"]["case_id"].to_list() == ["S-1"]
"""


def test_of_processes_that_start_at_once_one_makes_it(sqlite: sa.Engine, tmp_path: Path) -> None:
    made, go = tmp_path / "made", tmp_path / "go"
    given = [sys.executable, "-c", textwrap.dedent(PROCESS), f"sqlite:///{file_of(sqlite)}", str(made), str(go)]
    processes = [subprocess.Popen(given) for _ in range(3)]
    go.touch()
    assert [process.wait(120) for process in processes] == [0, 0, 0]
    assert made.read_text() == "x"


def test_of_threads_that_ask_at_once_one_makes_it(sqlite: sa.Engine) -> None:
    make, found = Maker(), []

    def slowly() -> dict[str, pl.DataFrame]:
        time.sleep(0.2)
        return make()

    def ask() -> None:
        found.append(kept.frames(sqlite, FULL_SCOPE, (), slowly)["outcomes"].height)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (make.times, found) == (1, [ROWS] * 8)


def test_who_waits_too_long_for_another_makes_its_own_and_keeps_nothing(
    sqlite: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process may be stopped while it holds the lock."""
    served(sqlite, "V")
    before = there(sqlite)
    monkeypatch.setattr(kept, "TURN", 0.1)
    with kept._alone(before.parent, 1):
        assert not served(sqlite, "W")[1]
    assert there(sqlite) == before


def test_what_was_deleted_while_it_was_made_is_not_in_it(engine: sa.Engine) -> None:
    times = []

    def make() -> dict[str, pl.DataFrame]:
        times.append(1)
        if len(times) == 1:
            deleted(engine)
            return dict(MADE)
        return {"outcomes": MADE["outcomes"].filter(pl.col("case_id") != CANARY)}

    assert CANARY not in kept.frames(engine, FULL_SCOPE, (), make)["outcomes"]["case_id"]
    assert len(times) == 2
    assert CANARY not in kept.frames(engine, FULL_SCOPE, (), make)["outcomes"]["case_id"]
    assert len(times) == 2


# --- deletion -------------------------------------------------------------------------------------------


def files_with(folder: Path, trace: str) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and trace.encode() in path.read_bytes())


@pytest.fixture
def purged(engine: sa.Engine) -> Callable[[], None]:
    return lambda: retention.purge(engine, FULL_SCOPE, retention.Due("rule", dt.date(2020, 1, 1), ()))


def test_a_deletion_leaves_no_byte_of_it(engine: sa.Engine, tmp_path: Path, purged: Callable[[], None]) -> None:
    """What a server has open it can still read, until its next visitor is given what is left."""
    frames, _ = served(engine)
    assert files_with(tmp_path, CANARY) == ["outcomes.arrow"]
    purged()
    assert files_with(tmp_path, CANARY) == []
    assert not list(tmp_path.rglob("frame-*"))
    assert frames["outcomes"]["case_id"][0] == CANARY
    purged()  # where there is nothing


def test_a_deletion_waits_for_who_makes_it_or_says_that_something_is_left(
    engine: sa.Engine, tmp_path: Path, purged: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "PATIENCE", 0.2)
    refused = []

    def make() -> dict[str, pl.DataFrame]:
        with pytest.raises(retention.PurgeRefused, match="de gemte tal i mappen") as refusal:
            purged()
        refused.append(str(refusal.value))
        return dict(MADE)

    kept.frames(engine, FULL_SCOPE, (), make)
    assert files_with(tmp_path, CANARY)
    assert CANARY not in refused[0]
    monkeypatch.setattr(kept, "PATIENCE", 30.0)
    making = threading.Thread(target=kept.frames, args=(engine, FULL_SCOPE, ("W",), slow_maker))
    making.start()
    time.sleep(0.3)
    purged()
    making.join()
    assert files_with(tmp_path, CANARY) == []


def slow_maker() -> dict[str, pl.DataFrame]:
    time.sleep(1)
    return dict(MADE)
