"""Who is let in, with what, and for how long: by the provider's answer and the grants as they stand at each run."""

import datetime as dt
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit import config
from streamlit.runtime.secrets import secrets_singleton
from streamlit.testing.v1 import AppTest

from data_access import grants, models, sign_ins
from data_access.database import DATABASE_URL, DatabaseUnavailable, reading, writing
from data_access.tables import FULL_SCOPE, Scope
from tests.case_database import CENTERS, fill
from tests.e2e.provider import secrets_file
from ui import access, state

ROOT = Path(__file__).parents[2]
SIGN_IN, LOG = (model.metadata.tables[str(model.__tablename__)] for model in (models.SignIn, models.LogEntry))
LENE = Scope("lene", ("head",), (CENTERS[0],))


class User(dict[str, Any]):
    """Stands for `st.user`: what Streamlit read in the browser's cookie when the session began."""

    def to_dict(self) -> dict[str, Any]:
        return dict(self)


def claims(**other: object) -> dict[str, Any]:
    """What the provider says of Lene; None leaves a claim out."""
    now = int(dt.datetime.now(dt.UTC).timestamp())
    said = {"iss": "p", "sub": "1", "aud": "u", "iat": now - 5, "exp": now + 3600, "nonce": "n"}
    said |= {"preferred_username": "lene", "roles": ["leder"]}
    return {claim: value for claim, value in {**said, **other}.items() if value is not None}


def address(engine: sa.Engine) -> str:
    url = engine.url.render_as_string(hide_password=False)
    return f"sqlite:///{str(engine.url.database).removeprefix('file:')}" if engine.dialect.name == "sqlite" else url


Comes = Callable[..., dict[str, Any]]


on_both = pytest.mark.parametrize("known", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def known(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    """The database that the dashboard is pointed to: real cases, and roles for some."""
    engine: sa.Engine = request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_engine")
    monkeypatch.setenv(DATABASE_URL, address(engine))
    fill(engine, demo=False)
    grants.grant(engine, FULL_SCOPE, claim="roles", value="leder", role="head", center=CENTERS[0])
    grants.grant(engine, FULL_SCOPE, claim="roles", value="koordinator", role="coordinator")
    yield engine
    st.cache_resource.clear()  # lets go of the connections before the database is dropped


@pytest.fixture
def provider(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """There is one to sign in with."""
    monkeypatch.chdir(ROOT)
    config.get_config_options(force_reparse=True)
    file = secrets_file(tmp_path_factory.mktemp("secrets"), "https://login.example")
    config.set_option("secrets.files", [str(file)])
    secrets_singleton._reset()
    access._identities.clear()
    yield
    config.get_config_options(force_reparse=True)
    secrets_singleton._reset()
    access._identities.clear()


@pytest.fixture
def comes(known: sa.Engine, provider: None, monkeypatch: pytest.MonkeyPatch) -> Comes:
    """`comes(exp=…)`: somebody with a browser whose cookie says so; gives what it says."""

    def come(**other: object) -> dict[str, Any]:
        said = claims(**other)
        monkeypatch.setattr(st, "user", User(said, is_logged_in=True))
        return said

    return come


def refused() -> tuple[str, str]:
    """The first sentence that stands on the page instead of figures, and the way on."""
    with pytest.raises(access.NotAdmitted) as said:
        access.current()
    return str(said.value).split(". ")[0], said.value.way


def begun(engine: sa.Engine, said: Mapping[str, Any], *, ago: dt.timedelta, seen: dt.timedelta) -> None:
    """Set when a sign-in began and was last used: as if time had passed."""
    now = dt.datetime.now(dt.UTC)
    times = {"began_at": now - ago, "seen_at": now - seen}
    with writing(engine) as connection:
        row = sa.update(SIGN_IN).where(SIGN_IN.c.id == sign_ins.key_of(said)).values(times)
        assert connection.execute(row).rowcount == 1


def minutes(number: float) -> dt.timedelta:
    return dt.timedelta(minutes=number)


def in_minutes(number: float) -> int:
    return int((dt.datetime.now(dt.UTC) + minutes(number)).timestamp())


# --- the provider's answer ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "user"),
    [
        ({}, "lene"),
        ({"preferred_username": None, "email": "lene@k.example"}, "lene@k.example"),
        ({"preferred_username": None, "upn": "lene@k.example"}, "lene@k.example"),
        ({"preferred_username": None}, "1"),
        ({"preferred_username": "  lene "}, "lene"),
        ({"preferred_username": ""}, "1"),
        ({"preferred_username": "   "}, "1"),
        ({"preferred_username": ["kim"]}, "1"),
        ({"preferred_username": 7}, "1"),
        ({"preferred_username": {"a": 1}}, "1"),
        ({"preferred_username": "le\nne"}, "1"),
        ({"preferred_username": "le\x00ne"}, "1"),
        ({"preferred_username": "\u202eenel"}, "1"),
        ({"preferred_username": "\ud800"}, "1"),
        ({"preferred_username": "x" * 201}, "1"),
        ({"preferred_username": "x" * 10_000_000}, "1"),
        ({"preferred_username": "x" * 200}, "x" * 200),
        ({"preferred_username": None, "sub": None}, None),
        ({"preferred_username": "\n", "sub": "\x00"}, None),
        ({"iat": None}, None),
        ({"iat": "i går"}, None),
        ({"iat": math.nan}, None),
        ({"iat": math.inf}, None),
        ({"iat": -(10**30)}, None),
        ({"iat": [1]}, None),
        ({"exp": None}, "lene"),
        ({"exp": "aldrig"}, None),
        ({"exp": math.inf}, None),
        ({"exp": 10**30}, None),
        ({"exp": []}, None),
    ],
)
def test_who_somebody_is(said: dict[str, Any], user: str | None) -> None:
    identity = access.identity_of(claims(**said))
    assert (identity and identity.user) == user


@pytest.mark.parametrize("said", [{}, {"is_logged_in": False, **claims()}, {"is_logged_in": True}])
def test_nobody_is_asked_to_sign_in(said: dict[str, Any], comes: Comes, monkeypatch: pytest.MonkeyPatch) -> None:
    comes()
    monkeypatch.setattr(st, "user", User(said))
    assert refused() == ("Log ind med din arbejdskonto for at se overblikket.", "sign_in")


# --- how long -----------------------------------------------------------------------------------------


@on_both
def test_a_sign_in_is_logged_once_and_goes_on(known: sa.Engine, comes: Comes) -> None:
    comes()
    assert [access.current() for _ in range(3)] == [LENE] * 3
    with reading(known) as connection:
        entries = connection.execute(sa.select(LOG.c.user, LOG.c.action).where(LOG.c.action == "sign_in")).all()
    assert [tuple(entry) for entry in entries] == [("lene", "sign_in")]


@pytest.mark.parametrize(
    ("began", "used", "says"),
    [
        (5, 5, None),
        (29, 29, None),
        (31, 31, "Du er logget ud efter 30 minutter uden brug"),
        (400, 31, "Du er logget ud efter 30 minutter uden brug"),
        (400, 29, None),
        (479, 0, None),
        (481, 0, "Dit login er udløbet: det gælder i højst 8 timer"),
        (481, 481, "Dit login er udløbet: det gælder i højst 8 timer"),
        (60 * 24 * 29, 0, "Dit login er udløbet: det gælder i højst 8 timer"),
    ],
)
def test_a_sign_in_ends(began: int, used: int, says: str | None, known: sa.Engine, comes: Comes) -> None:
    said = comes(iat=in_minutes(-0.1), exp=in_minutes(600))
    access.current()
    begun(known, said, ago=minutes(began), seen=minutes(used))
    if says is None:
        assert access.current() == LENE
    else:
        assert refused() == (says, "sign_in")
        assert refused() == (says, "sign_in")  # it does not come alive by asking again


@pytest.mark.parametrize(
    ("issued", "expires", "says"),
    [
        (-1, 60, None),
        (-1, None, None),
        (-29, 60, None),
        (-31, 60, "Dit login er udløbet"),  # not known, and too old to be new: a restored database, a stolen cookie
        (-60 * 24 * 20, None, "Dit login er udløbet"),
        (-60, -1, "Dit login er udløbet"),
        (-5, -1, None),  # the clocks may be two minutes apart
        (-5, -3, "Dit login er udløbet"),
        (1, 60, None),
        (3, 60, "Dit login er dateret ud i fremtiden og kan ikke bruges"),
        (60 * 24, None, "Dit login er dateret ud i fremtiden og kan ikke bruges"),
    ],
)
def test_when_a_new_sign_in_counts(issued: float, expires: float | None, says: str | None, comes: Comes) -> None:
    comes(iat=in_minutes(issued), exp=None if expires is None else in_minutes(expires))
    if says is None:
        assert access.current() == LENE
    else:
        assert refused() == (says, "sign_in")


@on_both
def test_a_cookie_is_dead_after_sign_out(known: sa.Engine, comes: Comes) -> None:
    said = comes()
    access.current()
    sign_ins.end(known, sign_ins.key_of(said))
    assert refused() == ("Du er logget ud", "sign_in")
    comes(nonce="another")  # the same user, signed in anew
    assert access.current() == LENE


@on_both
def test_everybody_signs_in_again_after_a_restore(known: sa.Engine, comes: Comes) -> None:
    comes(iat=in_minutes(-40))
    assert refused()[1] == "sign_in"
    said = comes(iat=in_minutes(-20), nonce="young")
    access.current()
    begun(known, said, ago=minutes(200), seen=minutes(0))
    old = comes(iat=in_minutes(-200), nonce="young")
    with writing(known) as connection:
        connection.execute(sa.delete(SIGN_IN))
    assert old["iat"] < said["iat"]
    assert refused() == ("Dit login er udløbet", "sign_in")


@on_both
def test_nobody_is_let_in_when_it_cannot_be_written_down(known: sa.Engine, comes: Comes) -> None:
    comes()
    with writing(known) as connection:
        connection.execute(sa.text("DROP TABLE sign_ins"))
    with pytest.raises(DatabaseUnavailable):
        access.current()


# --- with what ----------------------------------------------------------------------------------------


@on_both
def test_roles_are_read_on_every_run(known: sa.Engine, comes: Comes) -> None:
    comes()
    assert access.current() == LENE
    [head] = [each for each in grants.standing(known, FULL_SCOPE) if each.role == "head"]
    grants.grant(known, FULL_SCOPE, claim="roles", value="leder", role="head", center=CENTERS[2])
    assert access.current().centers == (CENTERS[0], CENTERS[2])
    grants.revoke(known, FULL_SCOPE, head.number)
    assert access.current().centers == (CENTERS[2],)
    grants.grant(known, FULL_SCOPE, claim="sub", value="1", role="blocked")
    assert refused()[1] == "sign_out"
    assert "har ikke adgang til Ungeoverblik" in refused()[0]


@on_both
def test_who_has_no_role_sees_nothing_and_is_in_the_log_once(known: sa.Engine, comes: Comes) -> None:
    st.session_state.pop(access._TOLD, None)
    comes(roles=["andet"], preferred_username="fremmed")
    said = {refused() for _ in range(3)}
    assert said == {("Du er logget ind som fremmed, men har ikke adgang til Ungeoverblik", "sign_out")}
    with reading(known) as connection:
        entries = connection.execute(sa.select(LOG.c.user, LOG.c.note).where(LOG.c.action == "refused")).all()
    assert [tuple(entry) for entry in entries] == [("fremmed", "Logget ind uden adgang")]


def test_a_name_is_shown_as_it_stands(comes: Comes) -> None:
    comes(roles=[], preferred_username="![x](http://evil.example/x.png)")
    assert "![x](" not in refused()[0]


@on_both
def test_what_is_fetched_later_is_for_who_may_still_have_it(known: sa.Engine, comes: Comes) -> None:
    said = comes()
    assert access.renewed(access.current()) == LENE
    [head] = [each for each in grants.standing(known, FULL_SCOPE) if each.role == "head"]
    grants.grant(known, FULL_SCOPE, claim="roles", value="leder", role="steering")
    grants.revoke(known, FULL_SCOPE, head.number)
    assert access.renewed(LENE) == Scope("lene", ("steering",))
    sign_ins.end(known, sign_ins.key_of(said))
    with pytest.raises(access.NotAdmitted):
        access.renewed(LENE)
    with pytest.raises(access.NotAdmitted):
        access.renewed(Scope("kim", ("coordinator",), None))  # has never been here


def test_signing_out_leaves_another_browser_alone(
    known: sa.Engine, comes: Comes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(st, "logout", lambda: None)
    comes(nonce="first")
    access.current()
    comes(nonce="second")
    access.current()
    comes(nonce="first")
    access.sign_out()
    assert refused() == ("Du er logget ud", "sign_in")
    assert access.renewed(LENE) == LENE  # of the second
    comes(nonce="second")
    assert access.current() == LENE
    access.sign_out()
    with pytest.raises(access.NotAdmitted):
        access.renewed(LENE)


# --- without a provider -------------------------------------------------------------------------------


def test_real_cases_that_arrive_while_the_server_runs_are_not_shown(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE_URL, address(engine))
    with pytest.raises(state.NothingDelivered):
        access.current()
    fill(engine, demo=True)
    assert access.current() == Scope(access.TRYING, ("coordinator",), None)
    with writing(engine) as connection:
        connection.execute(sa.text("DELETE FROM interviews"))
        connection.execute(sa.text("DELETE FROM cases"))
        connection.execute(sa.text("DELETE FROM centers"))
        connection.execute(sa.text("DELETE FROM imports"))
    fill(engine, demo=False)
    st.cache_resource.clear()  # another version in operation; here the number is the same
    assert refused()[0] == "Her er rigtige sager, og de vises kun efter login"
    with pytest.raises(access.NotAdmitted):
        access.renewed(Scope(access.TRYING, ("coordinator",), None))
    st.cache_resource.clear()


# --- the page -----------------------------------------------------------------------------------------


@pytest.fixture
def page(comes: Comes) -> Callable[..., AppTest]:
    """The dashboard as somebody who has signed in sees it."""

    def opened(**other: object) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        comes(**other)
        return app.run()

    return opened


def shown(app: AppTest) -> str:
    """Everything that can be read."""
    assert not app.exception
    return " ".join(str(getattr(each, "value", None) or getattr(each, "label", "")) for each in app.main)


def test_a_revoked_grant_shows_at_the_next_click(known: sa.Engine, page: Callable[..., AppTest]) -> None:
    app = page()
    assert "Opgjort pr." in shown(app)
    assert [button.label for button in app.button if button.key == "log_ud"] == ["Log ud"]
    [head] = [each for each in grants.standing(known, FULL_SCOPE) if each.role == "head"]
    grants.revoke(known, FULL_SCOPE, head.number)
    app.selectbox(key="periode").select_index(1).run()
    assert "Opgjort pr." not in shown(app)
    assert "har ikke adgang til Ungeoverblik" in app.info[0].value
    assert [button.label for button in app.button] == ["Log ud"]
    assert not app.selectbox


def test_an_ended_sign_in_shows_at_the_next_click(known: sa.Engine, page: Callable[..., AppTest]) -> None:
    issued = in_minutes(-1)
    app = page(iat=issued)
    begun(known, claims(iat=issued), ago=minutes(60), seen=minutes(31))
    app.selectbox(key="periode").select_index(1).run()
    assert [info.value for info in app.info] == ["Du er logget ud efter 30 minutter uden brug. Log ind igen."]
    assert [button.label for button in app.button] == ["Log ind"]
    assert not app.selectbox


def test_who_is_signed_in_reads_their_role_and_leaves(
    known: sa.Engine, page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[str] = []
    monkeypatch.setattr(st, "logout", lambda: left.append("ud"))
    app = page(preferred_username="*lene*")
    assert {"Afdelingsleder", CENTERS[0]} <= {text.value for text in app.text}
    app.button(key="log_ud").click().run()
    assert left == ["ud"]
    assert "Første samtale" not in shown(app)  # nothing is looked up for who is leaving
    assert app.run().button[0].label == "Log ind"


def test_the_tour_opens_at_the_first_sign_in_and_until_it_is_closed(page: Callable[..., AppTest]) -> None:
    def open_now(app: AppTest) -> bool:
        return any(button.key == "rundvisning_luk" for button in app.button)

    issued = in_minutes(-1)
    app = page(iat=issued)
    assert open_now(app)
    assert "1. Det første, du ser" in [step.value for step in app.subheader]
    assert open_now(app.run())
    assert not open_now(page(iat=issued))  # the same page again, or another tab
    assert not open_now(app.button(key="rundvisning_luk").click().run().run())
    assert not open_now(page(iat=issued, nonce="second"))
    assert open_now(app.button(key="rundvisning").click().run())


def test_a_sign_out_that_cannot_be_saved_says_so(page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise DatabaseUnavailable("Du er ikke logget ud.")

    app = page(roles=[])
    monkeypatch.setattr(sign_ins, "end", away)
    app.button(key="log_ud").click().run()
    assert [error.value for error in app.error] == ["Du er ikke logget ud."]
    assert not app.exception


@pytest.mark.parametrize(("verified", "user"), [(True, "lene@kommune.dk"), ("true", "lene@kommune.dk"), (False, "7")])
def test_an_address_that_is_not_verified_is_nobodys_name(verified: object, user: str) -> None:
    said = {"sub": "7", "email": "lene@kommune.dk", "email_verified": verified, "iat": 1_790_000_000}
    identity = access.identity_of(said)
    assert identity is not None
    assert identity.user == user
