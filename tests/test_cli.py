"""The command line as a script meets it: JSON alone on standard output, an exit status, and history by V and K."""

import csv
import datetime as dt
import io
import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import polars as pl
import pytest
import sqlalchemy as sa
import streamlit as st
from click.testing import Result
from typer.testing import CliRunner

from data_access import audit, decisions, demo, intake, kept, published, retention, tables
from data_access.database import DATABASE_URL, reading, writing
from data_access.importing import Report, import_delivery
from data_access.models import ACCESS_ROLES
from metrics import disclosure
from metrics.measures import MEASURES
from ui import catalogue, cli, publishing, server_log, state, texts
from ui.cli import app
from ui.cli.access import Role

COUNTS = ("met", "late", "overdue", "missing", "unmet", "excused", "lapsed", "unknown", "pending")
GROUP = ("measure", "from", "to", "center", "category", "month")
FIGURES = (*GROUP, "base", *COUNTS, "rate", "audit_rate", "low", "high")
DEVIATIONS = ("measure", "case", "center", "category", "on", "due", "done", "outcome", "days_over")

SAGER = """
    sagsnummer;cpr;henvendelse;center;afsluttet;ungdomsuddannelse
    W1;610101-1111;26-03-2025;Nord;;nej
    W2;620202-1111;24-03-2025;Nord;;nej
    W3;630303-1111;03-03-2025;Nord;;nej
    W4;640404-1111;24-02-2025;Nord;;nej
    W7a;670707-1111;01-03-2025;Syd;05-03-2025;nej
    W7b;670707-1111;01-03-2025;Syd;12-03-2025;nej
    W8a;680808-1111;10-01-2025;Syd;;nej
    W8b;680808-1111;03-03-2025;Syd;;nej
    W10;710101-1111;20-03-2025;Syd;;nej
"""
CENTERSKIFT = """
    sagsnummer;center;fra;til
    W4;Nord;24-02-2025;26-02-2025
    W4;Syd;27-02-2025;
"""
SAMTALER = """
    sagsnummer;samtale_id;dato
    W4;T4;05-03-2025
    W8a;T8;15-01-2025
    W8b;T9;12-03-2025
"""
LATER = "W3;T3;10-03-2025\nW10;T10;02-04-2025\n"
"""Registered after March was over: the interview of case 3, and one that had not been held yet on 31 March."""

K_THEN, K_NOW = ("--known-at", "2025-03-31"), ("--known-at", "2025-04-05")


def deliver(folder: Path, **tables: str) -> Path:
    """A delivery folder in the contract's own form."""
    folder.mkdir()
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_text(textwrap.dedent(rows).lstrip(), encoding="utf-8")
    return folder


def address(engine: sa.Engine) -> str:
    """The address of a database as operation writes it."""
    if engine.dialect.name == "sqlite":
        return f"sqlite:///{str(engine.url.database).removeprefix('file:')}"
    return engine.url.render_as_string(hide_password=False)


@pytest.fixture
def database(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    """An empty database, and the command line pointed at it.

    A command lets go of its connections by ending; here many commands run in one process, so we close for them.
    """
    opened: set[sa.Engine] = set()

    def remember(connection: sa.Connection) -> None:
        opened.add(connection.engine)

    monkeypatch.setenv(DATABASE_URL, address(engine))
    sa.event.listen(sa.Engine, "engine_connect", remember)
    yield engine
    sa.event.remove(sa.Engine, "engine_connect", remember)
    for used in opened:
        used.dispose()


@pytest.fixture
def march(database: sa.Engine, tmp_path: Path) -> sa.Engine:
    """The worked cases as two deliveries: of 31 March, and of 5 April with what was registered since."""
    both = {"sager": SAGER, "centerskift": CENTERSKIFT}
    import_delivery(database, deliver(tmp_path / "leverance-2025-03-31", samtaler=SAMTALER, **both))
    import_delivery(
        database, deliver(tmp_path / "leverance-2025-04-05", samtaler=textwrap.dedent(SAMTALER) + LATER, **both)
    )
    return database


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def read(*arguments: str) -> list[dict[str, Any]]:
    """What a command writes, which is JSON and nothing else."""
    result = run(*arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    return rows


def of(measure: str, *arguments: str) -> dict[str, Any]:
    [row] = read("figures", "--measure", measure, *arguments)
    return row


@pytest.mark.usefixtures("march")
def test_figures_say_one_row_a_measure_with_the_columns_of_the_contract() -> None:
    rows = read("figures")
    assert [row["measure"] for row in rows] == [measure.key for measure in MEASURES]
    assert {tuple(row) for row in rows} == {FIGURES}


@pytest.mark.usefixtures("march")
def test_without_options_figures_are_of_the_twelve_months_to_the_newest_extract() -> None:
    row = of("first_interview")
    assert (row["from"], row["to"]) == ("2024-04-06", "2025-04-05")
    # case 1 and 2 are overdue by now, and the interview of case 10 came after its deadline
    assert [row[name] for name in ("base", *COUNTS)] == [8, 2, 3, 3, 0, 0, 0, 1, 0, 0]
    assert [row[name] for name in ("center", "category", "month")] == [None, None, None]


@pytest.mark.usefixtures("march")
def test_without_a_first_day_the_period_is_the_twelve_months_to_its_last() -> None:
    row = of("first_interview", "--to", "2025-02-28")
    assert (row["from"], row["to"], row["base"]) == ("2024-02-29", "2025-02-28", 1)
    assert of("first_interview", "--from", "2025-01-01", *K_THEN, "--as-of", "2025-03-31")["to"] == "2025-03-31"


@pytest.mark.usefixtures("march")
def test_march_as_it_was_known_then_and_as_it_is_known_now() -> None:
    march = ("--as-of", "2025-03-31", "--from", "2025-03-01", "--to", "2025-03-31")
    then, now, default = (of("first_interview", *march, *known) for known in (K_THEN, K_NOW, ()))
    assert [then[name] for name in ("base", "met", "late", "overdue", "lapsed", "pending")] == [5, 0, 2, 3, 1, 1]
    assert [now[name] for name in ("base", "met", "late", "overdue", "lapsed", "pending")] == [5, 1, 2, 2, 1, 1]
    assert default == now
    assert (then["rate"], now["rate"], now["audit_rate"]) == (0.0, 0.2, 0.2)
    assert then["low"] == 0.0 < now["low"] < 0.2 < now["high"] < 1.0


@pytest.mark.usefixtures("march")
@pytest.mark.parametrize(
    ("known_at", "overdue"),
    [
        ("2025-03-31", ["W7b", "W3", "W10"]),
        ("2025-04-04", ["W7b", "W3", "W10"]),
        ("2025-04-05", ["W7b", "W10"]),
        ("2025-03-30", []),
    ],
)
def test_case_3_is_overdue_until_its_interview_is_known(known_at: str, overdue: list[str]) -> None:
    rows = read("deviations", "--as-of", "2025-03-31", "--known-at", known_at, "--measure", "first_interview")
    assert [row["case"] for row in rows if row["outcome"] == "overdue"] == overdue


@pytest.mark.usefixtures("march")
def test_deviations_say_which_case_and_how_many_days_over() -> None:
    rows = read("deviations", "--as-of", "2025-03-31", "--measure", "first_interview", *K_NOW)
    assert {tuple(row) for row in rows} == {DEVIATIONS}
    assert [(row["case"], row["outcome"], row["due"], row["done"], row["days_over"]) for row in rows] == [
        ("W7b", "overdue", "2025-03-08", None, 23),
        ("W10", "overdue", "2025-03-27", None, 4),
        ("W4", "late", "2025-03-03", "2025-03-05", 2),
        ("W8b", "late", "2025-03-10", "2025-03-12", 2),
    ]
    assert {row["measure"] for row in rows} == {"first_interview"}
    assert [(row["center"], row["on"]) for row in rows if row["case"] == "W4"] == [("Syd", "2025-03-03")]


@pytest.mark.usefixtures("march")
@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--by", "month"),
        ("--by", "center"),
        ("--by", "category"),
        ("--by", "age"),
        ("--center", "Syd"),
        ("--center", "Syd", "--center", "Nord", "--by", "center"),
        ("--category", "aktivitetsparat"),
        ("--as-of", "2025-03-31", "--known-at", "2025-03-31"),
        ("--from", "2025-03-01", "--to", "2025-03-09", "--by", "month"),
        ("--from", "01-03-2025", "--to", "10-03-2025"),
        ("--measure", "final_visitation", "--measure", "first_interview"),
    ],
    ids=" ".join,
)
def test_there_are_as_many_deviations_as_the_figures_count(options: tuple[str, ...]) -> None:
    counted: dict[str, int] = {}
    for row in read("figures", *options):
        counted[row["measure"]] = counted.get(row["measure"], 0) + row["late"] + row["overdue"] + row["missing"]
    listed = [row["measure"] for row in read("deviations", *options)]
    assert {key: listed.count(key) for key in counted} == counted
    assert set(listed) <= set(counted)


@pytest.mark.usefixtures("march")
def test_the_groups_of_a_split_carry_their_name() -> None:
    interviews = ("figures", "--measure", "first_interview")
    months = read(*interviews, "--by", "month", "--from", "2025-01-01", "--to", "2025-03-15")
    assert [(row["month"], row["from"], row["to"], row["base"]) for row in months] == [
        ("2025-01", "2025-01-01", "2025-01-31", 1),
        ("2025-02", "2025-02-01", "2025-02-28", 0),
        ("2025-03", "2025-03-01", "2025-03-15", 4),
    ]
    assert (months[1]["rate"], months[1]["low"], months[1]["high"]) == (None, None, None)
    ages = read(*interviews, "--by", "age")
    assert [row["age"] for row in ages] == [13, 18, 25, None]
    assert sum(row["base"] for row in ages) == read(*interviews)[0]["base"]
    centers = read(*interviews, "--by", "center", *K_THEN, "--as-of", "2025-03-31")
    assert [(row["center"], row["base"]) for row in centers] == [("Nord", 1), ("Syd", 5)]


@pytest.mark.usefixtures("march")
def test_what_falls_due_soon_and_is_not_done_is_listed() -> None:
    asked = ("due-soon", "--as-of", "2025-03-31", "--measure", "first_interview")
    rows = read(*asked)
    assert [(row["case"], row["due"], row["days_left"]) for row in rows] == [
        ("W2", "2025-03-31", 0),
        ("W1", "2025-04-02", 2),
    ]
    assert set(rows[0]) == {"measure", "case", "center", "team", "due", "days_left"}
    assert [row["case"] for row in read(*asked, "--days", "1")] == ["W2"]
    assert read(*asked, "--center", "Syd") == []


@pytest.mark.usefixtures("march")
@pytest.mark.parametrize(("command", "columns"), [("figures", FIGURES), ("deviations", DEVIATIONS)])
def test_csv_holds_the_same_as_json(command: str, columns: tuple[str, ...]) -> None:
    options = (command, "--as-of", "2025-03-31", "--measure", "first_interview")
    result = run(*options, "--format", "csv")
    assert (result.exit_code, result.stderr) == (0, "")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert tuple(rows[0]) == columns
    as_text = [{name: "" if value is None else str(value) for name, value in row.items()} for row in read(*options)]
    assert rows == as_text


def test_the_catalogue_needs_no_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{tmp_path / 'findes-ikke.db'}")
    rows = read("measures", "--format", "json")
    assert [row["measure"] for row in rows] == [measure.key for measure in MEASURES]
    assert all(row["title"] and row["rule"] and row["base"] and row["legal_basis"] for row in rows)
    result = run("measures", "--format", "csv")
    assert (result.exit_code, len(list(csv.DictReader(io.StringIO(result.stdout))))) == (0, len(MEASURES))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("figures", "--measure", "findes_ikke"),
        ("deviations", "--measure", "first_interview", "--measure", "findes_ikke"),
        ("figures", "--as-of", "i går"),
        ("figures", "--by", "team"),
        ("figures", "--format", "xml"),
        ("figures", "--from", "2025-04-01", "--to", "2025-03-31"),
        ("deviations", "--from", "2025-05-01", "--as-of", "2025-03-31"),
        ("figures", "--center", "Norrd"),
        ("due-soon", "--days", "15"),
        ("deviations", "--category", "uddannelsesparate"),
        ("import",),
        ("import", "mappe", "--extract-date", "31/3"),
        ("import", "mappe", "--extract-date", "2162-11-20"),
        ("findes-ikke",),
    ],
    ids=" ".join,
)
@pytest.mark.usefixtures("march")
def test_wrong_use_exits_with_2_and_writes_nothing_to_standard_output(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr


@pytest.mark.usefixtures("march")
def test_an_unknown_measure_is_named() -> None:
    assert "findes_ikke" in run("figures", "--measure", "findes_ikke").stderr


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("command", ["figures", "deviations", "due-soon", "publish"])
def test_an_empty_database_exits_with_1_and_says_what_to_do(command: str) -> None:
    result = run(command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Databasen er tom" in result.stderr
    assert "ungeoverblik import" in result.stderr


@pytest.mark.parametrize("command", ["figures", "deviations", "due-soon", "publish"])
def test_a_missing_database_exits_with_1_and_is_not_made(
    command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{tmp_path / 'findes-ikke.db'}")
    result = run(command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Der er ingen database" in result.stderr
    assert str(tmp_path) not in result.stderr
    assert list(tmp_path.iterdir()) == []


# Taking in a delivery


@pytest.mark.usefixtures("database")
@pytest.mark.usefixtures("march")
def test_a_survey_and_costs_are_read_in_and_said_to_be(tmp_path: Path) -> None:
    header = "titel;fra;til;inviterede;besvarede;spoergsmaal;svar;antal"
    path = tmp_path / "svar.csv"
    path.write_text(f"{header}\nTrivsel;01-05-2025;31-05-2025;10;5;Blev du hørt?;hoej_grad;5\n", encoding="utf-8")
    assert [run("survey", str(path)).stderr for _ in range(2)] == [
        "Gemt: »Trivsel«.\n",
        "»Trivsel« er læst ind før med præcis den fil. Intet er ændret.\n",
    ]
    path.write_text(path.read_text("utf-8").replace("grad;5", "grad;4"), encoding="utf-8")
    assert "udgave 2. De tidligere udgaver er bevaret." in run("survey", str(path)).stderr
    refused = run("costs", str(path))
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "blev ikke læst ind, og intet er ændret.\nKolonnen »art«, »center«" in refused.stderr
    path.write_text("titel;fra;til;art;center;beloeb;unge\nTilbud;01-01-2024;31-12-2024;mentor;;900,50;\n", "utf-8")
    assert run("costs", str(path)).stderr == "Gemt: »Tilbud«.\n"


def test_import_exits_with_0_and_its_figures_can_be_read(tmp_path: Path) -> None:
    folder = deliver(tmp_path / "leverance", sager=SAGER, samtaler=SAMTALER)
    result = run("import", str(folder), "--extract-date", "31-03-2025")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "31-03-2025" in result.stderr
    assert of("first_interview", "--from", "2025-03-01")["overdue"] == 3


@pytest.mark.usefixtures("database")
def test_import_reports_as_json(tmp_path: Path) -> None:
    folder = deliver(tmp_path / "leverance-2025-03-31", sager=SAGER, samtaler=SAMTALER + "    W9;T99;12-03-2025\n")
    result = run("import", str(folder), "--json", "--allow-rejections")
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert report["extract_date"] == "2025-03-31"
    assert [(t["table"], t["new"], t["rejected"]) for t in report["tables"]] == [("sager", 9, 0), ("samtaler", 3, 1)]
    [rejected] = report["rejections"]
    assert (rejected["row"], rejected["column"]) == (5, "sagsnummer")


@pytest.mark.usefixtures("database")
def test_a_refused_delivery_exits_with_1_and_changes_nothing(tmp_path: Path) -> None:
    folder = deliver(tmp_path / "leverance-2025-03-31", sager="sagsnummer;center\nW1;Nord\n")
    result = run("import", str(folder))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Intet i databasen er ændret." in result.stderr
    as_json = run("import", str(folder), "--json")
    refusal = json.loads(as_json.stdout)
    assert (as_json.exit_code, refusal["refused"]) == (1, True)
    assert any("sager.csv" in problem for problem in refusal["problems"])
    assert run("figures").exit_code == 1


@pytest.mark.usefixtures("database")
def test_a_delivery_refused_for_its_bad_rows_says_what_is_wrong_with_each(tmp_path: Path) -> None:
    folder = deliver(tmp_path / "leverance-2025-03-31", sager=SAGER + "    W9;690909-1111;31-02-2025;Nord;;nej\n" * 2)
    result = run("import", str(folder))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "sager.csv, række 11, henvendelse: Kan ikke læses som en dato" in result.stderr
    refusal = json.loads(run("import", str(folder), "--json").stdout)
    assert [(bad["row"], bad["column"]) for bad in refusal["rejections"]] == [(11, "henvendelse"), (12, "henvendelse")]
    assert all(bad["reason"] and bad["advice"] for bad in refusal["rejections"])


def test_while_a_delivery_is_taken_in_figures_are_read_and_a_second_import_is_told(
    march: sa.Engine, tmp_path: Path
) -> None:
    folder = deliver(tmp_path / "leverance-2025-04-06", sager=SAGER)
    while_importing: list[Result] = []

    def progress(_done: int, _total: int, label: str) -> None:
        if label == "Gemmer sager":
            while_importing.extend((run("figures", *K_NOW), run("import", str(folder))))

    import_delivery(march, folder, progress=progress)
    figures, second = while_importing
    assert (figures.exit_code, figures.stderr) == (0, "")
    assert second.exit_code == 1
    assert "En indlæsning er i gang" in second.stderr


@pytest.mark.usefixtures("database")
def test_a_folder_that_is_not_there_and_a_source_nobody_knows_exit_with_1(tmp_path: Path) -> None:
    assert run("import", str(tmp_path / "findes-ikke")).exit_code == 1
    folder = deliver(tmp_path / "leverance", sager=SAGER)
    assert run("import", str(folder), "--source", "findes_ikke").exit_code == 1


# As it is started


# The log


@pytest.fixture
def logged(database: sa.Engine) -> sa.Engine:
    """Two looks at case S1, and one of them at S2 too."""
    built_in = tables.FULL_SCOPE
    audit.write(database, built_in, action="look_case", purpose="follow_up", rows=1, cases=["S1"])
    audit.write(database, built_in, action="list_cases", purpose="management_review", rows=2, cases=["S1", "S2"])
    return database


def tamper(engine: sa.Engine) -> None:
    """Cut off the end, as somebody who owns the database can."""
    with writing(engine) as connection:
        for table in ("access_log_cases", "access_log"):
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql(f"DROP TRIGGER {table}_delete")
            else:
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        connection.exec_driver_sql("DELETE FROM access_log_cases WHERE log_id = 2")
        connection.exec_driver_sql("DELETE FROM access_log WHERE id = 2")


@pytest.mark.usefixtures("logged")
def test_a_whole_log_exits_with_0() -> None:
    result = run("log", "verify")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "Loggen hænger sammen" in result.stderr


def test_a_log_whose_end_is_cut_off_exits_with_1_and_says_where(logged: sa.Engine, tmp_path: Path) -> None:
    assert run("log", "anchor", "--folder", str(tmp_path)).exit_code == 0
    [anchors] = tmp_path.glob("*.csv")
    assert "Loggen er hel." in run("log", "verify", "--anchors", str(anchors)).stderr
    tamper(logged)
    assert run("log", "verify").exit_code == 0
    result = run("log", "verify", "--anchors", str(anchors))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Loggen slutter ved post nr. 1" in result.stderr


@pytest.mark.usefixtures("logged")
def test_an_anchor_that_cannot_be_written_exits_with_1(tmp_path: Path) -> None:
    result = run("log", "anchor", "--folder", str(tmp_path / "findes-ikke"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Ankeret kunne ikke skrives" in result.stderr


@pytest.mark.usefixtures("logged")
def test_the_extract_of_a_citizen_holds_times_and_purposes_and_nobody_s_name() -> None:
    rows = read("log", "extract", "S1")
    assert {tuple(row) for row in rows} == {("at", "purpose", "action")}
    assert [(row["purpose"], row["action"]) for row in rows] == [
        ("Opfølgning på afvigelse", "Opslag på sag"),
        ("Ledelsestilsyn", "Liste over sager"),
    ]
    assert all(dt.datetime.fromisoformat(row["at"]).utcoffset() for row in rows)
    assert list(csv.DictReader(io.StringIO(run("log", "extract", "S2", "--format", "csv").stdout))) == rows[1:]
    assert read("log", "extract", "findes-ikke") == []


@pytest.mark.parametrize(("setting", "status", "said"), [("365", 0, "Slettet: 0 poster"), ("30", 1, "mindst 180")])
@pytest.mark.usefixtures("logged")
def test_the_log_is_purged_by_its_setting(
    monkeypatch: pytest.MonkeyPatch, setting: str, status: int, said: str
) -> None:
    monkeypatch.setenv(audit.LOG_DAYS, setting)
    result = run("log", "purge")
    assert (result.exit_code, result.stdout) == (status, "")
    assert said in result.stderr


# Who has access


def test_the_first_administrator_is_let_in_from_the_command_line(database: sa.Engine) -> None:
    given = ("--claim", "roles", "--value", "ung-admin", "--role", "administrator")
    result = run("access", "grant", *given)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "Nr. 1: Administrator · roles = ung-admin." in result.stderr
    assert run("access", "grant", *given).exit_code == 0
    [row] = read("access", "list")
    assert dt.datetime.fromisoformat(row.pop("granted_at")).utcoffset() is not None
    assert row == {
        "number": 1,
        "claim": "roles",
        "value": "ung-admin",
        "role": "administrator",
        "center": None,
        "granted_by": "indbygget",
    }
    assert (
        run("access", "list", "--format", "csv").stdout.splitlines()[1].startswith("1,roles,ung-admin,administrator,")
    )
    assert run("access", "revoke", "1").exit_code == 0
    assert read("access", "list") == []
    with database.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM access_log WHERE action = 'grant'").scalar() == 2


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("grant", "--claim", "roles", "--value", "x", "--role", "head"), 1, "Vælg afdelingslederens center"),
        (
            ("grant", "--claim", "roles", "--value", "x", "--role", "head", "--center", "Øst"),
            1,
            "Vælg afdelingslederens",
        ),
        (("grant", "--claim", "roles", "--value", " ", "--role", "steering"), 1, "Skriv både"),
        (("grant", "--claim", "roles", "--value", "x", "--role", "chef"), 2, "chef"),
        (("revoke", "7"), 1, "allerede fjernet"),
        (("revoke", "9" * 20), 2, "NUMMER"),
    ],
)
@pytest.mark.usefixtures("march")
def test_what_cannot_be_granted_or_revoked_is_said(arguments: tuple[str, ...], status: int, said: str) -> None:
    result = run("access", *arguments)
    assert (result.exit_code, result.stdout) == (status, "")
    assert said in result.stderr


def test_the_command_line_offers_the_roles_there_are() -> None:
    assert set(get_args(Role)) == set(ACCESS_ROLES)


# Deleting cases


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit that W7a and W7b, closed in March 2025, are past for ever."""
    monkeypatch.setenv(retention.CASE_MONTHS, "1")


def standing(engine: sa.Engine) -> list[str]:
    """The cases in the database, whatever their version."""
    with engine.connect() as connection:
        return list(connection.execute(sa.text("SELECT DISTINCT case_id FROM cases ORDER BY case_id")).scalars())


@pytest.mark.parametrize(("options", "ago"), [((), "1 måned"), (("--months", "2"), "2 måneder")])
@pytest.mark.usefixtures("limit")
def test_purge_shows_what_it_would_delete_and_deletes_with_yes(
    march: sa.Engine, options: tuple[str, ...], ago: str
) -> None:
    before = standing(march)
    shown = run("purge", *options)
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert f"2 sager afsluttet for mere end {ago} siden" in shown.stderr
    assert "Efter afslutningsår: 2025: 2." in shown.stderr
    assert "Intet er slettet. Slet dem for altid med --yes." in shown.stderr
    assert standing(march) == before
    deleted = run("purge", *options, "--yes")
    assert (deleted.exit_code, deleted.stdout) == (0, "")
    assert "De er slettet." in deleted.stderr
    assert standing(march) == [case for case in before if not case.startswith("W7")]
    assert "Ingen sager er over slettefristen." in run("purge", *options, "--yes").stderr
    with march.connect() as connection:
        assert connection.execute(sa.text("SELECT reason, cases FROM purges")).all() == [("rule", 2)]


def test_purge_of_a_person_takes_all_their_cases(march: sa.Engine) -> None:
    before = standing(march)
    shown = run("purge", "--case", "W8b")
    assert "2 sager om den samme person. Efter afslutningsår: ikke afsluttet: 2." in shown.stderr
    assert standing(march) == before
    done = run("purge", "--case", "W8b", "--yes")
    nowhere = march.dialect.name == "postgresql"  # without a setting
    assert (done.exit_code, "UNGEOVERBLIK_KEPT er ikke sat her" in done.stderr) == (0, nowhere)
    assert standing(march) == [case for case in before if not case.startswith("W8")]
    again = run("purge", "--case", "W8a")
    assert (again.exit_code, again.stdout, again.stderr.strip()) == (0, "", "Sagen er allerede slettet.")


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_purge_says_that_it_does_not_find_the_folder_of_what_is_kept(
    march: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is misspelt, or a container that was not given the folder: a server keeps it elsewhere."""
    monkeypatch.setenv(kept.KEPT, str(tmp_path / "gemt"))
    done = run("purge", "--case", "W8b", "--yes")
    assert done.exit_code == 1
    assert "Sagerne er slettet, men de gemte tal er ikke nået: mappen" in done.stderr
    assert [case for case in standing(march) if case.startswith("W8")] == []
    (tmp_path / "gemt").mkdir()
    (tmp_path / "gemt" / f"frame-{'0' * 64}").mkdir()
    assert run("purge", "--case", "W8b", "--yes").exit_code == 0
    assert list((tmp_path / "gemt").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "setting", "status", "said"),
    [
        ((), "", 2, "UNGEOVERBLIK_CASE_MONTHS"),
        (("--months", "0"), "", 2, "--months"),
        (("--months", "12", "--case", "W1"), "", 2, "--months eller --case"),
        ((), "fem", 1, "helt antal måneder fra 1 til 1200"),
        (("--case", "findes-ikke", "--yes"), "", 1, "Sagen findes ikke"),
    ],
)
def test_what_purge_cannot_do_is_said(
    march: sa.Engine,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    setting: str,
    status: int,
    said: str,
) -> None:
    monkeypatch.setenv(retention.CASE_MONTHS, setting)
    before = standing(march)
    result = run("purge", *arguments)
    assert (result.exit_code, result.stdout) == (status, "")
    assert said in result.stderr
    assert "findes-ikke" not in result.stderr
    assert standing(march) == before


@pytest.mark.parametrize(("setting", "told"), [("1", True), ("1200", False), ("", False)])
def test_import_says_how_many_are_past_the_limit_and_deletes_none(
    database: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, told: bool
) -> None:
    monkeypatch.setenv(retention.CASE_MONTHS, setting)
    result = run("import", str(deliver(tmp_path / "leverance-2025-03-31", sager=SAGER)), "--json")
    assert (result.exit_code, json.loads(result.stdout)["number"]) == (0, 1)
    assert ("2 sager er over slettefristen på 1 måned." in result.stderr) is told
    assert len(standing(database)) == 9


def test_with_a_limit_that_cannot_be_read_nothing_is_taken_in(
    database: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(retention.CASE_MONTHS, "fem")
    result = run("import", str(deliver(tmp_path / "leverance-2025-03-31", sager=SAGER)))
    assert result.exit_code == 1
    assert "UNGEOVERBLIK_CASE_MONTHS skal være" in result.stderr
    assert standing(database) == []


@pytest.mark.usefixtures("limit")
def test_a_warm_server_shows_no_deleted_case(march: sa.Engine) -> None:
    """Also as it was known then: the command is another process, and the server is told of nothing."""

    def shown(known_at: dt.date | None) -> set[str]:
        assessed = state.assessed(tables.FULL_SCOPE, (), known_at)
        return set(assessed.outcomes["case_id"])

    days = (None, dt.date(2025, 3, 31))
    try:
        before = [shown(day) for day in days]
        assert all("W7b" in cases for cases in before)
        command = [Path(sys.executable).with_name("ungeoverblik"), "purge", "--yes"]
        subprocess.run(command, env=os.environ | {DATABASE_URL: address(march)}, capture_output=True, check=True)
        assert [shown(day) for day in days] == [{case for case in cases if case[:2] != "W7"} for cases in before]
    finally:
        st.cache_resource.clear()


def test_taking_in_looking_and_deleting_leave_no_byte_anywhere(tmp_path: Path) -> None:
    """Each command a process of its own, with a home, a temporary folder and a working folder that are searched."""
    home = tmp_path / "home"
    home.mkdir()
    environment = os.environ | {
        DATABASE_URL: f"sqlite:///{home}/var/ungeoverblik.db",
        **dict.fromkeys(("HOME", "TMPDIR", "SQLITE_TMPDIR", "XDG_CACHE_HOME"), str(home)),
    }

    def command(*arguments: str) -> None:
        ungeoverblik = Path(sys.executable).with_name("ungeoverblik")
        subprocess.run([ungeoverblik, *arguments], env=environment, cwd=home, capture_output=True, check=True)

    def holding(trace: bytes) -> list[str]:
        return [path.name for path in home.rglob("*") if path.is_file() and trace in path.read_bytes()]

    delivery = deliver(tmp_path / "leverance-2025-03-31", sager=SAGER.replace("W7", "KANARIE7"), samtaler=SAMTALER)
    command("import", str(delivery))
    command("deviations")
    assert "ungeoverblik.db" in holding(b"KANARIE7")
    command("purge", "--case", "KANARIE7a", "--yes")
    assert holding(b"KANARIE7") == []
    assert "ungeoverblik.db" in holding(b"W8a")


def test_the_installed_command_in_a_process_of_its_own(march: sa.Engine) -> None:
    command = Path(sys.executable).with_name("ungeoverblik")
    process = subprocess.run(
        [command, "figures", "--as-of", "2025-03-31", "--measure", "first_interview", *K_NOW],
        env=os.environ | {DATABASE_URL: address(march)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (process.returncode, process.stderr) == (0, "")
    [row] = json.loads(process.stdout)
    assert (row["measure"], row["overdue"], row["met"]) == ("first_interview", 2, 2)


# What is published


def test_a_month_is_published_once_and_it_is_said_what_is_hidden(march: sa.Engine) -> None:
    result = run("publish")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("Tallene for marts 2025 er offentliggjort.")
    [done] = published.months(march, tables.FULL_SCOPE)
    assert (done.month, done.view_date, done.delivery) == (dt.date(2025, 3, 1), dt.date(2025, 4, 5), 2)
    again = run("publish", "--month", "2025-03")
    assert (again.exit_code, again.stdout) == (1, "")
    assert "allerede offentliggjort" in again.stderr


@pytest.mark.parametrize(
    ("month", "setting", "said"),
    [("2025-04", "5", "April 2025 er ikke slut"), ("2025-03", "2", "skal være et helt tal fra 3 til 20")],
)
def test_a_month_that_cannot_be_published_exits_with_1(
    march: sa.Engine, monkeypatch: pytest.MonkeyPatch, month: str, setting: str, said: str
) -> None:
    monkeypatch.setenv("UNGEOVERBLIK_DISCLOSURE_THRESHOLD", setting)
    result = run("publish", "--month", month)
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in " ".join(result.stderr.split())
    assert published.months(march, tables.FULL_SCOPE) == ()


def test_a_correction_needs_a_reason_and_says_which_version_it_is(march: sa.Engine, tmp_path: Path) -> None:
    assert run("publish").exit_code == 0
    same = run("publish", "--month", "2025-03", "--reason", "Set igen")
    assert (same.exit_code, same.stdout) == (1, "")
    assert "Rettelsen ændrer ikke" in " ".join(same.stderr.split())
    more = "".join(f"W2{n};6{n}0190-1111;03-03-2025;Syd;;nej\n" for n in range(1, 7))
    import_delivery(march, deliver(tmp_path / "leverance-2025-04-06", sager=textwrap.dedent(SAGER) + more))
    corrected = run("publish", "--month", "2025-03", "--reason", "Seks sager manglede")
    assert (corrected.exit_code, corrected.stdout) == (0, "")
    assert corrected.stderr.startswith("Tallene for marts 2025 er rettet: version 2 er offentliggjort.")
    kept = published.versions(march, tables.FULL_SCOPE)
    assert [(each.version, each.delivery, each.reason) for each in kept] == [(1, 2, ""), (2, 3, "Seks sager manglede")]


def test_what_is_published_is_checked(march: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("publish").exit_code == 0
    checked = run("publish", "--check")
    assert (checked.exit_code, checked.stdout) == (0, "")
    assert "1 udgivelse er kontrolleret" in checked.stderr.replace(texts.SPACE, " ")
    with writing(march) as connection:
        if march.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER published_cells_is_not_changed")
        else:
            connection.exec_driver_sql("ALTER TABLE published_cells DISABLE TRIGGER USER")
        connection.exec_driver_sql("UPDATE published_cells SET met = 0, base = 9 WHERE measure = 'heard' AND whole")
    found = run("publish", "--check")
    assert (found.exit_code, found.stdout) == (1, "")
    said = " ".join(found.stderr.replace(texts.SPACE, " ").split())
    assert "Tallene for 03-2025, version 1, er ikke, som de blev offentliggjort" in said
    assert "Marts 2025, version 1: Partshørt" in said
    [line] = [line for line in found.stderr.splitlines() if line.startswith("Marts 2025, version 1: Partshørt")]
    assert publishing.UNEXPLAINED in line
    assert "(" not in line  # no number, which may be small: this ends in a journal
    monkeypatch.setattr(published, "broken", lambda *_: ())
    assert run("publish", "--check").exit_code == 1  # nobody knows why


def test_what_a_deletion_explains_is_told_and_is_no_fault(march: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("publish").exit_code == 0
    assert run("purge", "--case", "W8b", "--yes").exit_code == 0
    monkeypatch.setattr(publishing, "program", lambda: "en anden")
    checked = run("publish", "--check")
    said = checked.stderr.replace(texts.SPACE, " ")
    assert (checked.exit_code, checked.stdout) == (0, ""), said
    assert f"{publishing.PURGED} {publishing.CODE_CHANGED}" in said
    assert "tal regnes anderledes nu, og det er forklaret." in " ".join(said.split())


def test_a_program_that_counts_otherwise_is_a_fault_until_the_month_is_corrected(
    march: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("publish").exit_code == 0
    monkeypatch.setattr(publishing, "program", lambda: "en anden")
    tables_of = disclosure.tables

    def counts_otherwise(*asked: Any) -> pl.DataFrame:
        return tables_of(*asked).with_columns(pl.col("base") + 1)

    monkeypatch.setattr(disclosure, "tables", counts_otherwise)
    checked = run("publish", "--check")
    assert checked.exit_code == 1
    assert publishing.CODE_CHANGED in " ".join(checked.stderr.split())
    assert run("publish", "--reason", "Programmet talte forkert").exit_code == 0
    assert run("publish", "--check").exit_code == 0


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_copy_is_taken_of_the_database_as_it_is(march: sa.Engine, tmp_path: Path) -> None:
    """Before an upgrade it is the way back: the command that takes it upgrades nothing."""
    with writing(march) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    taken = run("backup", str(tmp_path / "kopi"))
    assert (taken.exit_code, "er en hel kopi" in taken.stderr) == (0, True), taken.stderr
    with reading(march) as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one() == "0001"


@pytest.mark.parametrize("with_", [("--month", "2025-03"), ("--reason", "Rettet")])
def test_a_check_is_of_everything(march: sa.Engine, with_: tuple[str, str]) -> None:
    result = run("publish", "--check", *with_)
    assert (result.exit_code, result.stdout) == (2, "")
    assert published.versions(march, tables.FULL_SCOPE) == ()


def test_the_demo_publishes_its_months_as_they_were_delivered(
    march: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "make_demo", lambda *_, **__: [])  # what it would have delivered is there
    monkeypatch.setattr(cli.starting, "_review", lambda *_: None)
    assert run("demo").exit_code == 0
    months = published.versions(march, tables.FULL_SCOPE)
    assert [each.month for each in months] == [dt.date(2024, 10, 1), *FIVE_MORE]
    assert {(each.view_date, each.delivery) for each in months} == {(dt.date(2025, 3, 31), 1)}
    assert {each.month for each in decisions.comments(march, tables.FULL_SCOPE)} == {FIVE_MORE[-1]}
    assert run("publish", "--check").exit_code == 0


FIVE_MORE = [dt.date(2024, 11, 1), dt.date(2024, 12, 1), *(dt.date(2025, month, 1) for month in (1, 2, 3))]


# The material


@pytest.mark.usefixtures("march")
def test_the_material_of_a_published_month_is_three_files(tmp_path: Path) -> None:
    run("publish", "--month", "2025-03")
    out = tmp_path / "ud"
    missing = run("report", "--month", "2025-03", "--out", str(out))
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert "findes ikke. Opret den" in " ".join(missing.stderr.split())
    out.mkdir()
    made = run("report", "--month", "2025-03", "--out", str(out))
    assert (made.exit_code, made.stdout) == (0, ""), made.stderr
    names = [f"ledelsesinformation_2025-03.{ending}" for ending in ("pdf", "pptx", "xlsx")]
    assert sorted(path.name for path in out.iterdir()) == names
    assert all(name in made.stderr for name in names)
    yearly = run("report", "--month", "2025-03", "--out", str(out), "--kind", "year")
    assert yearly.exit_code == 0, yearly.stderr
    assert (out / "fokusrevision_2025-03.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--month", "2025-02"), "Der er ikke offentliggjort tal for februar 2025. Offentliggjorte måneder: 2025-03."),
        (("--month", "2025-03", "--kind", "half-year"), "Et halvår slutter med juni eller december"),
    ],
)
@pytest.mark.usefixtures("march")
def test_material_that_there_is_none_of_exits_with_1(options: tuple[str, ...], said: str, tmp_path: Path) -> None:
    run("publish", "--month", "2025-03")
    result = run("report", *options, "--out", str(tmp_path))
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in " ".join(result.stderr.split())


# The role that serves


def test_a_role_is_let_in_where_there_are_roles(database: sa.Engine) -> None:
    if database.dialect.name == "sqlite":
        result = run("database", "allow", "viser")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "SQLite har ingen roller" in result.stderr
        return
    missing = run("database", "allow", "findes_ikke")
    assert missing.exit_code == 1
    assert "Rollen findes_ikke findes ikke" in missing.stderr
    with database.begin() as connection:
        connection.exec_driver_sql("CREATE ROLE fra_kommandolinjen LOGIN")
    result = run("database", "allow", "fra_kommandolinjen")
    assert (result.exit_code, result.stdout) == (0, "")
    with database.begin() as connection:
        may = "SELECT has_table_privilege('fra_kommandolinjen', 'cases', 'SELECT')"
        assert connection.exec_driver_sql(may).scalar_one()
        connection.exec_driver_sql("DROP OWNED BY fra_kommandolinjen")
        connection.exec_driver_sql("DROP ROLE fra_kommandolinjen")


# --- digest -------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("march")
def test_the_digest_is_the_text_and_nothing_else() -> None:
    result = run("digest", "--center", "Syd")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("Emne: Ungeoverblik for Syd pr. 05-04-2025\n\n")
    assert "Nye afvigelser siden leverancen 31-03-2025" in result.stdout
    cases = {row["case"] for row in read("deviations")}
    assert cases
    assert not any(case in result.stdout for case in cases)


@pytest.mark.usefixtures("march")
def test_the_digest_can_be_written_in_a_file(tmp_path: Path) -> None:
    result = run("digest", "--out", str(tmp_path / "uge.txt"))
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert (tmp_path / "uge.txt").read_text("utf-8") == run("digest").stdout


@pytest.mark.usefixtures("march")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--center", "Nrod"), "Kendes ikke: Nrod. Kendte: "),
        (("--days", "15"), "--days"),
        (("--out", "ingen/mappe/uge.txt"), "Filen kan ikke skrives."),
    ],
)
def test_a_digest_that_cannot_be_made_says_why(options: tuple[str, ...], said: str) -> None:
    result = run("digest", *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


@pytest.mark.usefixtures("database")
def test_a_digest_of_nothing_says_what_to_do() -> None:
    result = run("digest")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Databasen er tom.")


@pytest.fixture
def inbox(database: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An inbox whose deliveries need not lie still first, and a report."""
    monkeypatch.setattr(intake, "QUIET", dt.timedelta())
    monkeypatch.setenv(intake.REPORT, str(tmp_path / "rapport.json"))
    (tmp_path / "indbakke").mkdir()
    return tmp_path / "indbakke"


def laid(inbox: Path, name: str, **tables: str) -> Path:
    folder = deliver(inbox / name, **tables)
    (folder / "FAERDIG.txt").touch()
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_inbox_is_taken_in_and_what_is_refused_stays(inbox: Path) -> None:
    good = laid(inbox, "2025-03-31", sager=SAGER, samtaler=SAMTALER)
    bad = laid(inbox, "2025-04-01", sager="sagsnummer;center\nW1;Nord\n")
    newer = laid(inbox, "2025-04-05", sager=SAGER)
    first = run("intake", str(inbox), "--json")
    said = [json.loads(line) for line in first.stdout.splitlines()]
    assert (first.exit_code, [each["delivery"] for each in said]) == (1, [good.name, bad.name, newer.name])
    assert [each.get("refused", False) for each in said] == [False, True, False]
    assert said[0]["notes"] == []  # the mark is none of its tables
    assert "2025-04-01 bliver liggende." in first.stderr
    assert names(inbox) == [".igang", bad.name, "indlaest"]
    assert names(inbox / ".igang") == []
    assert [name[16:] for name in names(inbox / "indlaest")] == [good.name, newer.name]
    *lines, last = map(json.loads, Path(os.environ[intake.REPORT]).read_text("utf-8").splitlines())
    assert (lines, last["status"]) == (said, 1)
    shutil.rmtree(bad)
    second = run("intake", str(inbox), "--json", "--keep-days", "0")
    assert (second.exit_code, second.stdout) == (0, "")
    assert names(inbox / "indlaest") == []
    newest = intake.newest_run()
    assert newest
    assert newest.well
    assert of("first_interview", "--from", "2025-03-01")["base"] > 0


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_what_cannot_be_moved_is_not_taken_in(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    laid(inbox, "2025-03-31", sager=SAGER)
    laid(inbox, "2025-04-05", sager=SAGER)
    rename = Path.rename

    def others(path: Path, place: Path) -> Path:
        if path.name == "2025-03-31":
            raise PermissionError(13, "Permission denied")
        return rename(path, place)

    monkeypatch.setattr(Path, "rename", others)
    result = run("intake", str(inbox), "--json")
    said = [json.loads(line) for line in result.stdout.splitlines()]
    assert (result.exit_code, [each.get("refused", False) for each in said]) == (1, [True, False])
    assert (said[1]["number"], names(inbox)) == (1, [".igang", "2025-03-31", "indlaest"])
    assert "Den skal ejes af" in result.stderr


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("error", [KeyError("610190-1234"), pl.exceptions.PanicException("610190-1234")])
def test_one_odd_delivery_stops_no_other_and_its_text_is_nowhere(
    error: BaseException, inbox: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    laid(inbox, "2025-03-31", sager=SAGER)
    laid(inbox, "2025-04-05", sager=SAGER)

    def odd(engine: sa.Engine, path: Path, *, source: str) -> Report:
        if path.name == "2025-03-31":
            raise error
        return import_delivery(engine, path, source=source)

    monkeypatch.setattr(cli.deliveries, "import_delivery", odd)
    result = run("intake", str(inbox), "--json")
    said = [json.loads(line) for line in result.stdout.splitlines()]
    assert (result.exit_code, [each.get("refused", False) for each in said]) == (1, [True, False])
    (problem,) = said[0]["problems"]
    number = problem.removeprefix(f"Der skete en uventet fejl ({type(error).__name__}). Fejlnummer: ").rstrip(".")
    assert f"Fejl {number}: {type(error).__name__} i " in caplog.text
    assert "610190" not in result.output + caplog.text + Path(os.environ[intake.REPORT]).read_text("utf-8")
    assert names(inbox) == [".igang", "2025-03-31", "indlaest"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_what_is_not_understood_is_named_and_what_is_too_old_is_said(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(retention.CASE_MONTHS, "1")
    laid(inbox, "2025-03-31", sager=SAGER)
    (inbox / "leverance.zip").touch()
    (inbox / "2025-04-01.xlsx").symlink_to("findes-ikke")
    result = run("intake", str(inbox))
    newest = intake.newest_run()
    assert (result.exit_code, result.stdout, newest and newest.well) == (1, "", False)
    assert "leverance.zip er hverken" in result.stderr
    assert "2025-04-01.xlsx er eller rummer en genvej" in result.stderr
    assert "Leverance 1: 2025-03-31" in result.stderr
    assert "over slettefristen på 1 måned" in result.stderr


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_two_runs_at_once_are_one(inbox: Path) -> None:
    laid(inbox, "2025-03-31", sager=SAGER)
    with intake.alone(inbox):
        result = run("intake", str(inbox))
    assert (result.exit_code, names(inbox)) == (1, [".igang", "2025-03-31", "indlaest"])
    assert "en anden kørsel" in result.stderr


def test_the_text_of_an_unforeseen_error_is_said_nowhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(catalogue, "as_rows", lambda: dict[str, int]()["610190-1234"])
    monkeypatch.setattr("sys.argv", ["ungeoverblik", "measures"])
    kept_out: list[int] = []
    monkeypatch.setattr(server_log, "keep_case_data_out", lambda: kept_out.append(1))  # else for good, in this process
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr()
    assert (ended.value.code, kept_out) == (1, [1])
    assert said.err.startswith("Der skete en uventet fejl (KeyError). Fejlnummer: ")
    assert "610190" not in said.out + said.err


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_what_was_cut_off_and_is_refused_hides_no_corrected_one(inbox: Path) -> None:
    bad = laid(inbox, "2025-04-01", sager="sagsnummer;center\nW1;Nord\n")
    with intake.alone(inbox):
        intake.take(bad)
    laid(inbox, "2025-04-01", sager=SAGER)
    result = run("intake", str(inbox), "--json")
    said = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(each["delivery"], each.get("refused", False)) for each in said] == [
        ("2025-04-01 (1)", True),
        ("2025-04-01", False),
    ]
    assert "2025-04-01 (1) bliver liggende." in result.stderr
    assert names(inbox) == [".igang", "2025-04-01 (1)", "indlaest"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_link_in_the_inbox_leads_to_nothing_that_is_deleted(inbox: Path, tmp_path: Path) -> None:
    (tmp_path / "person.key").touch()
    (inbox / "indlaest").symlink_to(tmp_path)
    result = run("intake", str(inbox), "--keep-days", "0")
    assert (result.exit_code, (tmp_path / "person.key").exists()) == (2, True)
    assert "indlaest i den er ikke en mappe" in " ".join(result.stderr.replace("│", " ").split())


@pytest.mark.usefixtures("database")
def test_an_inbox_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    result = run("intake", str(tmp_path / "findes-ikke"))
    assert result.exit_code == 2
    assert "Indbakken kan ikke bruges" in result.stderr
