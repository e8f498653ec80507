"""Signing in with a real provider in a real browser: one comes to what was asked for, and no longer than one may."""

import contextlib
import datetime as dt
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from data_access import audit, grants, models
from data_access.database import DATABASE_URL, connect, writing
from data_access.tables import FULL_SCOPE, Scope
from tests.case_database import CENTERS, fill
from tests.e2e.conftest import ROOT, Visit, serving
from tests.e2e.provider import configured, providing, secrets_file

pytestmark = pytest.mark.e2e

SIGN_IN = models.SignIn.metadata.tables[str(models.SignIn.__tablename__)]
PEOPLE = {
    "ole": {"preferred_username": "ole", "roles": ["koordinator"]},  # takes a file out, and is blocked
    "lene": {"preferred_username": "lene", "roles": ["leder"]},
    "kim": {"preferred_username": "kim", "roles": ["koordinator"]},
    "sten": {"preferred_username": "sten", "roles": ["styregruppe"]},
    "ida": {"preferred_username": "ida", "roles": ["leder"]},  # her role is taken from her
    "ny": {"preferred_username": "ny", "roles": ["leder"]},  # has never been here
    "fremmed": {"email": "fremmed@kommune.example", "roles": ["andet"]},
}


@dataclass
class House:
    """The dashboard of a municipality with real cases, its provider and its database."""

    address: str
    provider: str
    engine: sa.Engine


@pytest.fixture(scope="module")
def house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("sign-in")
    path = folder / "ungeoverblik.db"
    shutil.copy(sqlite_template, path)
    engine = connect(f"sqlite:///{path}")
    fill(engine, demo=False)
    for value, role, center in (
        ("leder", "head", CENTERS[0]),
        ("koordinator", "coordinator", None),
        ("styregruppe", "steering", None),
    ):
        grants.grant(engine, FULL_SCOPE, claim="roles", value=value, role=role, center=center)
    for name in PEOPLE.keys() - {"ny"}:
        audit.write(engine, Scope(name), action="sign_in", purpose="", rows=0)
    with (
        providing(PEOPLE) as provider,
        configured(secrets_file(folder, provider)),
        serving(f"sqlite:///{path}") as address,
    ):
        yield House(address, provider, engine)
    engine.dispose()


Visitor = Callable[..., Visit]


@pytest.fixture
def visit(browser: Browser, house: House) -> Iterator[Visitor]:
    """Open a window of somebody new. Requests to others than the dashboard and its provider are stopped."""
    contexts: list[BrowserContext] = []
    own = {urlsplit(house.address).netloc, urlsplit(house.provider).netloc}

    def start(width: int = 1440) -> Visit:
        context = browser.new_context(viewport={"width": width, "height": 900}, locale="en-US")
        contexts.append(context)
        visitor = Visit(context.new_page(), house.address)

        def only_here(route: Route) -> None:
            if urlsplit(route.request.url).netloc in own:
                route.continue_()
            else:
                visitor.external.append(route.request.url)
                route.abort()

        context.route("**/*", only_here)
        visitor.page.on("pageerror", lambda error: visitor.errors.append(str(error)))
        return visitor

    yield start
    for context in contexts:
        context.close()


def sign_in(visitor: Visit, name: str, path: str = "/") -> Page:
    """Ask for an address, press the one button, say one's name at the provider, and come back."""
    page = visitor.open(path)
    page.get_by_role("button", name="Log ind").click()
    return at_the_provider(visitor, name)


def at_the_provider(visitor: Visit, name: str) -> Page:
    page = visitor.page
    page.get_by_placeholder("sub").fill(name)
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url(f"{visitor.address}/**")
    return visitor.settle()


def whole(page: Page) -> str:
    return page.inner_text("[data-testid=stApp]")


def cookies(visitor: Visit) -> list[Any]:
    return visitor.page.context.cookies(visitor.address)


@pytest.mark.parametrize("width", [390, 1440])
def test_a_stranger_sees_one_button_and_no_figure(visit: Visitor, width: int) -> None:
    visitor = visit(width)
    page = visitor.open("/afvigelser?regel=screening.first_interview")
    expect(page.get_by_text("Log ind med din arbejdskonto for at se overblikket.")).to_be_visible()
    expect(page.get_by_test_id("stMain").get_by_role("button")).to_have_count(1)
    expect(page.get_by_role("button", name="Log ind")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)  # no "Page not found"
    expect(page.get_by_role("link", name="Overblik", exact=True)).to_have_count(0)
    assert page.url.endswith("/afvigelser?regel=screening.first_interview")
    assert not any(center in page.content() for center in CENTERS)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.querySelector('link[rel~=icon]').href.includes('/media/')")
    assert not visitor.external
    assert not visitor.errors


def test_a_head_comes_to_the_page_that_was_asked_for(visit: Visitor, house: House) -> None:
    visitor = visit()
    page = sign_in(visitor, "lene", "/screening?alder=18%E2%80%9324+%C3%A5r")
    assert page.url == f"{house.address}/screening?alder=18%E2%80%9324+%C3%A5r"
    expect(page.get_by_role("combobox", name="Alder")).to_have_value("18–24 år")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert not any(center in whole(page) for center in CENTERS[1:])
    page.locator(".st-key-hvem button").click()
    expect(page.get_by_text("Afdelingsleder", exact=True)).to_be_visible()
    expect(page.locator(".st-key-log_ud")).to_be_visible()
    kept = {cookie["name"]: cookie for cookie in cookies(visitor)}
    assert "_ungeoverblik_asked" not in kept
    user = kept["_streamlit_user"]
    assert (user["httpOnly"], user["sameSite"]) == (True, "Lax")
    assert user["expires"] - time.time() <= 8 * 3600


@pytest.mark.parametrize("width", [390, 1440])
def test_who_has_never_been_here_is_shown_around_once(visit: Visitor, house: House, width: int) -> None:
    visitor = visit(width)
    page = sign_in(visitor, "ny", "/screening")
    tour = page.get_by_role("dialog", name="Rundvisning")
    if width == 390:  # the first of the two
        expect(tour.get_by_role("heading", name="1. Det første, du ser")).to_be_visible()
        expect(page.get_by_text("Første samtale").first).to_be_attached()  # the page stands behind it
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.keyboard.press("Escape")
    expect(tour).to_have_count(0)
    visitor.settle()
    visitor.open("/screening")
    expect(tour).to_have_count(0)
    page.locator(".st-key-hvem button").click()
    page.get_by_role("button", name="Rundvisning").press("Enter")
    close = tour.get_by_role("button", name="Luk rundvisningen")
    close.focus()
    page.keyboard.press("Enter")
    expect(tour).to_have_count(0)


@pytest.mark.parametrize(
    ("name", "path", "sees"),
    [
        ("kim", "/afvigelser?regel=first_interview", "Hvorfor skal sagerne vises?"),
        ("lene", "/sag?sag=26-1000", "Hvorfor skal sagerne vises?"),
        ("sten", "/sag?sag=26-1000", "Siden findes ikke, eller du har ikke adgang til den."),
    ],
)
def test_a_link_to_cases_is_followed_after_sign_in(
    name: str, path: str, sees: str, visit: Visitor, house: House
) -> None:
    page = sign_in(visit(), name, path)
    assert page.url == house.address + path
    expect(page.get_by_text(sees)).to_be_visible()
    assert not any(center in page.content() for center in CENTERS[1:]) or name == "kim"


def test_the_steering_group_comes_to_what_it_may_see(visit: Visitor) -> None:
    visitor = visit()
    page = sign_in(visitor, "sten")
    page.wait_for_url("**/styregruppen")
    visitor.settle()
    expect(page.get_by_role("link", name="Afvigelser", exact=True)).to_have_count(0)


def test_who_has_no_role_is_told_and_may_leave(visit: Visitor) -> None:
    page = sign_in(visit(), "fremmed", "/screening")
    expect(page.get_by_text("men har ikke adgang til Ungeoverblik.")).to_be_visible()
    expect(page.locator(".st-key-log_ud")).to_be_visible()
    assert not any(center in page.content() for center in CENTERS)


def test_after_sign_out_the_same_cookie_is_dead(visit: Visitor, house: House) -> None:
    visitor = visit()
    page = sign_in(visitor, "lene", "/screening")
    copied = cookies(visitor)
    other_tab = Visit(page.context.new_page(), house.address)
    other_tab.open("/mentor")
    page.locator(".st-key-hvem button").click()
    page.get_by_role("button", name="Log ud").click()
    page.get_by_role("button", name="End session").click()  # the provider's own
    page.wait_for_url(f"{house.address}/")
    visitor.settle()
    expect(page.get_by_role("button", name="Log ind")).to_be_visible()

    other_tab.page.get_by_role("link", name="Forfalder snart", exact=True).first.click()  # was open all the while
    expect(other_tab.page.get_by_text("Du er logget ud. Log ind igen.")).to_be_visible()
    expect(other_tab.page.locator(".st-key-ramme")).to_have_count(0)

    thief = visit()
    thief.page.context.add_cookies(copied)
    expect(thief.open("/screening").get_by_text("Du er logget ud. Log ind igen.")).to_be_visible()
    assert not any(center in thief.page.content() for center in CENTERS)


def test_after_half_an_hour_one_comes_back_to_where_one_stood(visit: Visitor, house: House) -> None:
    visitor = visit()
    page = sign_in(visitor, "kim")
    page.get_by_role("link", name="Afvigelser", exact=True).first.click()
    page.wait_for_url("**/afvigelser")
    visitor.settle()
    then = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=31)
    with writing(house.engine) as connection:
        connection.execute(sa.update(SIGN_IN).where(SIGN_IN.c.user == "kim").values(seen_at=then))
    page.get_by_role("link", name="Forfalder snart", exact=True).first.click()
    expect(page.get_by_text("Du er logget ud efter 30 minutter uden brug. Log ind igen.")).to_be_visible()
    expect(page.locator(".st-key-ramme")).to_have_count(0)
    page.get_by_role("button", name="Log ind").click()
    at_the_provider(visitor, "kim")
    assert page.url == f"{house.address}/forfalder-snart"
    expect(page.locator(".st-key-ramme")).to_be_visible()


def test_what_is_revoked_is_gone_at_the_next_click(visit: Visitor, house: House) -> None:
    visitor = visit()
    page = sign_in(visitor, "ida", "/screening")
    expect(page.get_by_text("Første samtale").first).to_be_visible()
    grants.grant(house.engine, FULL_SCOPE, claim="preferred_username", value="ida", role="blocked")
    page.get_by_role("combobox", name="Periode").click()
    page.get_by_role("option").last.click()
    expect(page.get_by_text("men har ikke adgang til Ungeoverblik.")).to_be_visible()
    expect(page.get_by_text("Første samtale")).to_have_count(0)
    expect(page.locator(".st-key-filtre")).to_have_count(0)


def test_a_hostile_way_back_is_not_followed(visit: Visitor, house: House) -> None:
    visitor = visit()
    page = visitor.open("/screening")
    page.get_by_role("button", name="Log ind").click()
    page.wait_for_selector("[placeholder=sub]")
    forged = {"name": "_ungeoverblik_asked", "value": "//evil.example/x", "url": house.address}
    page.context.add_cookies([forged])  # type: ignore[list-item]
    at_the_provider(visitor, "kim")
    assert page.url == f"{house.address}/"
    assert not [each for each in visitor.external if "evil" in each]


def status(address: str, cookie: str = "") -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers={"Cookie": cookie})) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_only_our_own_pictures_are_for_strangers(visit: Visitor, house: House) -> None:
    page = visit().open()
    icon = page.evaluate("document.querySelector('link[rel~=icon]').href")
    assert status(icon) == 200
    assert status(f"{house.address}/media/{'0' * 32}.csv") == 404


def test_a_file_is_for_who_took_it_out_and_no_longer_than_they_may(visit: Visitor, house: House) -> None:
    other = visit()
    sign_in(other, "kim")
    others = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in cookies(other))
    visitor = visit()
    page = sign_in(visitor, "ole", "/afvigelser?regel=first_interview")
    page.get_by_role("combobox", name="Formål").click()
    page.get_by_role("option").first.click()
    page.get_by_role("textbox", name="Anledning").fill("prøve")
    page.get_by_role("button", name="Vis sagerne").click()
    page.get_by_role("button", name="Hent som fil").click()
    with page.expect_download() as started:
        page.get_by_role("button", name="CSV").click()
    address = started.value.url
    assert "26-1000" in Path(started.value.path()).read_text("utf-8-sig")
    own = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in cookies(visitor))
    assert [status(address, cookie) for cookie in (own, others, "")] == [200, 404, 404]
    grants.grant(house.engine, FULL_SCOPE, claim="preferred_username", value="ole", role="blocked")
    assert status(address, own) == 404


# --- real cases and nobody to sign in with ------------------------------------------------------------


def test_a_server_with_real_cases_and_no_provider_does_not_start(house: House) -> None:
    url = f"sqlite:///{str(house.engine.url.database).removeprefix('file:').split('?')[0]}"
    environment = {**os.environ, DATABASE_URL: url, "STREAMLIT_SECRETS_FILES": "findes-ikke.toml"}
    ended = subprocess.run(
        [sys.executable, "-m", "streamlit", "run", "server.py", "--server.port=0"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1, ended.stderr
    assert "Der er rigtige sager i databasen, men login er ikke sat op." in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_server_that_runs_says_so_when_they_arrive(browser: Browser, sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "ungeoverblik.db"
    shutil.copy(sqlite_template, path)
    with contextlib.ExitStack() as stack:
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        environment.setenv("STREAMLIT_SECRETS_FILES", "findes-ikke.toml")
        visitor = Visit(browser.new_page(locale="en-US"), stack.enter_context(serving(f"sqlite:///{path}")))
        stack.callback(visitor.page.close)
        expect(visitor.open().get_by_text("Der er ikke indlæst en leverance endnu")).to_be_visible()
        engine = connect(f"sqlite:///{path}")
        fill(engine, demo=False)
        engine.dispose()
        page = visitor.open("/screening")
        expect(page.get_by_text("Her er rigtige sager, og de vises kun efter login.")).to_be_visible()
        assert not any(center in page.content() for center in CENTERS)
