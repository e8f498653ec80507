"""A server with an unsafe setting does not start: each is refused with its reason and its remedy, whoever starts it."""

import asyncio
import contextlib
import importlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
from streamlit import config
from streamlit.runtime.secrets import secrets_singleton

from data_access import grants
from data_access.database import DATABASE_URL
from data_access.tables import FULL_SCOPE
from tests.case_database import fill
from ui import safety

ROOT = Path(__file__).parents[2]
HERE, ALL = "127.0.0.1", "0.0.0.0"
SECRET = "en-hemmelighed-kun-til-test-0123456789"


@pytest.fixture(autouse=True)
def shipped(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The settings of the repository, and after the test again."""
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv(safety.PROXY, raising=False)
    monkeypatch.delenv("STREAMLIT_SERVER_COOKIE_SECRET", raising=False)
    config.get_config_options(force_reparse=True)
    yield
    monkeypatch.undo()
    config.get_config_options(force_reparse=True)


@pytest.fixture
def in_operation(monkeypatch: pytest.MonkeyPatch, sqlite_template: Path) -> None:
    """A proxy in front, a secret and a database: what operation must bring."""
    monkeypatch.setenv(safety.PROXY, "1")
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{sqlite_template}")
    setting("server.cookieSecret", SECRET)


def setting(name: str, value: Any, where: str = "test") -> None:
    config.set_option(name, value, where)


def test_the_shipped_settings_start_on_this_machine() -> None:
    assert safety.unsafe(HERE, 1) == []


@pytest.mark.usefixtures("in_operation")
@pytest.mark.parametrize("address", [HERE, ALL, ""])
def test_the_shipped_settings_start_behind_a_proxy(address: str) -> None:
    assert safety.unsafe(address, 4) == []


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("client.showErrorDetails", "full", 'client.showErrorDetails skal være "none". Ellers kan en fejltekst'),
        ("client.showErrorDetails", "stacktrace", 'client.showErrorDetails skal være "none".'),
        ("client.showErrorDetails", "type", 'client.showErrorDetails skal være "none".'),
        ("client.showErrorDetails", False, 'client.showErrorDetails skal være "none".'),
        ("client.disableDataExport", False, "client.disableDataExport skal være true. Ellers kan tabeller hentes"),
        ("server.enableXsrfProtection", False, "server.enableXsrfProtection skal være true. Ellers kan en fremmed"),
        ("server.enableCORS", False, "server.enableCORS skal være true. Ellers kan en fremmed"),
        ("server.enableAgentApi", True, "server.enableAgentApi skal være false. Ellers kan programmer"),
        ("server.trustedUserHeaders", {"X-User": "sub"}, "server.trustedUserHeaders skal være {}. Ellers kan enhver"),
        ("logger.enableRich", True, "logger.enableRich skal være false. Ellers kommer fejltekster"),
        ("server.allowedHosts", [], "server.allowedHosts siger ikke, hvilke værtsnavne der svares på."),
        ("server.allowedHosts", [""], "server.allowedHosts siger ikke, hvilke værtsnavne der svares på."),
        ("server.allowedHosts", ["localhost", "*"], "server.allowedHosts siger ikke, hvilke værtsnavne der svares på."),
        ("server.cookieSecret", "x" * 31, "server.cookieSecret er kortere end 32 tegn."),
    ],
)
def test_a_setting_that_is_never_safe(name: str, value: Any, message: str) -> None:
    setting(name, value)
    [reason] = safety.unsafe(HERE, 1)
    assert reason.startswith(message)


@pytest.mark.usefixtures("in_operation")
@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("server.fileWatcherType", "auto", 'server.fileWatcherType skal være "none".'),
        ("server.fileWatcherType", "poll", 'server.fileWatcherType skal være "none".'),
        ("server.runOnSave", True, "server.runOnSave skal være false."),
    ],
)
def test_a_setting_that_only_a_developer_may_have(name: str, value: Any, message: str) -> None:
    setting(name, value)
    [reason] = safety.unsafe(HERE, 1)
    assert reason.startswith(message)


@pytest.mark.parametrize(("name", "value"), [("server.fileWatcherType", "auto"), ("server.runOnSave", True)])
def test_a_developer_may_have_it(name: str, value: Any) -> None:
    setting(name, value)
    assert safety.unsafe(HERE, 1) == []


@pytest.mark.parametrize(
    ("address", "local"),
    [
        (HERE, True),
        ("127.8.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("", False),
        (ALL, False),
        ("::", False),
        ("10.1.2.3", False),
        ("192.168.0.10", False),
        ("ungeoverblik.example", False),
        ("localhost.example", False),
        ("/run/ungeoverblik.sock", False),
    ],
)
def test_who_can_reach_an_address(address: str, local: bool) -> None:
    assert safety.loopback(address) is local
    assert any(safety.PROXY in reason for reason in safety.unsafe(address, 1)) is not local


@pytest.mark.parametrize("value", ["", "0", "ja", "true"])
def test_only_1_says_that_there_is_a_proxy(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(safety.PROXY, value)
    assert not safety.may_answer(ALL)


@pytest.mark.parametrize(("proxied", "processes", "needed"), [("", 1, False), ("", 2, True), ("1", 1, True)])
@pytest.mark.usefixtures("in_operation")
def test_where_cookies_need_a_secret_of_their_own(
    proxied: str, processes: int, needed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.get_config_options(force_reparse=True)
    monkeypatch.setenv(safety.PROXY, proxied)
    assert [reason[:28] for reason in safety.unsafe(HERE, processes)] == ["server.cookieSecret mangler."] * needed


@pytest.mark.usefixtures("in_operation")
def test_a_role_that_row_security_does_not_bind_may_not_serve(
    postgresql_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgresql_engine.url
    monkeypatch.setenv(DATABASE_URL, url.render_as_string(hide_password=False))
    [reason] = safety.unsafe(HERE, 1)
    assert "er superbruger i PostgreSQL" in reason
    assert "ungeoverblik database allow" in reason
    monkeypatch.setenv(DATABASE_URL, url.set(database="findes_ikke").render_as_string(hide_password=False))
    [reason] = safety.unsafe(HERE, 1)
    assert reason.startswith("Der er ingen forbindelse til databasen")
    monkeypatch.delenv(safety.PROXY)
    assert safety.unsafe(HERE, 1) == []  # on one's own machine nobody else is let in


@pytest.mark.parametrize(("followed", "refused"), [(True, True), (False, False)])
def test_a_secret_that_git_follows_is_no_secret(followed: bool, refused: bool, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("en hemmelighed", encoding="utf-8")
    for command in (["init"], ["add", file.name] if followed else ["status"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True, capture_output=True)
    setting("server.cookieSecret", SECRET, str(file))
    reasons = safety.unsafe(HERE, 1)
    assert [reason.startswith("server.cookieSecret står i config.toml") for reason in reasons] == [True] * refused
    assert SECRET not in "".join(reasons)


# --- who signs in -------------------------------------------------------------------------------------

PROVIDER = {
    "client_id": "ungeoverblik",
    "client_secret": "kun-til-test",
    "server_metadata_url": "https://login.example/.well-known/openid-configuration",
    "redirect_uri": "https://localhost/oauth2callback",
    "cookie_secret": SECRET,
}


@pytest.fixture
def signing_in(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Write the file of secrets as the server finds it: `signing_in(name=value)`, None leaves a line out."""

    def write(**other: str | None) -> Path:
        lines = [f'{name} = "{value}"' for name, value in {**PROVIDER, **other}.items() if value is not None]
        return written("\n".join(["[auth]", *lines]))

    def written(text: str) -> Path:
        file = tmp_path / "secrets.toml"
        file.write_text(text, encoding="utf-8")
        setting("secrets.files", [str(file)])
        secrets_singleton._reset()
        return file

    write.written = written  # type: ignore[attr-defined]
    yield write
    config.get_config_options(force_reparse=True)
    secrets_singleton._reset()


@pytest.fixture
def cases(sqlite_engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> sa.Engine:
    """A database with real cases and an administrator."""
    fill(sqlite_engine, demo=False)
    grants.grant(sqlite_engine, FULL_SCOPE, claim="roles", value="administrator", role="administrator")
    monkeypatch.setenv(DATABASE_URL, address(tmp_path))
    return sqlite_engine


def address(tmp_path: Path) -> str:
    """That of `sqlite_engine`."""
    return f"sqlite:///{tmp_path}/case-database/ungeoverblik.db"


def started_with(reasons: list[str]) -> list[str]:
    """The first words of each reason."""
    return [reason.split(". ")[0] for reason in reasons]


@pytest.mark.usefixtures("cases")
@pytest.mark.parametrize("proxied", ["", "1"])
def test_real_cases_are_shown_to_who_signs_in(
    proxied: str, signing_in: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(safety.PROXY, proxied)
    signing_in()
    assert safety.unsafe(HERE, 1) == []


@pytest.mark.usefixtures("cases")
@pytest.mark.parametrize("text", [None, "", '[database]\nname = "andet"'])
def test_real_cases_are_not_shown_without_sign_in(text: str | None, signing_in: Any) -> None:
    if text is not None:
        signing_in.written(text)
    [reason] = safety.unsafe(HERE, 1)
    assert reason.startswith("Der er rigtige sager i databasen, men login er ikke sat op. Så kan enhver")
    assert "docs/drift.md" in reason


def test_invented_cases_are_shown_without_sign_in(
    sqlite_engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_engine, demo=True)
    monkeypatch.setenv(DATABASE_URL, address(tmp_path))
    assert safety.unsafe(HERE, 1) == []


@pytest.mark.parametrize("granted", ["", "blocked"])
def test_somebody_must_have_a_role(granted: str, cases: sa.Engine, signing_in: Callable[..., Path]) -> None:
    [administrator] = grants.standing(cases, FULL_SCOPE)
    grants.revoke(cases, FULL_SCOPE, administrator.number)
    if granted:
        grants.grant(cases, FULL_SCOPE, claim="email", value="a@kommune.example", role=granted)
    signing_in()
    [reason] = safety.unsafe(HERE, 1)
    assert reason.startswith("Login er sat op, men ingen har en rolle, så ingen kan se noget.")
    assert "ungeoverblik access grant" in reason


@pytest.mark.usefixtures("cases")
@pytest.mark.parametrize("value", [None, ""])
@pytest.mark.parametrize("name", safety.SIGN_IN)
def test_a_provider_that_is_half_set_up(name: str, value: str | None, signing_in: Callable[..., Path]) -> None:
    signing_in(**{name: value})
    [reason] = [each for each in safety.unsafe(HERE, 1) if "[auth]" in each]
    assert reason.startswith(f"Under [auth] i filen med hemmeligheder mangler {name}. Så kan ingen logge ind.")


@pytest.mark.usefixtures("cases", "in_operation")
@pytest.mark.parametrize(
    ("name", "value", "anywhere", "message"),
    [
        ("cookie_secret", "x" * 31, True, "server.cookieSecret er kortere end 32 tegn"),
        ("redirect_uri", "https://fremmed.example/oauth2callback", True, "redirect_uri går til fremmed.example, som"),
        ("redirect_uri", "https://localhost.example/oauth2callback", True, "redirect_uri går til localhost.example"),
        ("redirect_uri", "https://localhost@x.example/oauth2callback", True, "redirect_uri går til x.example, som"),
        ("redirect_uri", "https:///oauth2callback", True, "redirect_uri går til intet værtsnavn, som"),
        ("redirect_uri", "https://localhost/", True, "redirect_uri slutter ikke på /oauth2callback"),
        ("redirect_uri", "http://localhost:{port}/oauth2callback", False, "redirect_uri begynder ikke med https://"),
        ("server_metadata_url", "http://login.example/x", False, "server_metadata_url begynder ikke med https://"),
    ],
)
def test_a_provider_that_is_set_up_unsafely(
    name: str,
    value: str,
    anywhere: bool,
    message: str,
    signing_in: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(DATABASE_URL, address(tmp_path))  # `in_operation` has set another
    signing_in(**{name: value})
    [reason] = safety.unsafe(HERE, 1)
    assert reason.startswith(message)
    monkeypatch.delenv(safety.PROXY)
    assert bool(safety.unsafe(HERE, 1)) is anywhere


@pytest.mark.usefixtures("cases")
@pytest.mark.parametrize("base", ["ungeoverblik", "/ungeoverblik/"])
def test_a_provider_sends_people_back_below_the_path_that_we_lie_under(
    base: str, signing_in: Callable[..., Path]
) -> None:
    setting("server.baseUrlPath", base)
    signing_in(redirect_uri="https://localhost/ungeoverblik/oauth2callback")
    assert safety.unsafe(HERE, 1) == []
    signing_in(redirect_uri="https://localhost/oauth2callback")
    [reason] = safety.unsafe(HERE, 1)
    assert reason.startswith("redirect_uri slutter ikke på /ungeoverblik/oauth2callback, så ingen kommer tilbage")


@pytest.mark.usefixtures("cases")
@pytest.mark.parametrize("text", ["[auth", "auth = [", "\udce6".encode("utf-8", "surrogateescape")])
def test_secrets_that_cannot_be_read(text: str | bytes, signing_in: Any) -> None:
    file = signing_in.written("")
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    secrets_singleton._reset()
    reasons = safety.unsafe(HERE, 1)
    assert started_with(reasons) == ["secrets.toml kan ikke læses, og så ville der ikke være noget login"]


@pytest.mark.usefixtures("cases")
def test_a_provider_that_is_no_table(signing_in: Any) -> None:
    signing_in.written('auth = "ja"')
    [reason] = safety.unsafe(HERE, 1)
    assert reason.startswith("Under [auth] i filen med hemmeligheder mangler client_id, client_secret,")


@pytest.mark.usefixtures("cases")
@pytest.mark.parametrize("followed", [True, False])
def test_secrets_that_git_follows_are_none(followed: bool, signing_in: Callable[..., Path]) -> None:
    file = signing_in()
    for command in (["init"], ["add", file.name] if followed else ["status"]):
        subprocess.run(["git", *command], cwd=file.parent, check=True, capture_output=True)
    reasons = safety.unsafe(HERE, 1)
    assert started_with(reasons) == ["secrets.toml følges af git"] * followed
    assert SECRET not in "".join(reasons)


def test_the_secrets_stay_out_of_the_repository() -> None:
    ignored = subprocess.run(["git", "check-ignore", ".streamlit/secrets.toml"], cwd=ROOT, check=False)
    assert ignored.returncode == 0


@pytest.mark.usefixtures("in_operation")
def test_operation_does_not_start_without_its_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(DATABASE_URL, f"sqlite:///{tmp_path}/findes-ikke.db")
    [reason] = safety.unsafe(HERE, 1)
    assert reason.startswith("Der er ingen database på findes-ikke.db.")
    monkeypatch.delenv(safety.PROXY)
    assert safety.unsafe(HERE, 1) == []  # the demo says so on its page


# --- the three ways to start --------------------------------------------------------------------------

STREAMLIT = ("-m", "streamlit", "run", "server.py")
UVICORN = ("-m", "uvicorn", "server:app")
COMMAND = ("-c", "from ui.cli import main; main()", "start")


def free_port() -> int:
    with socket.socket() as free:
        free.bind((HERE, 0))
        return int(free.getsockname()[1])


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    return {**os.environ, DATABASE_URL: f"sqlite:///{tmp_path}/u.db", **more}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "more", "said"),
    [
        ((*STREAMLIT, f"--server.address={ALL}"), {}, f"Serveren vil lytte på {ALL}"),
        ((*UVICORN, "--host", ALL), {}, f"Serveren vil lytte på {ALL}"),
        (COMMAND, {"STREAMLIT_SERVER_ADDRESS": ALL}, f"Serveren vil lytte på {ALL}"),
        (COMMAND, {safety.PROXY: "1"}, "Der er ingen database på u.db"),
    ],
)
def test_no_way_to_start_gets_past(command: tuple[str, ...], more: dict[str, str], said: str, tmp_path: Path) -> None:
    port = f"{'--server.port' if command[:4] == STREAMLIT else '--port'}={free_port()}"
    ended = subprocess.run(
        [sys.executable, *command, port],
        cwd=ROOT,
        env=environment(tmp_path, **more),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 1, ended.stderr
    assert "Ungeoverblik starter ikke:" in ended.stderr
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "u.db").exists()  # no demo municipality where cases should have been


@pytest.mark.slow
def test_uvicorn_starts_with_the_shipped_settings(tmp_path: Path, sqlite_template: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "u.db")
    port = free_port()
    command = [sys.executable, *UVICORN, f"--port={port}"]
    with subprocess.Popen(command, cwd=ROOT, env=environment(tmp_path), stderr=subprocess.PIPE, text=True) as server:
        for _ in range(300):
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                urllib.request.urlopen(f"http://{HERE}:{port}/_stcore/health", timeout=2).close()
                break
            assert server.poll() is None
            time.sleep(0.2)
        with urllib.request.urlopen(f"http://{HERE}:{port}/sag?sag=26-1000") as page:
            assert "Ungeoverblik" in page.read().decode()
        server.terminate()
        _, said = server.communicate(timeout=20)
    assert "26-1000" not in said  # the address a visitor asked for is not in the log


# --- started in a way that nobody foresaw -------------------------------------------------------------


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.setattr(config, "_main_script_path", None)
    yield importlib.import_module("server")
    sys.modules.pop("server")


def answered(server: ModuleType, kind: str, address: str) -> list[Any]:
    """What is sent when a request comes in on an address, from an application that says "inside"."""
    sent: list[Any] = []

    async def inside(scope: Any, receive: Any, send: Any) -> None:
        await send("inside")

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": kind, "path": "/_stcore/stream", "headers": [], "server": (address, 8501)}
    dashboard = server.Danish(inside)
    if kind == "http":
        scope["path"] = "/_stcore/metrics"  # answered by ourselves: 404 to whoever may ask
    # In a thread of its own: where a browser test ran before, this one has a running event loop.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, dashboard(scope, None, send)).result()
    return [message if message == "inside" else message.get("status", message.get("code")) for message in sent[:1]]


@pytest.mark.parametrize(
    ("kind", "address", "proxy", "answer"),
    [
        ("http", HERE, "", 404),
        ("http", "10.1.2.3", "", 403),
        ("http", "10.1.2.3", "1", 404),
        ("websocket", HERE, "", "inside"),
        ("websocket", "10.1.2.3", "", 1008),
        ("websocket", "10.1.2.3", "1", "inside"),
    ],
)
def test_a_request_from_outside_is_not_answered_without_a_proxy(
    server: ModuleType, kind: str, address: str, proxy: str, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(safety.PROXY, proxy)
    assert answered(server, kind, address) == [answer]
