"""Several processes at once: nobody is told that the database is locked, and nothing that was saved is lost."""

import json
import os
import time
from collections import Counter
from itertools import count
from pathlib import Path
from threading import Thread

import pytest
import sqlalchemy as sa

from data_access import audit, tables
from data_access.database import connect, data_version
from data_access.handling import Unit, handle
from data_access.importing import DeliveryRefused
from data_access.tables import FULL_SCOPE, Scope
from tests.data_access.breaking import address, done_elsewhere
from tests.data_access.delivering import SAGER, deliver, take_in
from tests.data_access.test_killed import ROWS, delivery

SECONDS = float(os.environ.get("TEST_SECONDS", "15"))
"""How long they are at it; the bar's own number is 60."""
PROCESSES = 4
SLOWEST = 5.0


def at_once(engine: sa.Engine, folders: tuple[str, str], until: float) -> None:
    """Four processes, each with a connection of its own; what they did comes back as one line of JSON each."""
    url = address(engine)
    children = []
    for number in range(PROCESSES):
        child = os.fork()
        if not child:
            _busy(connect(url), number, folders, until)
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


def _busy(engine: sa.Engine, number: int, folders: tuple[str, str], until: float) -> None:
    """Reads, writes and imports in turn, as long as there is time; counts what was done and what was refused."""
    done: Counter[str] = Counter()
    slowest, who = 0.0, Scope(f"bruger{number}", ("coordinator",), None)
    for turn in count():
        if time.monotonic() > until:
            break
        what = ("save", "log", "read", "import" if turn % 8 == 3 else "save")[turn % 4]
        start = time.monotonic()
        try:
            if what == "save":
                unit = Unit("first_interview", f"S{turn % ROWS}", f"S{turn % ROWS}")
                handle(engine, who, [unit], state="accepted", note=f"{number}-{turn}")
            elif what == "log":
                audit.write(engine, who, action="look_case", purpose="follow_up", rows=1, cases=("S1",))
            elif what == "import":
                take_in(engine, Path(folders[turn // 8 % 2]))
            else:
                read = tables.read(engine, FULL_SCOPE)
                assert read["cases"].collect().height == read["interviews"].collect().height == ROWS
                assert read["cases"].collect()["center"].n_unique() == 1
            done[what] += 1
        except DeliveryRefused as refusal:
            done["told so" if "En indlæsning er i gang" in str(refusal) else f"failed: {refusal}"] += 1
        except Exception as error:
            done[f"failed: {type(error).__name__} {error}"] += 1
        slowest = max(slowest, time.monotonic() - start)
    engine.dispose()
    os.write(1, f"{json.dumps({**done, 'slowest': slowest})}\n".encode())


def test_four_processes_that_read_write_and_import_lose_nothing(engine: sa.Engine, tmp_path: Path) -> None:
    """The log is what they all read and change: each entry is sealed with the one before."""
    folders = delivery(tmp_path / "a", "Nord", "telefon"), delivery(tmp_path / "b", "Syd", "video")
    take_in(engine, Path(folders[0]))
    said = [json.loads(line) for line in done_elsewhere(engine, at_once, folders, time.monotonic() + SECONDS)]
    assert len(said) == PROCESSES
    slowest = max(each.pop("slowest") for each in said)
    done = sum((Counter(each) for each in said), Counter())
    assert [what for what in done if what.startswith("failed")] == []
    assert all(done[what] > 0 for what in ("save", "log", "read", "import"))
    assert slowest < SLOWEST
    with engine.connect() as connection:

        def counted(query: str) -> int:
            return int(connection.exec_driver_sql(query).scalar_one())

        assert counted("SELECT count(*) FROM handlings") == done["save"]
        assert counted("SELECT count(*) FROM access_log") == done["save"] + done["log"]
        assert counted("SELECT count(*) FROM imports") == done["import"] + 1
        assert counted("SELECT count(DISTINCT id) FROM imports") == done["import"] + 1
        assert counted("SELECT count(*) FROM cases WHERE known_to IS NULL") == ROWS
    assert data_version(engine) == done["import"] + 1
    assert audit.verify(engine) == []


def import_as_another(engine: sa.Engine, folder: Path) -> None:
    """Tells the one that waits when it holds the lock, and goes on when that has been refused."""

    def progress(_: int, __: int, label: str) -> None:
        if label == "Gemmer sager":
            (folder / "holds").touch()
            patience = time.monotonic() + 30
            while not (folder / "refused").exists():
                assert time.monotonic() < patience
                time.sleep(0.01)

    print(take_in(engine, folder, progress=progress).number, flush=True)


def test_of_two_imports_at_once_one_runs_and_the_other_is_told(engine: sa.Engine, tmp_path: Path) -> None:
    folder = Path(delivery(tmp_path / "a", "Nord", "telefon"))
    said: list[tuple[str, ...]] = []
    first = Thread(target=lambda: said.append(done_elsewhere(engine, import_as_another, folder)))
    first.start()
    while not (folder / "holds").exists():
        time.sleep(0.01)
    with pytest.raises(DeliveryRefused, match="En indlæsning er i gang"):
        take_in(engine, deliver(tmp_path / "b", sager=SAGER))
    (folder / "refused").touch()
    first.join()
    assert said == [("1",)]
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM cases").scalar_one() == ROWS
