"""The server's log finds an error by its number, and holds no text of one and no CPR number, whoever writes in it."""

import logging
import threading
from collections.abc import Iterator

import pytest

from ui import server_log

CANARY = "Kanariefugl"
NUMBER = "610101-1111"


@pytest.fixture(autouse=True)
def kept_out() -> Iterator[None]:
    """As the server does at its start, undone after the test."""
    make, hook = logging.getLogRecordFactory(), threading.excepthook
    told, asked = logging.getLogger("streamlit.error_util"), logging.getLogger("uvicorn.access")
    filters, disabled = list(told.filters), asked.disabled
    server_log.keep_case_data_out()
    yield
    logging.setLogRecordFactory(make)
    threading.excepthook, told.filters, asked.disabled = hook, filters, disabled


def error() -> ValueError:
    """One that was raised, and quotes a case in its text and in its cause."""
    try:
        try:
            raise KeyError(f"{CANARY} {NUMBER}")
        except KeyError as cause:
            raise ValueError(f"INSERT INTO cases VALUES ('{CANARY}', '{NUMBER}')") from cause
    except ValueError as raised:
        return raised


def test_an_error_is_found_by_its_number(caplog: pytest.LogCaptureFixture) -> None:
    numbers = [server_log.failed(error()) for _ in range(2)]
    assert numbers[0] != numbers[1]
    assert [number in caplog.messages[i] for i, number in enumerate(numbers)] == [True, True]
    assert "ValueError i test_server_log.py:" in caplog.text
    assert CANARY not in caplog.text


@pytest.mark.parametrize(
    ("message", "arguments", "with_error", "written"),
    [
        ("kunne ikke hente %s", (error(),), False, "kunne ikke hente ValueError"),
        (error(), (), False, "ValueError"),
        ("Exception in ASGI application\n", (), True, "Exception in ASGI application\n: ValueError i test_server_log"),
        (f"Traceback (most recent call last):\n  {CANARY}", (), False, "(fejltekst udeladt)"),
        ("sag %s", (NUMBER,), False, "sag (nummer)"),
        (f"sag {NUMBER.replace('-', '')} og {NUMBER.replace('-', ' ')}", (), False, "sag (nummer) og (nummer)"),
        ("%s - %d sager", ("26-1000", 12), False, "26-1000 - 12 sager"),
        ("100 %", (), False, "100 %"),
    ],
)
@pytest.mark.parametrize("logger", ["ungeoverblik", "streamlit.runtime", "uvicorn.error", "sqlalchemy", "asyncio"])
def test_whoever_writes_the_log_it_holds_no_case_data(
    logger: str,
    message: object,
    arguments: tuple[object, ...],
    with_error: bool,
    written: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    logging.getLogger(logger).error(message, *arguments, exc_info=error() if with_error else None)
    assert caplog.messages[0].startswith(written)
    for canary in (CANARY, NUMBER, NUMBER.replace("-", ""), "INSERT"):
        assert canary not in caplog.text


def test_what_hides_nothing_keeps_its_parts(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("uvicorn.error").warning("Started server process [%d]", 7)
    assert (caplog.records[0].msg, caplog.records[0].args) == ("Started server process [%d]", (7,))


def test_addresses_that_were_asked_for_are_not_written(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("uvicorn.access").warning("GET /sag?sag=26-1000")
    assert caplog.text == ""


def test_a_thread_that_stops_says_where_and_not_what(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise error()

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert "ValueError i threading.py:" in caplog.text
    assert CANARY not in caplog.text + "".join(capfd.readouterr())
