"""A real OpenID Connect provider on this machine: whom it knows, and the settings that make the dashboard use it."""

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import wait_for

COOKIE_SECRET = "en-hemmelighed-til-test-af-login-0123456789"
START_SECONDS = 30


@contextlib.contextmanager
def providing(people: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A provider that signs anybody in who writes their name; gives its address. `people`: name -> claims."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    known = [f"--user-claims={json.dumps({'sub': name, **claims})}" for name, claims in people.items()]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), *known]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            wait_for(f"{address}/.well-known/openid-configuration", process, "Udbyderen", START_SECONDS)
            yield address
        finally:
            process.terminate()
            output, _ = process.communicate(timeout=20)
            print(output)  # pytest shows it when the test fails


def secrets_file(folder: Path, provider: str) -> Path:
    """The settings of a dashboard that signs in with a provider, whatever port it listens on."""
    file = folder / "secrets.toml"
    file.write_text(
        f"""[auth]
redirect_uri = "http://127.0.0.1:{{port}}/oauth2callback"
cookie_secret = "{COOKIE_SECRET}"
client_id = "ungeoverblik"
client_secret = "kun-til-test"
server_metadata_url = "{provider}/.well-known/openid-configuration"
""",
        encoding="utf-8",
    )
    return file


@contextlib.contextmanager
def configured(file: Path) -> Iterator[None]:
    """Servers that are started inside use these settings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "STREAMLIT_SECRETS_FILES", str(file))
        yield
