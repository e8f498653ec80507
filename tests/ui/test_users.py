"""The words of the page "Adgang": every role and every change in a row that a person can read."""

import datetime as dt

from data_access.grants import COMMAND_LINE, ROLES, Granted
from data_access.tables import PERMISSIONS
from ui import users

WHEN = dt.datetime(2026, 11, 22, 13, 5, tzinfo=dt.UTC)
LATER = dt.datetime(2026, 11, 23, 7, 0, tzinfo=dt.UTC)


def granted(
    number: int = 1, role: str = "steering", center: str | None = None, gone: bool = False, **other: str
) -> Granted:
    written = {"claim": "roles", "value": "ung", "by": "ada"} | other
    by = (LATER, "eva") if gone else (None, None)
    return Granted(number, written["claim"], written["value"], role, center, WHEN, written["by"], *by)


def test_every_role_says_what_it_may() -> None:
    assert set(users.MAY) == set(ROLES) == {*PERMISSIONS, "blocked"}
    for role, permissions in PERMISSIONS.items():
        said = users.MAY[role]
        assert ("sager i" in said) == ("cases" in permissions), role
        assert ("Ser nøgletal" in said) == ("figures" in permissions), role
        assert ("giver adgang" in said) == ("users" in permissions), role
        assert ("Ser loggen" in said) == ("log" in permissions), role
        assert ("offentliggør måneder" in said) == ("publish" in permissions), role
        assert ("skriver mål" in said) == ("targets" in permissions), role


def test_every_way_to_be_known_has_its_field() -> None:
    assert set(users.CLAIMS) == set(users.VALUES)


def test_grants_stand_by_role_and_centre() -> None:
    rows = [
        granted(1, "blocked"),
        granted(2, "head", "Syd"),
        granted(3, "head", "Nord"),
        granted(4, "administrator", value="b"),
        granted(5, "administrator", value="a"),
    ]
    assert [each.number for each in users.in_order(rows)] == [3, 2, 5, 4, 1]


def test_a_grant_that_stands_is_one_row() -> None:
    frame = users.standing([granted(role="head", center="Nord"), granted(by=COMMAND_LINE)], ["Nord"])
    assert frame.schema == users.STANDING
    assert frame.rows() == [
        ("Afdelingsleder", "ung", "roles", "Nord", "22-11-2026 kl. 14.05", "ada"),
        ("Styregruppe", "ung", "roles", None, "22-11-2026 kl. 14.05", "kommandolinjen"),
    ]
    assert users.standing([], []).schema == users.STANDING


def test_a_centre_that_is_no_more_is_said_to_be_gone() -> None:
    [center] = users.standing([granted(role="head", center="Øst")], ["Nord"])["center"]
    assert center == "Øst (findes ikke længere)"


def test_the_history_has_a_row_a_change_the_newest_first() -> None:
    frame = users.history([granted(2, "head", "Nord", by=COMMAND_LINE), granted(1, gone=True)])
    assert [(*row[:4], row[-1]) for row in frame.rows()] == [
        ("23-11-2026 kl. 08.00", "Fjernet", "eva", "Styregruppe", None),
        ("22-11-2026 kl. 14.05", "Givet", "kommandolinjen", "Afdelingsleder", "Nord"),
        ("22-11-2026 kl. 14.05", "Givet", "ada", "Styregruppe", None),
    ]
    assert users.history([]).is_empty()


def test_what_was_saved_and_removed_is_said() -> None:
    head = granted(role="head", center="Nord")
    assert (
        users.saved(head) == "Gemt: Afdelingsleder, Nord · roles = ung. Det gælder fra næste klik hos dem, det angår."
    )
    assert users.removed(granted()).startswith("Fjernet: Styregruppe · roles = ung.")
