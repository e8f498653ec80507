"""A real browser against a real server: both started here, and nothing but this machine answers them."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserType, Page, Route, sync_playwright

from data_access.database import DATABASE_URL, connect
from tests.case_database import fill
from tests.conftest import missing

ROOT = Path(__file__).parents[2]
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SETTLED = "[data-testid=stApp][data-test-script-state=notRunning]"
START_SECONDS = 60


@dataclass
class Visit:
    """A visitor's browser window: what it asked others for, and what went wrong in it."""

    page: Page
    address: str
    external: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> Page:
        """Go to an address of the dashboard and wait until it stands still."""
        self.page.goto(self.address + path)
        return self.settle()

    def settle(self) -> Page:
        """Wait until the server has run the page and the browser has drawn it."""
        self.page.wait_for_selector(SETTLED, timeout=90_000)
        self.page.wait_for_selector(".st-key-ramme, [data-testid=stAlert]", timeout=90_000)
        self.page.wait_for_selector(SETTLED, timeout=90_000)
        return self.page

    def drawn(self) -> Page:
        """Wait until pictures and tables have been drawn too: Streamlit fetches the programs for them one by one."""
        page = self.settle()
        page.wait_for_function("() => !document.querySelector('[data-testid=stSkeleton]')", timeout=60_000)
        page.wait_for_function(
            "() => [...document.querySelectorAll('[data-testid=stVegaLiteChart]')].every(c => c.querySelector('svg'))",
            timeout=60_000,
        )
        return page

    def say_why(self) -> Page:
        """Answer what the cases are looked at for, as the coordinator must."""
        self.settle()
        option = self.page.get_by_role("option", name="Ledelsestilsyn")
        while not option.is_visible():  # a list that opens while the page is still being drawn closes again
            self.page.get_by_role("combobox", name="Formål").click()
            self.page.wait_for_timeout(500)
        option.click()
        self.page.get_by_role("textbox", name="Anledning").fill("Ledermøde")
        self.page.get_by_role("button", name="Vis sagerne").click()
        self.page.get_by_role("button", name="Skift formål").wait_for(timeout=90_000)
        return self.settle()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, from UNGEOVERBLIK_CHROMIUM, the system, or playwright's own."""
    with sync_playwright() as playwright:
        browser = launched(playwright.chromium)
        yield browser
        browser.close()


def launched(kind: BrowserType, *more: str) -> Browser:
    """A browser with more arguments than all have."""
    found = os.environ.get("UNGEOVERBLIK_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    path = found or kind.executable_path
    if not Path(path).exists():
        missing("Chromium findes ikke", "kør `uv run playwright install chromium`")
    return kind.launch(executable_path=path, args=[*ARGUMENTS, *more])


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextlib.contextmanager
def serving(database_url: str, base: str = "") -> Iterator[str]:
    """A newly started server on a free port, with its database; gives its address, without the path it lies under."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "server.py"), f"--server.port={port}"]
    environment = {**os.environ, DATABASE_URL: database_url}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        wait_for(f"{address}{base}/_stcore/health", process, "Serveren")
        yield address
    finally:
        process.terminate()
        output, _ = process.communicate(timeout=20)
        print(output)  # pytest shows it when the test fails


def wait_for(address: str, process: subprocess.Popen[str], what: str, seconds: int = START_SECONDS) -> None:
    """Wait until a started process answers at an address."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"{what} stoppede: {process.communicate()[0]}")
        with contextlib.suppress(URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(address, timeout=2).close()
            return
        time.sleep(0.2)
    pytest.fail(f"{what} svarede ikke inden {seconds} sekunder")


@pytest.fixture(scope="session")
def small_database(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a database with a few invented cases."""
    path = tmp_path_factory.mktemp("e2e") / "ungeoverblik.db"
    shutil.copy(sqlite_template, path)
    engine: sa.Engine = connect(f"sqlite:///{path}")
    fill(engine)
    engine.dispose()
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def server(small_database: str) -> Iterator[str]:
    """One server on the small database, for tests that do not need a fresh one."""
    with serving(small_database) as address:
        yield address


def opened(browser: Browser, address: str, width: int = 1440, height: int = 900) -> Visit:
    """A new window on a server, in English: the Danish must come from us. Requests to others are stopped and noted."""
    context = browser.new_context(viewport={"width": width, "height": height}, locale="en-US", reduced_motion="reduce")
    visitor = Visit(context.new_page(), address)
    host = urlsplit(address).netloc

    def only_here(route: Route) -> None:
        if urlsplit(route.request.url).netloc == host:
            route.continue_()
        else:
            visitor.external.append(route.request.url)
            route.abort()

    def noted(text: str) -> None:
        if "Content Security Policy" in text:
            visitor.errors.append(text)

    context.route("**/*", only_here)
    visitor.page.on("console", lambda message: noted(message.text))
    visitor.page.on("pageerror", lambda error: visitor.errors.append(str(error)))
    return visitor


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Open a window on a server: `visit(address, width=1440, height=900)`."""
    visitors: list[Visit] = []

    def start(address: str, width: int = 1440, height: int = 900) -> Visit:
        visitors.append(opened(browser, address, width, height))
        return visitors[-1]

    yield start
    for visitor in visitors:
        visitor.page.context.close()


def pick_first_row(page: Page) -> None:
    """With the keyboard, as it is the same everywhere: into the table, down and Shift and space."""
    page.locator("[data-testid=stDataFrame] canvas").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+Space")
