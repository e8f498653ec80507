"""Who may what: what a sign-in says gives exactly the roles that are granted for it, and every change is logged."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from data_access import audit, grants
from data_access.database import DatabaseUnavailable, reading, writing
from data_access.grants import Granted, InvalidGrant, any_granted, grant, history, revoke, scope_of, standing
from data_access.tables import FULL_SCOPE, NoScope, Scope
from tests.data_access.breaking import hurry

ADA = Scope("ada", ("administrator",))
A_CPR_NUMBER = "-".join(("610101", "1111"))
"""Nobody's: the day is 61."""


@pytest.fixture(autouse=True)
def centers(request: pytest.FixtureRequest) -> None:
    """Three centres, not in the order of the alphabet."""
    for name in {"engine", "sqlite_engine"} & set(request.fixturenames):
        with writing(request.getfixturevalue(name)) as connection:
            for position, center in enumerate(("Syd", "Nord", "Vest")):
                connection.exec_driver_sql(f"INSERT INTO centers (name, position) VALUES ('{center}', {position})")


def give(
    engine: sa.Engine,
    role: str = "coordinator",
    *,
    claim: str = "roles",
    value: str = "ung",
    center: str | None = None,
    by: Any = FULL_SCOPE,
) -> Granted:
    return grant(engine, by, claim=claim, value=value, role=role, center=center)


def log(engine: sa.Engine) -> list[tuple[Any, ...]]:
    with reading(engine) as connection:
        query = 'SELECT "user", action, purpose, rows, note FROM access_log ORDER BY id'
        return [tuple(row) for row in connection.exec_driver_sql(query)]


# --- what a sign-in gives -----------------------------------------------------------------------------

GRANTS = (
    ("roles", "leder-nord", "head", "Nord"),
    ("roles", "leder-syd", "head", "Syd"),
    ("groups", "styregruppe", "steering", None),
    ("groups", "ungekoordinator", "coordinator", None),
    ("email", "Ada@Kommune.dk", "administrator", None),
    ("groups", "dpo", "protection", None),
    ("groups", "fratraadt", "blocked", None),
    ("email", "bo@kommune.dk", "blocked", None),
)
NOBODY: tuple[tuple[str, ...], tuple[str, ...] | None] = ((), ())
ALL = None
SAYS: list[tuple[str, dict[str, object], tuple[tuple[str, ...], tuple[str, ...] | None]]] = [
    ("nothing", {}, NOBODY),
    ("a role", {"roles": "leder-nord"}, (("head",), ("Nord",))),
    ("a list", {"roles": ["leder-nord"]}, (("head",), ("Nord",))),
    ("two centres", {"roles": ["leder-nord", "leder-syd"]}, (("head",), ("Syd", "Nord"))),
    ("one twice", {"roles": ["leder-nord", "leder-nord"]}, (("head",), ("Nord",))),
    ("two roles", {"roles": ["leder-nord"], "groups": ["styregruppe"]}, (("head", "steering"), ("Nord",))),
    ("all centres", {"roles": ["leder-nord"], "groups": "ungekoordinator"}, (("coordinator", "head"), ALL)),
    ("no centre", {"groups": ["dpo", "styregruppe"]}, (("protection", "steering"), ())),
    ("blocked among others", {"groups": ["ungekoordinator", "fratraadt"], "roles": "leder-nord"}, NOBODY),
    ("blocked by address", {"groups": "ungekoordinator", "email": "BO@kommune.dk"}, NOBODY),
    (
        "blocked by an unverified address",
        {"groups": "ungekoordinator", "email": "bo@kommune.dk", "email_verified": False},
        NOBODY,
    ),
    ("an address in other letters", {"email": "ADA@kommune.DK"}, (("administrator",), ())),
    ("a verified address", {"email": "ada@kommune.dk", "email_verified": True}, (("administrator",), ())),
    ("verified in words", {"email": "ada@kommune.dk", "email_verified": "true"}, (("administrator",), ())),
    ("an unverified address", {"email": "ada@kommune.dk", "email_verified": False}, NOBODY),
    ("unverified in words", {"email": "ada@kommune.dk", "email_verified": "false"}, NOBODY),
    (
        "an unverified address beside a role",
        {"email": "ada@kommune.dk", "email_verified": False, "groups": "dpo"},
        (("protection",), ()),
    ),
    ("another address", {"email": "ada@kommune.dk.example"}, NOBODY),
    ("an address that looks alike", {"email": "ada@\u212aommune.dk"}, NOBODY),  # the Kelvin K
    ("other letters of a role", {"roles": "Leder-Nord"}, NOBODY),
    ("a part of it", {"roles": "leder"}, NOBODY),
    ("more than it", {"roles": "leder-nord leder-syd"}, NOBODY),
    ("space around it", {"roles": " leder-nord"}, NOBODY),
    ("another claim", {"groups": "leder-nord"}, NOBODY),
    ("a claim in other letters", {"Roles": "leder-nord"}, NOBODY),
    ("a list in a list", {"roles": [["leder-nord"]]}, NOBODY),
    ("a key of a dict", {"roles": {"leder-nord": True}}, NOBODY),
]


@pytest.fixture
def granted(engine: sa.Engine) -> sa.Engine:
    for claim, value, role, center in GRANTS:
        give(engine, role, claim=claim, value=value, center=center)
    return engine


def test_a_sign_in_gives_what_is_granted_for_it_and_nothing_else(granted: sa.Engine) -> None:
    for what, claims, (roles, centers) in SAYS:
        assert (what, scope_of(granted, "x", claims)) == (what, Scope("x", roles, centers))


HOSTILE = (None, 0, 1.5, True, b"leder-nord", object(), {}, [], [None, 1, {}, ["x"]], "x" * 10_000_000, "\ud800\0'--")


@pytest.mark.parametrize("claim", ["roles", "groups", "email", "email_verified", "sub"])
@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: type(value).__name__)
def test_whatever_a_provider_sends_it_gives_nothing_more_and_never_fails(
    sqlite_engine: sa.Engine, claim: str, value: object
) -> None:
    for name, said, role, center in GRANTS:
        give(sqlite_engine, role, claim=name, value=said, center=center)
    assert scope_of(sqlite_engine, "x", {claim: value}) == Scope("x")
    still = scope_of(sqlite_engine, "x", {"roles": "leder-nord"} | {claim: value})
    assert still == (Scope("x") if claim == "roles" else Scope("x", ("head",), ("Nord",)))


def test_a_centre_that_is_no_more_gives_nothing(engine: sa.Engine) -> None:
    for center in ("Nord", "Syd"):
        give(engine, "head", value=center, center=center)
    with writing(engine) as connection:
        connection.exec_driver_sql("DELETE FROM centers WHERE name = 'Nord'")
    assert scope_of(engine, "x", {"roles": ["Nord"]}) == Scope("x")
    assert scope_of(engine, "x", {"roles": ["Nord", "Syd"]}) == Scope("x", ("head",), ("Syd",))


def test_what_is_revoked_is_gone_at_once_and_a_block_that_is_lifted_too(engine: sa.Engine) -> None:
    role, block = give(engine, "steering"), give(engine, "blocked", claim="sub", value="7")
    claims = {"roles": "ung", "sub": "7"}
    assert scope_of(engine, "x", claims) == Scope("x")
    revoke(engine, FULL_SCOPE, block.number)
    assert scope_of(engine, "x", claims) == Scope("x", ("steering",))
    revoke(engine, FULL_SCOPE, role.number)
    assert scope_of(engine, "x", claims) == Scope("x")


def test_it_is_one_query(engine: sa.Engine) -> None:
    give(engine)
    asked: list[str] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    scope_of(engine, "x", {"roles": "ung"})
    assert [statement.split()[0] for statement in asked if statement != "BEGIN"] == ["SELECT"]


def test_only_a_role_counts_as_granted(engine: sa.Engine) -> None:
    assert not any_granted(engine)
    give(engine, "blocked", claim="email", value="bo@kommune.dk")
    assert not any_granted(engine)
    role = give(engine, "steering")
    assert any_granted(engine)
    revoke(engine, FULL_SCOPE, role.number)
    assert not any_granted(engine)


# --- what is written ----------------------------------------------------------------------------------


def test_a_grant_is_read_back_kept_and_logged(engine: sa.Engine) -> None:
    saved = give(engine, "head", claim=" roles ", value="leder-nord\n", center="Nord", by=ADA)
    assert (saved.claim, saved.value, saved.role, saved.center) == ("roles", "leder-nord", "head", "Nord")
    assert (saved.granted_by, saved.revoked_at, saved.revoked_by) == ("ada", None, None)
    assert standing(engine, ADA) == history(engine, ADA) == (saved,)
    assert log(engine) == [("ada", "grant", "", 0, "Gav rollen Afdelingsleder (Nord) til roles = leder-nord")]


def test_a_grant_that_is_revoked_is_kept_with_who_and_logged(engine: sa.Engine) -> None:
    gone, stays = give(engine, "protection"), give(engine, "steering")
    revoke(engine, Scope("eva", ("administrator",)), gone.number)
    assert standing(engine, ADA) == (stays,)
    newest, kept = history(engine, ADA)
    assert newest == stays
    assert (kept.number, kept.granted_by, kept.revoked_by) == (gone.number, grants.COMMAND_LINE, "eva")
    assert kept.revoked_at is not None
    assert log(engine)[-1] == ("eva", "grant", "", 0, "Fjernede rollen Databeskyttelse til roles = ung")
    assert audit.verify(engine) == []


def test_a_click_that_comes_twice_saves_and_logs_once(engine: sa.Engine) -> None:
    first = give(engine, "head", center="Nord")
    assert give(engine, "head", center="Nord", by=ADA) == first
    others = {give(engine, "head", center="Syd"), give(engine), give(engine, claim="groups"), give(engine, value="un")}
    assert len(others | {first}) == len(log(engine)) == 5
    mail = give(engine, claim="email", value="Ada@kommune.dk")
    assert give(engine, claim="email", value="ada@KOMMUNE.dk") == mail


def test_two_who_grant_the_same_at_once_save_it_once(engine: sa.Engine) -> None:
    with ThreadPoolExecutor(6) as many:
        saved = set(many.map(lambda _: give(engine), range(6)))
    assert len(saved) == len(standing(engine, ADA)) == len(log(engine)) == 1


def test_what_was_revoked_can_be_granted_again(engine: sa.Engine) -> None:
    first = give(engine)
    revoke(engine, FULL_SCOPE, first.number)
    again = give(engine)
    assert (again.number != first.number, standing(engine, ADA)) == (True, (again,))


@pytest.mark.parametrize("number", [1, 99])
def test_nothing_is_revoked_twice(engine: sa.Engine, number: int) -> None:
    revoke(engine, FULL_SCOPE, give(engine).number)
    with pytest.raises(InvalidGrant, match="allerede fjernet"):
        revoke(engine, FULL_SCOPE, number)
    assert len(log(engine)) == 2


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"claim": ""}, "Skriv både"),
    ({"value": " \n"}, "Skriv både"),
    ({"claim": "x" * 81}, "navn må højst fylde 80 tegn"),
    ({"value": "x" * 201}, "Værdien må højst fylde 200 tegn"),
    ({"claim": A_CPR_NUMBER}, "navn indeholder noget, der ligner et CPR-nummer"),
    ({"value": f"borger {A_CPR_NUMBER}"}, "Værdien indeholder noget, der ligner et CPR-nummer"),
    ({"role": ""}, "Vælg rollen på listen"),
    ({"role": "system"}, "Vælg rollen på listen"),
    ({"role": "head"}, "Vælg afdelingslederens center"),
    ({"role": "head", "center": "Øst"}, "Vælg afdelingslederens center"),
    ({"role": "steering", "center": "Nord"}, "Kun en afdelingsleder"),
    ({"role": "blocked", "claim": "email", "value": "ADA"}, "ikke spærre dig selv"),
]


@pytest.mark.parametrize(("given", "says"), REFUSED)
def test_what_cannot_be_granted_is_said_and_neither_saved_nor_logged(
    engine: sa.Engine, given: dict[str, Any], says: str
) -> None:
    with pytest.raises(InvalidGrant, match=says) as refused:
        give(engine, **{"by": ADA} | given)
    assert A_CPR_NUMBER not in str(refused.value)
    assert (history(engine, ADA), log(engine)) == ((), [])


GUID = "-".join(("61010111", "1111", "4111", "8111", "111111111111"))


def test_the_number_of_a_group_is_taken_though_it_looks_like_a_cpr_number(engine: sa.Engine) -> None:
    saved = give(engine, claim="groups", value=f" {GUID} ")
    assert saved.value == GUID
    assert log(engine)[0][-1] == f"Gav rollen Ungekoordinator til groups = {GUID[:8]} …"
    revoke(engine, FULL_SCOPE, saved.number)


def test_the_longest_grant_can_be_saved(engine: sa.Engine) -> None:
    center = "Ø" * 300
    with writing(engine) as connection:
        connection.exec_driver_sql(f"INSERT INTO centers (name, position) VALUES ('{center}', 9)")
    saved = give(engine, "head", claim="c" * 80, value="æ" * 200, center=center)
    assert scope_of(engine, "x", {"c" * 80: "æ" * 200}) == Scope("x", ("head",), (center,))
    revoke(engine, ADA, saved.number)


def test_every_role_can_be_granted(engine: sa.Engine) -> None:
    for role in grants.ROLES:
        assert give(engine, role, center="Nord" if role == "head" else None).role == role


# --- the last administrator ---------------------------------------------------------------------------


def test_the_page_does_not_take_the_last_administrator_away(engine: sa.Engine) -> None:
    only = give(engine, "administrator", value="admin")
    with pytest.raises(InvalidGrant, match="ingen administrator tilbage"):
        revoke(engine, ADA, only.number)
    with pytest.raises(InvalidGrant, match="ingen administrator tilbage"):
        give(engine, "blocked", value="admin", by=ADA)
    assert (standing(engine, ADA), len(log(engine))) == ((only,), 1)
    second = give(engine, "administrator", claim="email", value="eva@kommune.dk")
    revoke(engine, ADA, only.number)
    with pytest.raises(InvalidGrant, match="ingen administrator tilbage"):
        revoke(engine, ADA, second.number)


def test_one_that_is_blocked_is_not_counted_as_administrator(engine: sa.Engine) -> None:
    for value in ("admin", "admin-2"):
        give(engine, "administrator", value=value)
    give(engine, "blocked", value="admin-2", by=ADA)
    with pytest.raises(InvalidGrant, match="ingen administrator tilbage"):
        revoke(engine, ADA, 1)


def test_the_command_line_takes_the_last_administrator_away(engine: sa.Engine) -> None:
    only = give(engine, "administrator")
    give(engine, "blocked", value="ung")
    revoke(engine, FULL_SCOPE, only.number)
    assert scope_of(engine, "x", {"roles": "ung"}) == Scope("x")


def test_two_administrators_who_remove_each_other_at_once_leave_one(engine: sa.Engine) -> None:
    both = [give(engine, "administrator", value=value) for value in ("a", "b")]

    def attempt(one: Granted) -> bool:
        try:
            revoke(engine, ADA, one.number)
        except InvalidGrant:
            return False
        return True

    with ThreadPoolExecutor(2) as two:
        assert sorted(two.map(attempt, both)) == [False, True]
    assert len(standing(engine, ADA)) == 1


# --- who may see and change it ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        standing,
        history,
        lambda engine, scope: give(engine, value="ny", by=scope),
        lambda engine, scope: revoke(engine, scope, 1),
    ],
)
@pytest.mark.parametrize(
    "scope",
    [None, "ada", Scope("ada"), Scope("ada", ("head", "steering", "coordinator", "protection", "blocked"), None)],
    ids=["none", "a name", "no role", "all the other roles"],
)
def test_who_has_access_is_seen_and_changed_by_administrators_only(
    sqlite_engine: sa.Engine, asked: Callable[[sa.Engine, Any], object], scope: Any
) -> None:
    give(sqlite_engine)
    with pytest.raises(NoScope):
        asked(sqlite_engine, scope)
    assert (len(standing(sqlite_engine, ADA)), len(log(sqlite_engine))) == (1, 1)


# --- the database -------------------------------------------------------------------------------------


def test_while_a_delivery_is_taken_in_grants_are_read_and_no_change_is_saved(sqlite_engine: sa.Engine) -> None:
    saved = give(sqlite_engine)

    hurry(sqlite_engine)
    with writing(sqlite_engine):
        for change in (
            lambda: give(sqlite_engine, value="ny"),
            lambda: revoke(sqlite_engine, FULL_SCOPE, saved.number),
        ):
            with pytest.raises(DatabaseUnavailable, match="Ændringen blev ikke gemt"):
                change()
        assert scope_of(sqlite_engine, "x", {"roles": "ung"}).roles == ("coordinator",)
    assert standing(sqlite_engine, ADA) == (saved,)


def test_no_change_stands_that_is_not_in_the_log(engine: sa.Engine) -> None:
    """Whatever ends a change midway, as many grants and revocations stand as there are entries."""
    rng, calls = random.Random(4), [0]

    def fail(*_: object) -> None:
        calls[0] += 1
        if rng.random() < 0.08:
            raise sa.exc.OperationalError("", {}, Exception())

    sa.event.listen(engine, "before_cursor_execute", fail)
    for number in range(40):
        try:
            saved = give(engine, value=f"v{number}")
            revoke(engine, FULL_SCOPE, saved.number)
        except DatabaseUnavailable:
            continue
    sa.event.remove(engine, "before_cursor_execute", fail)
    kept = history(engine, ADA)
    assert len(kept) + sum(one.revoked_at is not None for one in kept) == len(log(engine)) > 10
    assert calls[0] > 200
