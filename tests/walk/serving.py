"""The real server for the walk: started on a free port with a provider configured, its whole log kept.

Each is a process of its own in which nothing of the dashboard has run before; what takes seconds, the libraries, is
loaded once in a process that they are all forked from.
"""

import multiprocessing
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType
from unittest import mock
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from data_access.database import DATABASE_URL
from tests.walk import planted
from tests.walk.client import Identity, Visitor

SECRET = "kun-til-test-0123456789abcdef0123456789abcdef"
"""What the cookies of this server are signed with."""
START_SECONDS = 90
LIBRARIES = (
    "streamlit.web.cli streamlit.web.bootstrap pandas pyarrow altair polars scipy.stats sqlmodel alembic.command"
)

_forking = multiprocessing.get_context("forkserver")
_forking.set_forkserver_preload(LIBRARIES.split())


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    address: str
    log: Path
    """Everything it has written, standard error too."""
    process: int
    """Its number."""

    def visitor(self, who: Identity, session: str = "") -> Visitor:
        """A new tab."""
        return Visitor(self.address, who, session)

    def said(self) -> str:
        """The log so far."""
        return self.log.read_text("utf-8", "replace")


@contextmanager
def serving(url: str, folder: Path, fault: str = "") -> Iterator[Server]:
    """A newly started server on a database, with a fault planted in it if one is named."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    secrets, log = folder / f"secrets-{port}.toml", folder / f"log-{port}.txt"
    # nobody answers at the provider's address: the server needs it only when somebody signs in
    secrets.write_text(
        f'[auth]\nredirect_uri = "{address}/oauth2callback"\ncookie_secret = "{SECRET}"\nclient_id = "ungeoverblik"\n'
        f'client_secret = "{SECRET}"\nserver_metadata_url = "http://127.0.0.1:9/.well-known/openid-configuration"\n',
        "utf-8",
    )
    environment = {**os.environ, DATABASE_URL: url, "STREAMLIT_SECRETS_FILES": str(secrets)}
    process = _forking.Process(target=planted.serve, args=(fault, port, environment, str(log)), daemon=True)
    # a test of a page leaves its script as the main module, and a new process would begin by running that
    with mock.patch.dict(sys.modules, __main__=ModuleType("__main__")):
        process.start()
    try:
        _wait_for(address, process, log)
        yield Server(address, log, process.pid or 0)
    finally:
        process.kill()
        process.join()


def _wait_for(address: str, process: BaseProcess, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if not process.is_alive():
            pytest.fail(f"Serveren stoppede: {log.read_text('utf-8', 'replace')}")
        with suppress(URLError, ConnectionError, TimeoutError):
            urlopen(f"{address}/_stcore/health", timeout=2).close()
            return
        time.sleep(0.05)
    pytest.fail(f"Serveren svarede ikke inden {START_SECONDS} sekunder")
