"""The command line in the test's own process, pointed at a database."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import sqlalchemy as sa
from typer.testing import CliRunner

from data_access.database import DATABASE_URL
from ui.cli import app


@contextmanager
def pointed_at(address: str) -> Iterator[None]:
    """A command lets go of its connections by ending; here several run in one process, so we close for them."""
    opened: set[sa.Engine] = set()

    def remember(connection: sa.Connection) -> None:
        opened.add(connection.engine)

    sa.event.listen(sa.Engine, "engine_connect", remember)
    try:
        with mock.patch.dict(os.environ, {DATABASE_URL: address}):
            yield
    finally:
        sa.event.remove(sa.Engine, "engine_connect", remember)
        for engine in opened:
            engine.dispose()


def told(*arguments: str) -> str:
    """What a command writes to standard output; it must have gone well."""
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.stderr
    return result.stdout
