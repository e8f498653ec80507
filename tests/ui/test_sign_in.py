"""Around Streamlit's sign-in: one comes back to our own pages only, cookies are short-lived, a file is its maker's."""

import asyncio
import datetime as dt
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit import config
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from data_access import grants, sign_ins
from data_access.database import DATABASE_URL
from data_access.tables import FULL_SCOPE
from tests.case_database import fill
from tests.e2e.provider import COOKIE_SECRET, secrets_file
from ui import access, safety, sign_in

ROOT = Path(__file__).parents[2]
FILE = "sager_2026-11-22_0123456789abcdef.csv"


@pytest.fixture(autouse=True)
def shipped(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The settings of the repository, and after the test again."""
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv(safety.PROXY, raising=False)
    config.get_config_options(force_reparse=True)
    secrets_singleton._reset()
    yield
    monkeypatch.undo()
    config.get_config_options(force_reparse=True)
    secrets_singleton._reset()
    st.cache_resource.clear()


# --- the page that was asked for ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "leads_there"),
    [
        ("/", True),
        ("/?center=B%C3%B8rn+og+Unge&periode=12", True),
        ("/sag?sag=26-1000", True),
        ("/afvigelser?regel=screening.first_interview&x=1%2C2", True),
        (f"/sag?{'x' * 1995}", True),
        (f"/sag?{'x' * 1996}", False),
        ("", False),
        ("sag", False),
        ("?sag=1", False),
        ("//evil.example", False),
        ("///evil.example/sag", False),
        ("//evil.example/sag?sag=1", False),
        ("/\\evil.example", False),
        ("\\\\evil.example", False),
        ("/\t/evil.example", False),
        ("/sag\\..\\..\\evil.example", False),
        ("https://evil.example/sag", False),
        ("https:evil.example", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("/@evil.example", False),
        ("/.evil.example", False),
        ("/%2F/evil.example", False),
        ("/%5Cevil.example", False),
        ("/sag/../../evil", False),
        ("/sag/", False),
        ("/ukendt", False),
        ("/auth/logout", False),
        ("/auth/login?provider=x", False),
        ("/oauth2callback?code=x", False),
        ("/media/0123.csv", False),
        ("/_stcore/metrics", False),
        ("/sag?sag=1\r\nSet-Cookie: _streamlit_user=x", False),
        ("/sag?sag=1\nLocation: //evil.example", False),
        ("/sag?sag=1\x00", False),
        ("/sag?sag=1; Domain=example", False),
        ('/sag?sag="1"', False),
        ("/sag?sag=1 2", False),
        ("/sag?sag=æ", False),
        ("/ｓag", False),
    ],
)
def test_only_our_own_pages_are_an_address_to_go_to(address: str, leads_there: bool) -> None:
    assert sign_in.own_page(address) == (address if leads_there else None)


@pytest.mark.parametrize(
    ("referer", "asked"),
    [
        ("http://127.0.0.1:8501/", "/"),
        ("https://ungeoverblik.example/sag?sag=26-1000", "/sag?sag=26-1000"),
        ("https://ungeoverblik.example/sag?sag=1,2;3", "/sag?sag=1%2C2%3B3"),
        ("https://ungeoverblik.example/?center=Børn", "/?center=B%C3%B8rn"),
        ("https://ungeoverblik.example/?center=B%C3%B8rn#x", "/?center=B%C3%B8rn"),
        ("https://evil.example/sag?sag=1", "/sag?sag=1"),  # our own page, whoever leads there
        ("https://evil.example", None),
        ("https://x//evil.example/sag", None),
        ("https://x/\\evil.example", None),
        ("https://[evil", None),
        ("", None),
        ("\r\n", None),
        (f"https://x/sag?{'x' * 3000}", None),
    ],
)
def test_what_was_asked_for_is_where_one_stood(referer: str, asked: str | None) -> None:
    assert sign_in.asked_for(referer) == asked


def test_under_a_path_of_its_own() -> None:
    config.set_option("server.baseUrlPath", "kui")
    assert sign_in.own_page("/kui/sag?sag=1") == "/kui/sag?sag=1"
    assert sign_in.own_page("/sag?sag=1") is None
    assert sign_in.asked_for("https://x/kui/") == "/kui/"


# --- what comes back ----------------------------------------------------------------------------------

USER = "_streamlit_user=hvem; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax"
TOKENS = "_streamlit_user_tokens=noget; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax"
GONE = '_streamlit_user=""; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; SameSite=lax'
OTHER = "_streamlit_xsrf=2|x; Path=/; SameSite=lax"


def answered(path: str, asked: dict[str, str], *inside: tuple[str, str], status: int = 302, body: bytes = b"") -> Any:
    """Status, headers and body of the answer to a request, where Streamlit's own would be `inside`."""
    sent: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        headers = [(name.encode(), value.encode()) for name, value in inside]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(name.encode(), value.encode()) for name, value in asked.items()]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}
    # In a thread of its own: where a browser test ran before, this one has a running event loop.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, sign_in.SignIn(application)(scope, None, send)).result()  # type: ignore[arg-type]
    start, *rest = sent
    received = [(name.decode(), value.decode()) for name, value in start["headers"]]
    return start["status"], received, b"".join(part["body"] for part in rest)


def named(headers: list[tuple[str, str]], name: str) -> list[str]:
    return [value for each, value in headers if each == name]


def test_the_page_is_remembered_when_somebody_signs_in() -> None:
    _, headers, _ = answered("/auth/login", {"referer": "https://x/sag?sag=1"}, ("location", "https://provider"))
    assert named(headers, "location") == ["https://provider"]
    assert named(headers, "set-cookie") == [
        "_ungeoverblik_asked=/sag?sag=1; Max-Age=600; Path=/; HttpOnly; SameSite=Lax"
    ]
    assert named(headers, "cache-control") == ["no-store"]


@pytest.mark.parametrize("asked", [{}, {"referer": "https://x//evil.example"}])
def test_what_was_remembered_before_is_forgotten(asked: dict[str, str]) -> None:
    _, headers, _ = answered("/auth/login", asked, ("location", "https://provider"))
    assert named(headers, "set-cookie") == ["_ungeoverblik_asked=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"]


@pytest.mark.parametrize(
    ("remembered", "cookies", "goes_to"),
    [
        ("/sag?sag=26-1000", (USER, TOKENS), "/sag?sag=26-1000"),
        ("/sag?sag=26-1000", (GONE, USER, TOKENS), "/sag?sag=26-1000"),
        ("/sag?sag=26-1000", (GONE,), "/"),
        ("/sag?sag=26-1000", (TOKENS,), "/"),
        ("/sag?sag=26-1000", (), "/"),
        ("//evil.example", (USER,), "/"),
        ("https://evil.example/sag", (USER,), "/"),
        ("/\\evil.example", (USER,), "/"),
        ("", (USER,), "/"),
    ],
)
def test_after_sign_in_one_comes_back(remembered: str, cookies: tuple[str, ...], goes_to: str) -> None:
    inside = [("location", "/"), ("cache-control", "public"), *(("set-cookie", cookie) for cookie in cookies)]
    _, headers, _ = answered("/oauth2callback", {"cookie": f"a=1; {sign_in.ASKED}={remembered}"}, *inside)
    assert named(headers, "location") == [goes_to]
    assert named(headers, "cache-control") == ["no-store"]
    signed_in = USER in cookies
    assert ("_ungeoverblik_asked=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax" in named(headers, "set-cookie")) is (
        signed_in
    )


@pytest.mark.parametrize("path", ["/", "/sag", "/sag/oauth2callback", "/auth"])
def test_no_other_answer_leads_anywhere_else(path: str) -> None:
    asked = {"cookie": f"{sign_in.ASKED}=/sag?sag=1", "referer": "https://x/sag?sag=1"}
    _, headers, _ = answered(path, asked, ("location", "/x"), ("set-cookie", USER))
    assert named(headers, "location") == ["/x"]
    assert len(named(headers, "set-cookie")) == 1
    assert named(headers, "cache-control") == []


def test_a_sign_out_is_kept_in_no_cache() -> None:
    assert named(answered("/auth/logout", {}, ("location", "/"))[1], "cache-control") == ["no-store"]


@pytest.mark.parametrize(("proxied", "ending"), [("", ""), ("1", "; Secure")])
def test_cookies_end_with_the_sign_in_and_travel_with_tls_only(
    proxied: str, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(safety.PROXY, proxied)
    inside = [("set-cookie", cookie) for cookie in (USER, TOKENS, GONE, OTHER)]
    _, headers, _ = answered("/", {}, *inside)
    eight_hours = [cookie.replace("2592000", str(8 * 3600)) for cookie in (USER, TOKENS, GONE, OTHER)]
    assert named(headers, "set-cookie") == [cookie + ending for cookie in eight_hours]
    _, headers, _ = answered("/", {}, ("set-cookie", "a=b; secure; HttpOnly"))
    assert named(headers, "set-cookie") == ["a=b; secure; HttpOnly"]


# --- whose a file is ----------------------------------------------------------------------------------


def claims(user: str = "lene", *roles: str, **other: object) -> dict[str, Any]:
    now = int(dt.datetime.now(dt.UTC).timestamp())
    said = {"iss": "p", "sub": user, "iat": now - 5, "exp": now + 3600, "nonce": user, "roles": list(roles)}
    return {"is_logged_in": True, "origin": "http://127.0.0.1:8501", "provider": "default", **said, **other}


def cookie(said: dict[str, Any], secret: str = COOKIE_SECRET, name: str = "_streamlit_user") -> str:
    """As Streamlit makes it; long ones it cuts up."""
    text = json.dumps(said)
    pieces = [text[start : start + 2500] for start in range(0, len(text), 2500)]
    if len(pieces) == 1:
        return f"{name}={create_signed_value(secret, name, text).decode()}"
    whole = {name: f"chunks-{len(pieces)}"} | {f"{name}_{i}": piece for i, piece in enumerate(pieces, 1)}
    return "; ".join(f"{key}={create_signed_value(secret, key, value).decode()}" for key, value in whole.items())


@pytest.fixture
def granted(sqlite_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[sa.Engine]:
    """A provider, a database in which two may take files out and one may not, and a file that Lene made."""
    engine = sqlite_engine
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{tmp_path}/case-database/ungeoverblik.db")
    for role in ("steering", "coordinator", "administrator", "protection"):
        grants.grant(engine, FULL_SCOPE, claim="roles", value=role, role=role)
    provider = secrets_file(tmp_path, "https://login.example")
    config.set_option("secrets.files", [str(provider)])
    secrets_singleton._reset()
    monkeypatch.setattr("ui.exports.owner", {FILE: "lene"}.get)
    yield engine
    st.cache_resource.clear()  # lets go of the connections before the database is dropped


def fetched(said: str = "", file: str | None = FILE, body: bytes = b"indhold", status: int = 200) -> tuple[int, bytes]:
    inside = [("content-disposition", f'attachment; filename="{file}"')] if file else []
    answer, _, content = answered(
        "/media/0123.csv", {"cookie": said} if said else {}, *inside, status=status, body=body
    )
    return answer, content


GIVEN, REFUSED = (200, b"indhold"), (404, b"Findes ikke")


@pytest.mark.usefixtures("granted")
@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (lambda: cookie(claims("lene", "steering")), GIVEN),
        (lambda: cookie(claims("lene", "coordinator")), GIVEN),
        (lambda: cookie(claims("lene", "protection")), GIVEN),  # of the log
        (lambda: cookie(claims("lene", "steering", groups=["g" * 40] * 200)), GIVEN),  # a cookie in pieces
        (lambda: "", REFUSED),
        (lambda: cookie(claims("kim", "coordinator")), REFUSED),  # somebody else's, whoever asks
        (lambda: cookie(claims("lene", "administrator")), REFUSED),  # may not take files out any more
        (lambda: cookie(claims("lene")), REFUSED),
        (lambda: cookie(claims("lene", "steering", exp=1)), REFUSED),
        (lambda: cookie(claims("lene", "steering", iat=1)), REFUSED),
        (lambda: cookie(claims("lene", "steering", is_logged_in=False)), REFUSED),
        (lambda: cookie(claims("lene", "steering", origin="https://fremmed.example")), REFUSED),
        (lambda: cookie(claims("lene", "steering"), secret="x" * 40), REFUSED),
        (lambda: cookie(claims("lene", "steering"), name="_streamlit_user_tokens"), REFUSED),
        (lambda: "_streamlit_user=" + json.dumps(claims("lene", "steering")).replace(";", ""), REFUSED),
        (lambda: cookie(claims("lene", "steering"))[:-3], REFUSED),
    ],
)
def test_a_file_is_for_who_made_it(said: Callable[[], str], answer: tuple[int, bytes]) -> None:
    assert fetched(said()) == answer


@pytest.mark.usefixtures("granted")
@pytest.mark.parametrize("file", ["andres_2026-11-22_0123456789abcdef.csv", "x", None])
def test_a_file_that_nobody_made_is_nobodys(file: str | None) -> None:
    assert fetched(cookie(claims("lene", "coordinator")), file) == REFUSED


@pytest.mark.usefixtures("granted")
@pytest.mark.parametrize("status", [404, 416, 500, 204])
def test_not_yours_looks_like_not_there(status: int) -> None:
    assert fetched(cookie(claims("lene", "coordinator")), status=status) == REFUSED


@pytest.mark.usefixtures("granted")
def test_our_own_pictures_are_everybodys() -> None:
    icon = (ROOT / "static/favicon.png").read_bytes()
    assert fetched("", None, icon) == (200, icon)
    assert fetched("", None, icon + b"x") == REFUSED


def test_the_file_is_gone_when_the_grant_is_or_who_made_it_has_left(granted: sa.Engine) -> None:
    lene = claims("lene", "steering")
    assert fetched(cookie(lene)) == GIVEN
    steering = next(each for each in grants.standing(granted, FULL_SCOPE) if each.role == "steering")
    grants.revoke(granted, FULL_SCOPE, steering.number)
    assert fetched(cookie(lene)) == REFUSED
    grants.grant(granted, FULL_SCOPE, claim="roles", value="steering", role="coordinator")
    assert fetched(cookie(lene)) == GIVEN
    grants.grant(granted, FULL_SCOPE, claim="sub", value="lene", role="blocked")
    assert fetched(cookie(lene)) == REFUSED
    again = claims("lene", "coordinator", nonce="ny")
    grants.revoke(granted, FULL_SCOPE, grants.standing(granted, FULL_SCOPE)[-1].number)
    assert fetched(cookie(again)) == GIVEN
    identity = access.identity_of(again)
    assert identity is not None
    sign_ins.end(granted, identity.key)
    assert fetched(cookie(again)) == REFUSED


def test_no_file_when_the_database_is_away(granted: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATABASE_URL, "sqlite:////findes/ikke.db")
    assert fetched(cookie(claims("lene", "coordinator"))) == REFUSED


@pytest.mark.parametrize(("demo", "answer"), [(True, GIVEN), (False, REFUSED)])
def test_without_a_provider_only_files_of_invented_people_are_everybodys(
    sqlite_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, demo: bool, answer: tuple[int, bytes]
) -> None:
    fill(sqlite_engine, demo=demo)
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{tmp_path}/case-database/ungeoverblik.db")
    assert fetched() == answer
