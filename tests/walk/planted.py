"""The server's own process, and the faults that can be planted in it.

A test that has never been seen to fail proves nothing. Each function here undoes one protection, and no more.
"""

import datetime as dt
import inspect
import os
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from streamlit.web import cli

ROOT = Path(__file__).parents[2]


def everything_within() -> None:
    """The view of some centres is the shared frame itself."""
    from ui import state

    state.within = lambda assessed, centers: assessed


def guard_lets_all_in() -> None:
    """A page is shown to whoever asks for it."""
    import streamlit as st

    from data_access.tables import FULL_SCOPE, Scope
    from ui import access

    def guard(*permissions: str) -> Scope:
        scope = st.session_state.get("_frame")
        return scope if isinstance(scope, Scope) and any(map(scope.may, permissions)) else FULL_SCOPE

    access.guard = guard


def looks_are_not_logged() -> None:
    """Lists and cases are shown, and nothing is written."""
    from data_access import audit
    from data_access.database import reading

    @contextmanager
    def looking(engine: Any, scope: Any, **_: Any) -> Any:
        with reading(engine, scope) as connection:
            yield connection

    kept = audit.looking
    audit.looking = lambda engine, scope, **said: (
        kept(engine, scope, **said) if said["action"] in ("sign_in", "grant") else looking(engine, scope)
    )
    audit.write = lambda *_, **__: None


def files_are_not_logged() -> None:
    """A file is made, and nothing is written."""
    from data_access import audit
    from ui import exports

    kept = audit.write

    def write(engine: Any, scope: Any, **said: Any) -> Any:
        if said["action"] == "export":
            return audit.Entry(1, dt.datetime.now(dt.UTC), *[""] * 5, 0, said["rows"], (), None, "", "")
        return kept(engine, scope, **said)

    exports.audit.write = write


def looks_go_on_without_the_log() -> None:
    """Where the log cannot be written, what was asked for is shown all the same."""
    from data_access import audit
    from data_access.database import DatabaseUnavailable

    kept = audit.write

    def write(*given: Any, **said: Any) -> Any:
        try:
            return kept(*given, **said)
        except DatabaseUnavailable:
            return None

    audit.write = write


def logged_at_every_run() -> None:
    """The same list is logged again at every click."""
    from ui import looks

    looks.new = lambda *_: True


def cache_without_scope() -> None:
    """Figures are kept by what was chosen, whoever they were counted for."""
    from ui import selected

    counted, kept = selected.read.__wrapped__, {}

    def readings(data: Any, scope: Any, chosen: Any, rebases: Any) -> Any:
        key = (data.version, chosen, rebases)
        if key not in kept:
            kept[key] = counted(data, scope, chosen, rebases)
        return kept[key]

    selected.read = readings


def case_without_scope() -> None:
    """A case's rows are given to whoever may see some cases, and the page asks nobody else."""
    from data_access import case_rows
    from metrics import assess
    from ui import looks, state

    read = case_rows.read_case
    looks.read_case = lambda engine, scope, case, **more: read(engine, replace(scope, centers=None), case, **more)
    kept = assess.within

    def within(assessed: Any, centers: Any) -> Any:
        return replace(kept(assessed, centers), cases=assessed.cases)

    state.within = within


def protected_is_open() -> None:
    """Nobody is asked why a protected case must be opened."""
    from ui import looks

    kept = looks.case
    looks.case = lambda scope, case_id, *, protected: kept(scope, case_id, protected=False)


def moved_keep_their_number() -> None:
    """A protected case stands under its own number also where it has left."""
    from metrics import assess

    assess._renamed = lambda frame, names: frame


def every_center_in_the_filters() -> None:
    """The filters list the centres of others."""
    from ui import state

    state.replace = lambda data, **_: data


def roles_read_once() -> None:
    """Who has signed in keeps the roles they had then."""
    from data_access import grants

    read, kept = grants.scope_of, {}

    def scope_of(engine: Any, user: str, claims: Any) -> Any:
        if user not in kept:
            kept[user] = read(engine, user, claims)
        return kept[user]

    grants.scope_of = scope_of


def any_cookie() -> None:
    """A cookie is believed whoever signed it."""
    from itsdangerous import URLSafeTimedSerializer
    from streamlit.web.server.starlette import starlette_app_utils

    starlette_app_utils.decode_signed_value = lambda secret, name, value, **_: (
        URLSafeTimedSerializer(secret, salt=name).loads_unsafe(value)[1] or ""
    ).encode()


def sign_ins_never_end() -> None:
    """A cookie counts as long as it lies in the browser."""
    from data_access import sign_ins

    sign_ins.seen = lambda *_, **__: None


def missing_is_told_apart() -> None:
    """A case of somebody else's is refused in other words than one that does not exist."""
    import streamlit as st

    from ui import looks, state

    kept = looks.refused

    def refused(scope: Any, case_id: str) -> None:
        from data_access.tables import FULL_SCOPE

        if case_id in set(state.assessed(FULL_SCOPE).cases["case_id"]):
            st.caption("Sagen er i et andet center.")
        kept(scope, case_id)

    looks.refused = refused


def addresses_must_be_plain() -> None:
    """An address that is not understood is an error that nobody foresaw."""
    import streamlit as st

    from ui import filters

    kept = filters.selection

    def selection(*given: Any, **more: Any) -> Any:
        asked = [value for key in st.query_params for value in st.query_params.get_all(key)]
        if not all(value.replace("-", "").isalnum() for value in asked):
            raise ValueError(asked)
        return kept(*given, **more)

    filters.selection = selection


def files_are_anybodys() -> None:
    """A file is given to whoever knows its address."""
    from ui import sign_in

    sign_in._may_fetch = lambda *_: True


def files_ask_nobody_anew() -> None:
    """A file that waits is made for whoever asks, as for whom its page was drawn."""
    from ui import access

    access.renewed = lambda scope: scope


def published_numbers_are_not_hidden() -> None:
    """The page shows what was counted, not what was published."""
    from data_access import published

    kept = published.cells

    def cells(engine: Any, scope: Any, month: Any, own: Any = None, version: Any = None) -> Any:
        import polars as pl

        shown = kept(engine, scope, month, own, version)
        return shown.with_columns(
            met=pl.col("met").fill_null(3), base=pl.col("base").fill_null(97), hidden=pl.lit(False)
        )

    published.cells = cells


FAULTS: dict[str, Callable[[], None]] = {
    name: value
    for name, value in dict(globals()).items()
    if callable(value) and getattr(value, "__module__", "") == __name__ and not name.startswith("_") and value.__doc__
}


FAILING = "failing:"
"""A server whose functions fail when a file says so: this and the file's path, in the place of a fault's name."""
SECRETS = "Kanariefugl", "610101-1111", "SELECT"
"""What such an error says."""


def failing(told: Path) -> None:
    """Every public function of data_access fails while the file holds its name, as `tables.centers`.

    While it holds `look` and a number, each that is called is written in the file beside it.
    """
    import data_access

    modules = [import_module(f"data_access.{each.name}") for each in iter_modules(data_access.__path__)]
    for module in modules:
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_"):
                failing = _failing(f"{module.__name__.rpartition('.')[2]}.{name}", function, told)
                for other in modules:
                    if getattr(other, name, None) is function:
                        setattr(other, name, failing)


def _failing(name: str, function: Callable[..., Any], told: Path) -> Callable[..., Any]:
    @wraps(function)
    def call(*given: Any, **more: Any) -> Any:
        asked = told.read_text()
        if asked == name:
            raise ValueError(" ".join(SECRETS)) from KeyError(SECRETS[0])
        if asked.startswith("look"):
            with told.with_suffix(".called").open("a") as file:
                file.write(f"{asked} {name}\n")
        return function(*given, **more)

    return call


def serve(fault: str, port: int, environment: dict[str, str], log: str) -> None:
    """Become the server, with everything that is written going to a file."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(out, 1)
    os.dup2(out, 2)
    if fault.startswith(FAILING):
        failing(Path(fault.removeprefix(FAILING)))
    elif fault:
        FAULTS[fault]()
    cli.main(["run", str(ROOT / "server.py"), f"--server.port={port}"], prog_name="streamlit")
