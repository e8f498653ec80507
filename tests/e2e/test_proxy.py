"""Operation as `deploy/nginx` sets it up: two servers under a path behind TLS, in a real nginx and a real browser."""

import http.client
import json
import re
import secrets
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from websockets.sync.client import connect

from tests.e2e.conftest import SETTLED, Visit, launched
from tests.e2e.proxying import BASE, HOST, Behind, proxied

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture(scope="module")
def behind(small_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    """Two servers and the nginx in front."""
    with proxied(small_database, tmp_path_factory.mktemp("nginx")) as all_three:
        yield all_three


@pytest.fixture
def visitor(browser: Browser, behind: Behind) -> Iterator[Visit]:
    """A window on the address that visitors write, in a browser that looks it up here."""
    here = launched(browser.browser_type, f"--host-resolver-rules=MAP {HOST} 127.0.0.1")
    context = here.new_context(locale="en-US", ignore_https_errors=True, viewport={"width": 1440, "height": 900})
    visit = Visit(context.new_page(), behind.address + BASE)
    visit.page.on("console", lambda said: visit.errors.append(said.text) if "Security Policy" in said.text else None)
    visit.page.on("pageerror", lambda error: visit.errors.append(str(error)))
    visit.page.on("request", lambda asked: None if HOST in asked.url else visit.external.append(asked.url))
    yield visit
    here.close()


def answer(behind: Behind, path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
    """What nginx answers, read to its end."""
    connection = http.client.HTTPConnection("127.0.0.1", behind.port)
    connection.sock = called(behind, HOST)
    connection.request(method, path, headers={"Host": f"{HOST}:{behind.port}", **headers})
    response = connection.getresponse()
    response.body = response.read()  # type: ignore[attr-defined]
    connection.close()
    return response


def called(behind: Behind, host: str) -> ssl.SSLSocket:
    """A connection to nginx by a name, whatever this machine is called."""
    plain = socket.create_connection(("127.0.0.1", behind.port), timeout=60)
    return behind.trusting().wrap_socket(plain, server_hostname=host)


def test_a_page_works_under_the_path(visitor: Visit) -> None:
    sockets: list[str] = []
    visitor.page.on("websocket", lambda opened: sockets.append(opened.url))
    page = visitor.open("/")
    expect(page.get_by_text("Opgjort pr. 22. november 2026")).to_be_visible()
    assert page.evaluate("document.fonts.check('16px Inter')")
    page.get_by_role("link", name="Afvigelser", exact=True).first.click()
    page.wait_for_url(re.compile(rf"{BASE}/afvigelser"))
    visitor.say_why()
    page.get_by_role("button", name="Hent som fil").click()
    with page.expect_download(timeout=60_000) as fetched:
        page.get_by_role("button", name="CSV").click()
    assert "26-1000" in Path(fetched.value.path()).read_text("utf-8-sig")
    assert fetched.value.url.startswith(f"{visitor.address}/media/")
    assert [BASE in address and address.startswith("wss:") for address in sockets] == [True]  # one, and it stayed open
    assert not visitor.errors
    assert not visitor.external


def test_a_refused_page_leads_home_under_the_path(visitor: Visit) -> None:
    page = visitor.open("/sag?rolle=Styregruppe")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Gå til forsiden").click()
    home = opened.value
    home.wait_for_selector(SETTLED, timeout=60_000)
    assert home.url.startswith(f"{visitor.address}/")


def test_every_cookie_travels_with_tls_only(visitor: Visit) -> None:
    context = visitor.open("/").context
    cookies = {cookie["name"]: cookie for cookie in context.cookies()}
    assert {"ungeoverblik_node", "_streamlit_xsrf"} <= set(cookies)
    assert [name for name, cookie in cookies.items() if not cookie["secure"]] == []
    assert cookies["ungeoverblik_node"]["httpOnly"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/sundhed", 404),
        ("/maaltal", 404),
        ("/_stcore/metrics", 404),
        ("/_stcore/script-health-check", 404),
        ("/_stcore/agent/openapi.json", 404),
        ("/_stcore/health", 200),  # the page asks for both before it connects
        ("/_stcore/host-config", 200),
        ("/", 200),
    ],
)
def test_what_is_for_operation_is_closed_to_visitors(path: str, status: int, behind: Behind) -> None:
    assert answer(behind, BASE + path).status == status
    assert answer(behind, path).status == 404  # beside the path there is nothing


def test_another_name_gets_no_answer(behind: Behind) -> None:
    with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
        called(behind, "anden.example")
    for host, status in ((HOST, 301), ("anden.example", None)):
        plain = http.client.HTTPConnection("127.0.0.1", behind.plain, timeout=60)
        plain.request("GET", f"{BASE}/", headers={"Host": host})
        if status is None:
            with pytest.raises(http.client.RemoteDisconnected):
                plain.getresponse()
        else:
            assert plain.getresponse().headers["location"] == f"https://{HOST}{BASE}/"
        plain.close()


def test_each_server_tells_this_machine_how_it_is_doing(behind: Behind) -> None:
    for server in behind.servers:
        with urllib.request.urlopen(f"{server}{BASE}/sundhed", timeout=30) as response:
            said = json.load(response)
        assert said["status"] in ("ok", "degraded")  # the invented extract may be old by now
        assert (said["database"]["schema"], said["frame"]["version"]) == (True, 1)
        request = urllib.request.Request(f"{server}{BASE}/sundhed", headers={"Host": HOST})
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(request, timeout=30)


def test_pages_are_sent_closed(behind: Behind) -> None:
    page = answer(behind, f"{BASE}/screening", Accept="text/html")
    assert "frame-ancestors 'none'" in str(page.headers["content-security-policy"])
    assert page.headers["strict-transport-security"] == "max-age=31536000"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["cache-control"] == "no-store"
    script = re.search(rb'src="\./(static/js/[^"]+\.js)"', page.body)  # type: ignore[attr-defined]
    assert script is not None
    packed = answer(behind, f"{BASE}/{script[1].decode()}", **{"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert answer(behind, f"{BASE}/screening", **{"Accept-Encoding": "gzip"}).headers["content-encoding"] is None


def open_sockets(behind: Behind, cookies: list[str]) -> list[int]:
    """Open a session with each cookie, and count the sessions of each server while all are open."""
    with ExitStack() as stack:
        for cookie in cookies:
            opened = connect(
                f"wss://{HOST}:{behind.port}{BASE}/_stcore/stream",
                sock=socket.create_connection(("127.0.0.1", behind.port), timeout=60),
                ssl=behind.trusting(),
                origin=behind.address,  # type: ignore[arg-type]
                additional_headers={"Cookie": cookie},
                open_timeout=60,
            )
            stack.enter_context(opened)
        return [sessions(server) for server in behind.servers]


def sessions(server: str) -> int:
    with urllib.request.urlopen(f"{server}{BASE}/maaltal", timeout=30) as response:
        found = re.search(r"^ungeoverblik_sessions ([\d.]+)$", response.read().decode(), re.MULTILINE)
    assert found
    return int(float(found[1]))


def test_a_visitor_stays_with_one_server_and_visitors_are_spread(behind: Behind) -> None:
    before = [sessions(server) for server in behind.servers]
    one = f"ungeoverblik_node={secrets.token_hex(16)}"
    same = open_sockets(behind, [one] * 6)
    assert sorted(now - then for now, then in zip(same, before, strict=True)) == [0, 6]
    before = [sessions(server) for server in behind.servers]
    many = open_sockets(behind, [f"ungeoverblik_node={secrets.token_hex(16)}" for _ in range(24)])
    assert min(now - then for now, then in zip(many, before, strict=True)) > 0


def test_who_is_in_many_groups_gets_in(behind: Behind) -> None:
    groups = f"_streamlit_user={'x' * 20_000}"
    assert answer(behind, f"{BASE}/", Cookie=groups).status == 200
    open_sockets(behind, [groups])


def test_files_cannot_be_poured_in(behind: Behind) -> None:
    upload = f"{BASE}/_stcore/upload_file/a/b"
    assert answer(behind, upload, "PUT").status == 404
    assert answer(behind, f"{BASE}/", "POST", **{"Content-Length": "1048577"}).status == 413


def test_the_log_of_nginx_holds_no_case_number(behind: Behind) -> None:
    assert answer(behind, f"{BASE}/sag?sag=26-1000").status == 200
    log = behind.log.read_text("utf-8")
    assert f"GET {BASE}/sag" in log
    assert "26-1000" not in log
