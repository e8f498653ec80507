"""What the server's own log may hold: number, kind and place of an error, never its text, which may quote a case."""

import logging
import re
import secrets
import threading
import traceback
from pathlib import Path
from typing import Any

PERSON_NUMBER = re.compile(r"(?<!\d)\d{6}[- ]?\d{4}(?!\d)")
WRITTEN_OUT = re.compile(r"Traceback \(most recent call last\).*", re.DOTALL)

log = logging.getLogger("ungeoverblik")


def failed(error: BaseException) -> str:
    """Write an unforeseen error in the log, and return the number it is found by there."""
    number = secrets.token_hex(4)
    log.error("Fejl %s: %s", number, kind_and_place(error))
    return number


def kind_and_place(error: BaseException) -> str:
    """The class of an error and the lines it came through: `ValueError i app.py:12 > state.py:80`."""
    through = traceback.extract_tb(error.__traceback__)
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in through]
    return f"{type(error).__name__} i {' > '.join(places)}"


def keep_case_data_out() -> None:
    """From now on no log of this process, whoever writes it, holds the text of an error or a CPR number."""
    make = logging.getLogRecordFactory()

    def made(*args: Any, **kwargs: Any) -> logging.LogRecord:
        return _without_case_data(make(*args, **kwargs))

    logging.setLogRecordFactory(made)
    # `on_script_error` tells of the same error with a number
    logging.getLogger("streamlit.error_util").addFilter(lambda record: False)
    logging.getLogger("uvicorn.access").disabled = True  # addresses hold case numbers and what was searched for
    threading.excepthook = _thread_failed


def _without_case_data(record: logging.LogRecord) -> logging.LogRecord:
    """The record as it came where there is nothing to hide: whoever writes it may want its parts."""
    if isinstance(record.args, tuple):
        record.args = tuple(type(arg).__name__ if isinstance(arg, BaseException) else arg for arg in record.args)
    said = type(record.msg).__name__ if isinstance(record.msg, BaseException) else record.getMessage()
    shown = PERSON_NUMBER.sub("(nummer)", WRITTEN_OUT.sub("(fejltekst udeladt)", said))
    if record.exc_info and record.exc_info[1]:
        shown = f"{shown}: {kind_and_place(record.exc_info[1])}"
    if shown != said or isinstance(record.msg, BaseException):
        record.msg, record.args, record.exc_info = shown, (), None
    return record


def _thread_failed(failure: threading.ExceptHookArgs) -> None:
    if failure.exc_value is not None:
        log.error("En tråd stoppede: %s", kind_and_place(failure.exc_value))
