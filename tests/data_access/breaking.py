"""What goes wrong at a database, made to happen: a process killed, a connection cut, an earlier schema.

What is killed is forked from one process in which all is imported already, so that hundreds can be.
"""

import atexit
import mmap
import os
import pickle
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from data_access import database
from data_access.database import connect, file_of, writing
from tests.conftest import PERSON_KEY

ROOT = Path(__file__).parents[2]

Doing = Callable[..., object]
"""What is done in the process: a function of a module, given the engine; what it prints has been acknowledged."""


def address(engine: sa.Engine) -> str:
    """Where another process finds the same database."""
    if engine.dialect.name == "sqlite":
        return f"sqlite:///{file_of(engine)}"
    return engine.url.render_as_string(hide_password=False)


# --- kill -9 ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ended:
    """How a process ended, and each line that it had printed."""

    status: int
    """As `subprocess` says it: negative is a signal."""
    said: tuple[str, ...]
    writing: bool = False
    """Killed after a transaction that writes had begun, and before its connection was given back."""

    @property
    def killed(self) -> bool:
        """Not at its own end."""
        return self.status == -signal.SIGKILL


def killed_at(engine: sa.Engine, point: str, doing: Doing, *given: Any) -> tuple[str, ...]:
    """Does something in a process that dies once a statement with `point` in it has run, or just before its `commit`.
    Gives what it printed.
    """
    ended = _in_a_process(engine, doing, given, point=point)
    assert ended.killed, ended
    return ended.said


def killed_after(engine: sa.Engine, seconds: float, doing: Doing, *given: Any, writing: bool = False) -> Ended:
    """Does something in a process that is killed wherever it is after so many seconds; with `writing`, so many from
    when it first began a transaction that writes.
    """
    ended = _in_a_process(engine, doing, given, seconds=seconds, writing=writing)
    assert ended.killed or ended.status == 0, ended
    return ended


def done_elsewhere(engine: sa.Engine, doing: Doing, *given: Any) -> tuple[str, ...]:
    """Does something in a process of its own. Gives what it printed."""
    ended = _in_a_process(engine, doing, given)
    assert ended.status == 0, ended
    return ended.said


def die() -> NoReturn:
    """End this process as `kill -9` does."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def _in_a_process(
    engine: sa.Engine,
    doing: Doing,
    given: tuple[Any, ...],
    *,
    point: str = "",
    seconds: float | None = None,
    writing: bool = False,
) -> Ended:
    forking = _forking()
    assert forking.stdin
    assert forking.stdout
    pickle.dump((address(engine), doing, given, point, seconds, writing), forking.stdin)
    forking.stdin.flush()
    ended = pickle.load(forking.stdout)
    assert isinstance(ended, Ended)
    return ended


@cache
def _forking() -> "subprocess.Popen[bytes]":
    """The process that all others are forked from."""
    environment = {**os.environ, "UNGEOVERBLIK_PERSON_KEY": PERSON_KEY, "POLARS_MAX_THREADS": "1"}
    code = "from tests.data_access import breaking; breaking.fork_for_each()"
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    atexit.register(process.communicate)  # it ends when nobody asks any more
    return process


def fork_for_each() -> None:
    """In the process that is forked from: one child for each that is asked for, until nobody asks any more."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    while True:
        try:
            url, doing, given, point, seconds, writing = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        read, write = os.pipe()
        inside = mmap.mmap(-1, 1)  # shared with the child: what it says last, it cannot take back
        child = os.fork()
        if not child:
            os.close(read)
            os.dup2(write, sys.stdout.fileno())
            _do(url, doing, given, point, inside)
        os.close(write)
        with os.fdopen(read) as said:
            if seconds is not None:
                _kill_after(child, seconds, inside if writing else None)
            lines = tuple(line.rstrip("\n") for line in said if line.endswith("\n"))
        _, status = os.waitpid(child, 0)
        pickle.dump(Ended(os.waitstatus_to_exitcode(status), lines, inside[0] == 1), answers)
        answers.flush()


def _kill_after(child: int, seconds: float, inside: mmap.mmap | None) -> None:
    """By the clock on the wall: also while the child waits for the database's server."""
    since = None if inside else time.monotonic()
    while os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        if since is None and inside and inside[0]:
            since = time.monotonic()
        if since is not None and time.monotonic() - since > seconds:
            os.kill(child, signal.SIGKILL)
            return
        time.sleep(0.001)


def _do(url: str, doing: Doing, given: tuple[Any, ...], point: str, inside: mmap.mmap) -> NoReturn:
    def begun(connection: sa.Connection) -> None:
        inside[0] = bool(connection.get_execution_options().get("writes"))

    def over(*_: object) -> None:
        inside[0] = 0

    status = 1
    try:
        engine = connect(url)
        sa.event.listen(engine, "begin", begun)
        sa.event.listen(engine, "checkin", over)
        if point == "commit":
            sa.event.listen(engine, "commit", lambda _: die())
        elif point:
            sa.event.listen(engine, "after_cursor_execute", lambda _, __, statement, *___: point in statement and die())
        doing(engine, *given)
        status = 0
    except Exception:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


# --- connection and schema ----------------------------------------------------------------------------


@contextmanager
def cut_off(engine: sa.Engine, point: str) -> Iterator[None]:
    """The connection is lost whenever a statement is about to run that begins so."""

    def cut(_: object, cursor: Any, statement: str, *__: object) -> None:
        if statement.startswith(point):
            cursor.connection.close()

    sa.event.listen(engine, "before_cursor_execute", cut)
    try:
        yield
    finally:
        sa.event.remove(engine, "before_cursor_execute", cut)


def take_back(engine: sa.Engine, revision: str) -> None:
    """The schema of an earlier program."""
    migrate(engine, revision, up=False)


def migrate(engine: sa.Engine, revision: str, *, up: bool = True) -> None:
    """The schema of another program."""
    config = Config()
    config.set_main_option("script_location", str(database.HERE / "migrations"))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        (command.upgrade if up else command.downgrade)(config, revision)


def hurry(engine: sa.Engine) -> None:
    """Nobody waits on SQLite for who is writing."""
    sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout = 0").close())
    engine.dispose()
