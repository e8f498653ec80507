"""The frame in a real browser: it runs whatever address is asked for first, in Danish, and asks nobody else."""

import urllib.error
import urllib.request
from collections.abc import Callable
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import expect

from tests.case_database import CENTERS
from tests.e2e.conftest import Visit, serving
from ui.navigation import PLACES, Place

pytestmark = pytest.mark.e2e

Visitor = Callable[..., Visit]


# the walk asks a cold server for every page, without a browser; here two, with one
FIRST = ("", "sag")


@pytest.mark.slow
@pytest.mark.parametrize("place", [p for p in PLACES if p.url in FIRST], ids=lambda place: place.url or "forside")
def test_the_first_address_asked_of_a_fresh_server_runs_in_the_frame(
    place: Place, visit: Visitor, small_database: str
) -> None:
    with serving(small_database) as address:
        visitor = visit(address)
        page = visitor.open(f"/{place.url}")
        expect(page.get_by_text("Opgjort pr. 22. november 2026")).to_be_visible()
        expect(page.get_by_text("Demodata")).to_be_visible()
        expect(page.locator(".st-key-filtre")).to_have_count(int(place.filtered))
        expect(page).to_have_title(f"{place.title} · Ungeoverblik")
        expect(page.get_by_role("dialog")).to_have_count(0)  # no "Page not found"
        assert page.url == f"{address}/{place.url}"
        assert not visitor.external
        assert not visitor.errors


def test_the_address_carries_the_choice_to_a_colleague(visit: Visitor, server: str) -> None:
    mine = visit(server)
    page = mine.open()
    page.get_by_role("combobox", name="Center").click()
    page.get_by_role("option", name=CENTERS[1]).click()
    page.wait_for_url(lambda url: "center=" in url)
    page.get_by_role("link", name="Forfalder snart", exact=True).first.click()
    page.wait_for_url(lambda url: "/forfalder-snart" in url and "center=" in url)
    theirs = visit(server).open(page.url.removeprefix(server))
    expect(theirs.get_by_role("combobox", name="Center")).to_have_value(CENTERS[1])


def test_a_choice_survives_a_page_without_filters(visit: Visitor, server: str) -> None:
    page = visit(server).open(f"/?{urlencode({'center': CENTERS[1]})}")
    expect(page.get_by_role("combobox", name="Center")).to_have_value(CENTERS[1])
    page.get_by_text("Data", exact=True).click()
    page.get_by_text("Om tallene", exact=True).click()
    expect(page.locator(".st-key-filtre")).to_have_count(0)
    page.get_by_role("link", name="Overblik", exact=True).first.click()
    expect(page.get_by_role("combobox", name="Center")).to_have_value(CENTERS[1])


def test_a_choice_that_makes_no_sense_is_dropped_and_one_can_go_back(visit: Visitor, server: str) -> None:
    visitor = visit(server)
    page = visitor.open(f"/screening?center=Ukendt&alder={quote('13–17 år')}")
    expect(page.get_by_role("combobox", name="Center")).to_have_value("Alle centre")
    expect(page.get_by_role("combobox", name="Alder")).to_have_value("13–17 år")
    page.locator(".st-key-nulstil button").click()
    expect(page.get_by_role("combobox", name="Alder")).to_have_value("Alle aldre")
    page.wait_for_url(f"{server}/screening")


def answer(address: str, accept: str = "text/html") -> tuple[int, dict[str, str], str]:
    request = urllib.request.Request(address, headers={"Accept": accept, "Accept-Encoding": "gzip"})
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, {k.lower(): v for k, v in response.headers.items()}, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, {}, ""


@pytest.mark.parametrize("accept", ["text/html", "*/*"])
def test_the_page_is_sent_closed_and_danish(server: str, accept: str) -> None:
    status, headers, html = answer(f"{server}/screening", accept)
    assert status == 200
    assert '<html lang="da">' in html
    assert "<title>Ungeoverblik</title>" in html
    assert "agent" not in html
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    policy = headers["content-security-policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe-inline" not in scripts
    assert "unsafe-eval" not in scripts.replace("wasm-unsafe-eval", "")
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/agent/openapi.json", "/_stcore/agent/interact"])
def test_addresses_that_tell_strangers_about_the_server_are_closed(server: str, path: str) -> None:
    assert answer(server + path)[0] == 404
