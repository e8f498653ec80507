"""The page "Loggen": what stands in the log, in words, and what a citizen gets of it."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from data_access.audit import ENTRIES
from ui import access_log, texts

AT = dt.datetime(2026, 11, 22, 23, 30, tzinfo=dt.UTC)
"""Already the 23rd in Denmark."""


def entries(*changes: dict[str, Any]) -> pl.DataFrame:
    """One entry for each change of a plain look."""
    plain = {
        "id": 1,
        "at": AT,
        "user": "anna",
        "role": "head",
        "action": "look_case",
        "purpose": "follow_up",
        "note": "",
        "delivery": 1,
        "rows": 1,
        "cases": 1,
    }
    return pl.DataFrame([plain | change for change in changes], schema=ENTRIES)


def test_an_entry_is_said_in_danish_and_in_danish_time() -> None:
    [row] = access_log.listed(entries({"role": "coordinator+head", "note": "K-møde"})).rows()
    assert row == (
        "23-11-2026 kl. 00.30",
        "anna",
        "Ungekoordinator, Afdelingsleder",
        "Opslag på sag",
        "Opfølgning på afvigelse",
        "K-møde",
        1,
        1,
    )
    assert access_log.listed(entries()).schema == access_log.LISTED


@pytest.mark.parametrize(
    ("role", "said"),
    [("system", "Kommandolinjen"), ("", None), ("protection", "Databeskyttelse"), ("ukendt", "ukendt")],
)
def test_a_role_is_named_also_where_there_is_none(role: str, said: str | None) -> None:
    assert access_log.listed(entries({"role": role}))["role"].item() == said


def test_what_an_entry_does_not_have_is_not_there() -> None:
    [row] = access_log.listed(entries({"action": "sign_in", "purpose": ""})).rows(named=True)
    assert (row["purpose"], row["note"]) == (None, None)


def test_refused_attempts_are_gathered_by_user_role_and_what() -> None:
    refused = {"action": "refused", "purpose": "", "rows": 0}
    later = AT + dt.timedelta(days=1)
    log = entries(
        refused,
        refused | {"at": later},
        refused | {"user": "bo", "note": "Side uden adgang", "cases": 0},
        refused | {"role": ""},
        {"user": "carl"},
    )
    found = access_log.refused(log)
    assert found.schema == access_log.REFUSED
    assert found.row(0) == ("anna", "Afdelingsleder", access_log.A_CASE, 2, "24-11-2026 kl. 00.30")
    assert set(found.rows()[1:]) == {
        ("bo", "Afdelingsleder", "Side uden adgang", 1, "23-11-2026 kl. 00.30"),
        ("anna", None, access_log.A_CASE, 1, "23-11-2026 kl. 00.30"),
    }
    assert access_log.refusals(log).replace(texts.SPACE, " ") == (
        "4 forsøg er afvist de seneste 30 dage, fordelt på 2 brugere."
    )


def test_that_nothing_was_refused_is_said() -> None:
    said = access_log.refusals(entries({"action": "look_case"})).replace(texts.SPACE, " ")
    assert said == "Ingen forsøg er afvist de seneste 30 dage."


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "1 post, de nyeste øverst."),
        (access_log.MOST, "1.000 poster, de nyeste øverst."),
        (access_log.MOST + 1, "De nyeste 1.000 poster. Vælg en kortere periode for at se de ældre."),
    ],
)
def test_a_list_that_is_cut_says_so(count: int, said: str) -> None:
    assert access_log.found(entries(*[{}] * count)).replace(texts.SPACE, " ") == said


def test_days_are_danish_days_also_when_the_clock_changes() -> None:
    since, until = access_log.days(dt.date(2026, 10, 25), dt.date(2026, 10, 25))
    assert (since.isoformat(), until.isoformat()) == ("2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00")


def test_a_citizen_gets_times_purposes_and_actions_and_nobodys_name() -> None:
    looks = pl.DataFrame(
        [(AT, "follow_up", "look_case"), (AT, "", "refused")],
        schema={"at": pl.Datetime("us", "UTC"), "purpose": pl.String(), "action": pl.String()},
        orient="row",
    )
    table = access_log.for_citizen(looks)
    assert table.columns == ["Tidspunkt", "Formål", "Handling"]
    assert table.rows() == [
        ("23-11-2026 kl. 00.30", "Opfølgning på afvigelse", "Opslag på sag"),
        ("23-11-2026 kl. 00.30", None, "Afvist forsøg"),
    ]


def test_only_with_anchors_is_the_log_said_to_be_whole() -> None:
    assert access_log.whole(anchored=True).startswith("Loggen er hel")
    assert "UNGEOVERBLIK_LOG_ANCHORS" in access_log.whole(anchored=False)


def test_so_many_findings_are_shown_and_the_rest_counted() -> None:
    assert access_log.shown(["a"] * 20) == ["a"] * 20
    assert access_log.shown(["a"] * 23)[20:] == [f"… og 3{texts.SPACE}fund til."]
