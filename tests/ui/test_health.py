"""What the server says of itself: to this machine only, in time, and without a word about a case."""

import asyncio
import datetime as dt
import json
import os
import shutil
import statistics
import threading
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import pytest
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from data_access import intake
from data_access.audit import LOG_ANCHORS, NotLogged
from data_access.database import DATABASE_URL, DatabaseUnavailable, WrongSchema, file_of, writing
from data_access.kept import KEPT
from tests.case_database import CENTERS, VIEW_DATE, fill
from ui import data_quality, gauges, health, notices

GB = 1_000_000_000
HERE = "127.0.0.1"


@pytest.fixture(autouse=True)
def well(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A database with a delivery of the day before, a frame built of it, and room enough."""
    fill(engine)
    address = engine.url.render_as_string(hide_password=False)
    if (file := file_of(engine)) is not None:
        address = f"sqlite:///{file}"
    monkeypatch.setenv(DATABASE_URL, address)
    for setting in (intake.REPORT, health.BACKUPS, KEPT, LOG_ANCHORS):
        monkeypatch.delenv(setting, raising=False)
    monkeypatch.setattr(gauges, "FRAME", gauges.Frame(1, 1_800_000_000.0, 1.5))
    today_is(monkeypatch, 1)
    free(monkeypatch, GB)


def today_is(monkeypatch: pytest.MonkeyPatch, days_later: int) -> None:
    monkeypatch.setattr(data_quality, "today", lambda: VIEW_DATE + dt.timedelta(days=days_later))


def free(monkeypatch: pytest.MonkeyPatch, amount: int, at: Path | None = None) -> None:
    """So much is left, `at` one folder (default: everywhere)."""
    usage = lambda folder: type("Usage", (), {"free": amount if at in (None, folder) else GB})  # noqa: E731
    monkeypatch.setattr(shutil, "disk_usage", usage)


def asked(path: str = "/sundhed", *, host: str = "127.0.0.1:8501", client: str = HERE, base: str = "") -> Any:
    """The answer to one request that comes from `client` and names `host`."""
    app = Starlette(routes=health.routes(base))

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(client, 4711))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as visitor:
            return await visitor.get(path)

    return done(ask())


def done(asking: Coroutine[Any, Any, Any]) -> Any:
    """In a thread of its own: where a browser test ran before, this one has a running event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asking).result()


def test_all_is_well() -> None:
    answer = asked()
    assert answer.status_code == 200
    said = answer.json()
    assert (said["status"], said["problems"], said["version"]) == ("ok", [], "0.1.0")
    kind = said["database"]["kind"]
    assert said["database"] == {"kind": kind, "answers": True, "schema": True, "writable": True}
    assert said["delivery"] | {"rows": None} == {
        "number": 1,
        "extract_date": "2026-11-22",
        "age_days": 1,
        "imported_at": "2026-11-22T06:00:00+00:00",
        "rows": None,
    }
    assert (said["import"], said["backup"]) == (None, {"newest_at": None})
    assert said["frame"] == {"version": 1, "built_at": "2027-01-15T08:00:00+00:00", "seconds": 1.5, "failed": False}
    measured = {"program": GB} | ({"database": GB} if kind == "sqlite" else {})
    assert said["disk"] == {"free_bytes": measured}


@pytest.mark.parametrize(
    ("days", "free_bytes", "frame", "status", "problem"),
    [
        (35, GB, 1, "ok", None),
        (36, GB, 1, "degraded", "Den nyeste leverance er 36 dage gammel."),
        (1, GB, 0, "degraded", "Tallene er ikke regnet endnu."),
    ],
)
def test_what_somebody_should_look_at(
    days: int, free_bytes: int, frame: int, status: str, problem: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    today_is(monkeypatch, days)
    free(monkeypatch, free_bytes)
    gauges.FRAME.version = frame
    answer = asked()
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["problems"]) == (status, [problem] if problem else [])


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("setting", "place"),
    [
        (None, "program"),
        (DATABASE_URL, "database"),
        (KEPT, "kept"),
        (LOG_ANCHORS, "anchors"),
        (health.BACKUPS, "backups"),
        (intake.REPORT, "report"),
    ],
)
def test_every_disk_that_is_written_to_is_looked_at(
    setting: str | None, place: str, engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path.cwd()
    if setting == DATABASE_URL:
        folder = (file_of(engine) or folder).parent
    elif setting:
        folder = tmp_path / "mappe"
        folder.mkdir()
        monkeypatch.setenv(setting, str(folder / "rapport.json" if setting == intake.REPORT else folder))
    free(monkeypatch, GB - 1, at=folder)
    said = asked().json()
    assert f"Der er under 1 GB ledig plads ved {health.PLACES[place]}." in said["problems"]
    assert (said["status"], said["disk"]["free_bytes"][place]) == ("degraded", GB - 1)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("lines", "days", "problem"),
    [
        (None, 0, "har ikke lagt en hel rapport"),
        ([], 0, None),
        ([{"number": 3}], 2.9, None),
        ([{"number": 3}], 3.1, "har ikke kørt i 3 dage"),
        ([{"number": 3}, {"refused": True}], 0, "Den seneste leverance blev afvist"),
        ([{"problem": "x"}], 0, "Den seneste indlæsning gik ikke godt"),
    ],
)
def test_how_the_scheduled_import_went(
    lines: list[dict[str, Any]] | None,
    days: float,
    problem: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(intake.REPORT, str(tmp_path / "indlaesning.json"))
    well = not (problem and problem.startswith("Den seneste"))
    if lines is not None:
        intake.write_report(lines, 0 if well else 1)
        ran = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
        run = intake.newest_run()
        assert run
        monkeypatch.setattr(intake, "newest_run", lambda: replace(run, ended=ran))
    said = asked().json()
    assert said["status"] == ("degraded" if problem else "ok")
    assert [problem in each for each in said["problems"]] == [True] * bool(problem)
    assert bool(said["import"]) is (lines is not None)
    assert numbers(asked("/maaltal").text)["ungeoverblik_import_refused"] == float(not well)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("days", "problem"), [(None, "ingen sikkerhedskopi"), (1.9, None), (2.1, "sikkerhedskopi er 2 dage gammel")]
)
def test_how_old_the_newest_backup_is(
    days: float | None, problem: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(health.BACKUPS, str(tmp_path))
    (tmp_path / ".ungeoverblik-halv.del").touch()
    for older in (0, 5) if days is not None else ():
        copy = tmp_path / f"ungeoverblik-{older}.gpg"
        copy.touch()
        os.utime(copy, (time.time() - ((days or 0) + older) * 86_400,) * 2)
    said = asked().json()
    assert [problem in each for each in said["problems"]] == [True] * bool(problem)
    assert (said["status"], bool(said["backup"]["newest_at"])) == ("degraded" if problem else "ok", days is not None)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_delivery_that_cannot_be_judged_is_told_of_until_one_can(monkeypatch: pytest.MonkeyPatch) -> None:
    gauges.not_built()
    said = asked().json()
    assert (said["status"], said["frame"]["failed"]) == ("degraded", True)
    assert "kan ikke regnes" in said["problems"][0]
    assert numbers(asked("/maaltal").text)["ungeoverblik_frame_build_failed"] == 1.0
    gauges.built(2, 1.0)
    assert asked().json()["status"] == "ok"


def test_a_database_that_can_only_be_read_shows_nothing(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            name = engine.url.database
            connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    else:  # as root every file may be written, so we say what the system would
        monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    answer = asked()
    assert (answer.status_code, answer.json()["status"]) == (503, "failed")
    assert answer.json()["database"] | {"kind": ""} == {"kind": "", "answers": True, "schema": True, "writable": False}
    assert "kan kun læses" in answer.json()["problems"][0]


def test_nothing_has_been_delivered(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        for table in ("interviews", "cases", "centers", "imports"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    answer = asked()
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["problems"] == ["Der er ikke indlæst en leverance endnu."]


@pytest.mark.parametrize(("schema", "answers"), [("0001", True), ("9999", True), (None, False)])
def test_nothing_can_be_shown(
    schema: str | None, answers: bool, engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if schema:
        with writing(engine) as connection:
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{schema}'")
    else:
        monkeypatch.setenv(DATABASE_URL, f"sqlite:///{tmp_path}/findes-ikke.db")
    answer = asked()
    assert (answer.status_code, answer.json()["status"]) == (503, "failed")
    said = answer.json()["database"]
    assert said == {"kind": said["kind"], "answers": answers, "schema": False, "writable": False}
    assert len(answer.json()["problems"]) == 1


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """A database that takes the question and never answers; tells how often it was asked."""
    asked_times: list[int] = []
    let_go = threading.Event()

    def hang() -> None:
        asked_times.append(1)
        let_go.wait(30)

    monkeypatch.setattr(health, "_ask", hang)
    monkeypatch.setattr(health, "PATIENCE", 0.2)
    yield asked_times
    let_go.set()


def test_a_database_that_hangs_is_told_of_and_not_waited_for(hanging: list[int]) -> None:
    began = time.monotonic()
    app = Starlette(routes=health.routes(""))

    async def ask() -> list[int]:
        transport = httpx.ASGITransport(app, client=(HERE, 4711))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{HERE}") as visitor:
            return [(await visitor.get("/sundhed")).status_code for _ in range(3)]

    assert done(ask()) == [503] * 3
    assert time.monotonic() - began < 5
    assert len(hanging) == 1  # threads do not pile up


@pytest.mark.parametrize("path", ["/sundhed", "/maaltal"])
@pytest.mark.parametrize(
    ("host", "client", "status"),
    [
        ("127.0.0.1:8501", HERE, 200),
        ("localhost:8501", "::1", 200),
        ("[::1]:8501", HERE, 200),
        ("ungeoverblik.example", HERE, 404),  # through the proxy, which hands on the name
        ("localhost.example", HERE, 404),
        ("127.0.0.1:8501", "10.1.2.3", 404),
    ],
)
def test_only_this_machine_is_answered(path: str, host: str, client: str, status: int) -> None:
    assert asked(path, host=host, client=client).status_code == status


def test_it_lies_under_the_path_of_the_dashboard() -> None:
    assert asked("/ungeoverblik/sundhed", base="/ungeoverblik").status_code == 200
    assert asked("/sundhed", base="/ungeoverblik").status_code == 404


def test_no_case_and_no_centre_is_in_it() -> None:
    text = asked().text + asked("/maaltal").text
    assert [name for name in (*CENTERS, "26-10", "person-") if name in text] == []


def test_it_is_cheap() -> None:
    asked()
    took = []
    for _ in range(7):
        began = time.process_time()
        asked()
        took.append(time.process_time() - began)
    assert statistics.median(took) < 0.05


def numbers(text: str) -> dict[str, float]:
    """Series -> value, as Prometheus reads it."""
    return {
        sample.name + json.dumps(sample.labels, sort_keys=True) * bool(sample.labels): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_same_as_numbers() -> None:
    said = numbers(asked("/maaltal").text)
    expected = {
        "ungeoverblik_healthy": 1.0,
        "ungeoverblik_database_up": 1.0,
        'ungeoverblik_disk_free_bytes{"folder": "program"}': GB,
        "ungeoverblik_frame_build_failed": 0.0,
        "ungeoverblik_frame_version": 1.0,
        "ungeoverblik_frame_build_seconds": 1.5,
        "ungeoverblik_import_refused": 0.0,
        "ungeoverblik_extract_age_days": 1.0,
        'ungeoverblik_info{"version": "0.1.0"}': 1.0,
        "ungeoverblik_sessions": 0.0,
    }
    assert {name: said[name] for name in expected} == expected
    assert said["process_resident_memory_bytes"] > 1e7


def test_what_happens_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "st", mock.MagicMock())
    before = numbers(asked("/maaltal").text)
    for url in ("", "screening", "screening"):
        run = gauges.Run()
        run.of(url)
        run.ended()
    gauges.Run().ended()
    for error in (DatabaseUnavailable("x"), WrongSchema("x"), NotLogged("x"), NotLogged("x")):
        notices.unavailable(error)
    with notices.beside(ValueError):
        raise NotLogged("x")
    with notices.beside(ValueError):
        raise ValueError("x")
    notices.failed("0")
    after = numbers(asked("/maaltal").text)
    rose = {name: after[name] - before.get(name, 0.0) for name in after if name.startswith("ungeoverblik_")}
    assert {name: by for name, by in rose.items() if by and not name.startswith("ungeoverblik_run_seconds_")} == {
        "ungeoverblik_errors_total": 1.0,
        'ungeoverblik_unavailable_total{"why": "database"}': 1.0,
        'ungeoverblik_unavailable_total{"why": "schema"}': 1.0,
        'ungeoverblik_unavailable_total{"why": "log"}': 3.0,
    }
    runs = {page: rose[f'ungeoverblik_run_seconds_count{{"page": "{page}"}}'] for page in ("forside", "screening")}
    assert runs == {"forside": 1.0, "screening": 2.0}
    assert rose['ungeoverblik_run_seconds_count{"page": "ingen"}'] == 1.0
