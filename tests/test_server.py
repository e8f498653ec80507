"""The server as it starts: nobody is answered before the figures are there, and what is missing is said."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect as connect_to
from websockets.typing import Origin, Subprotocol

from data_access.database import DATABASE_URL, connect
from tests.case_database import fill
from tests.e2e.conftest import free_port, wait_for

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow

SLOW_JUDGE = """
import pathlib, sys, time
from ui import state
assessed, go_on = state.assessed, pathlib.Path(sys.argv[1])
def slowly(*asked):
    go_on.with_name("regner").touch()
    while not go_on.exists():
        time.sleep(0.05)
    return assessed(*asked)
state.assessed = slowly
"""
STREAMLIT = (
    "from streamlit.web.cli import main; sys.argv = ['streamlit', 'run', 'server.py', '--server.port={}']; main()"
)
UVICORN = "import uvicorn; uvicorn.run('server:app', port={}, log_level='warning')"


@contextmanager
def starting(
    start: str, folder: Path, judge: str = SLOW_JUDGE, house: Path = ROOT
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server that begins to start, in some folder, and its port."""
    port = free_port()
    program = f"import sys\n{judge}\n{start.format(port)}"
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(folder / "videre")],
        cwd=house,
        env={**os.environ, DATABASE_URL: f"sqlite:///{folder}/u.db", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process, port
    finally:
        process.kill()
        process.communicate(timeout=20)


@pytest.mark.parametrize("start", [STREAMLIT, UVICORN], ids=["streamlit", "uvicorn"])
def test_nobody_is_answered_before_the_figures_are_there(start: str, sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "u.db")
    engine = connect(f"sqlite:///{tmp_path}/u.db")
    fill(engine)
    engine.dispose()
    with starting(start, tmp_path) as (process, port):
        deadline = time.monotonic() + 90
        while not (tmp_path / "regner").exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        for path in ("/_stcore/health", "/"):
            with pytest.raises(OSError, match=r"timed out|refused"):
                urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=1)
        (tmp_path / "videre").touch()
        wait_for(f"http://127.0.0.1:{port}/sundhed", process, "Serveren", 90)


def test_without_figures_it_starts_and_says_why(tmp_path: Path) -> None:
    with starting(STREAMLIT, tmp_path, judge="") as (process, port):
        wait_for(f"http://127.0.0.1:{port}/_stcore/health", process, "Serveren", 90)
        process.terminate()
        said, _ = process.communicate(timeout=20)
    assert "Starter uden tal: DatabaseMissing" in said


def let_in(port: int, host: str) -> bool:
    """Whether who calls the server by some name is let in to the figures."""
    with (
        suppress(InvalidStatus),
        connect_to(
            f"ws://{host}/_stcore/stream",
            sock=socket.create_connection(("127.0.0.1", port)),
            origin=Origin(f"http://{host}"),
            subprotocols=[Subprotocol("streamlit")],
        ),
    ):
        return True
    return False


def test_settings_that_are_edited_meanwhile_open_nothing(tmp_path: Path) -> None:
    """Streamlit watches its file of settings: one that is half written would leave its own defaults, for any host."""
    for name in ("server.py", "app.py", "data_access", "metrics", "pages", "static", "ui"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / ".streamlit", tmp_path / ".streamlit")
    settings = tmp_path / ".streamlit" / "config.toml"
    with starting(STREAMLIT, tmp_path, judge="", house=tmp_path) as (process, port):
        wait_for(f"http://127.0.0.1:{port}/_stcore/health", process, "Serveren", 90)
        assert let_in(port, "localhost")
        settings.write_text("[server")
        until = time.monotonic() + 2
        while time.monotonic() < until:
            assert not let_in(port, "fremmed.example")
            time.sleep(0.02)
        assert let_in(port, "localhost")
