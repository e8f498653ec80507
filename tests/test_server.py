"""The server as it starts: nobody is answered before the figures are there, and what is missing is said."""

import inspect
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from streamlit import config

from data_access.database import DATABASE_URL, connect
from tests.case_database import fill
from tests.e2e.conftest import free_port, wait_for

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow


def test_streamlit_still_has_one_lock_around_all_its_settings() -> None:
    """`server.py` takes it away when nothing sets any more; under another name every message would wait for it."""
    assert config._config_lock.__class__ is threading.RLock().__class__
    lines = inspect.getsource(config.get_option)
    assert "with _config_lock:" in lines


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
def starting(start: str, folder: Path, judge: str = SLOW_JUDGE) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server that begins to start, and its port."""
    port = free_port()
    program = f"import sys\n{judge}\n{start.format(port)}"
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(folder / "videre")],
        cwd=ROOT,
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
