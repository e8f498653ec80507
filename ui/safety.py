"""What must hold before the server lets anybody in: each unsafe setting is refused with its reason and its remedy.

Read from where the server reads it itself: Streamlit's settings (file, environment, command line), the address of
the uvicorn that is starting, and the environment. What a new way in or out needs gets its line here.
"""

import ipaddress
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from streamlit import config
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web import bootstrap, cli

from data_access import database

PROXY = "UNGEOVERBLIK_PROXY"
"""Set to 1 where a proxy with TLS and sign-in stands in front: the server is then in operation."""
SECRET_BYTES = 32
SETTINGS_FILE = ".streamlit/config.toml"

Required = tuple[tuple[str, str | bool, str], ...]

ALWAYS: Required = (
    ("client.showErrorDetails", "none", "Ellers kan en fejltekst vise sagsdata i browseren."),
    ("client.disableDataExport", True, "Ellers kan tabeller hentes uden om Ungeoverbliks egen eksport."),
    ("server.enableXsrfProtection", True, "Ellers kan en fremmed hjemmeside sende filer i brugerens navn."),
    ("server.enableCORS", True, "Ellers kan en fremmed hjemmeside læse med gennem brugerens browser."),
    ("server.enableAgentApi", False, "Ellers kan programmer styre siderne uden om browseren."),
    ("logger.enableRich", False, "Ellers kommer fejltekster med sagsdata uden om loggens filter."),
)
"""Setting, the only value it may have, and why."""

IN_OPERATION: Required = (
    ("server.fileWatcherType", "none", "Ellers skifter programmet, mens det bruges, når en fil ændres."),
    ("server.runOnSave", False, "Ellers kører alle åbne sider igen, når en fil ændres."),
)
"""The same for a server that others can reach."""


def refuse_unsafe(entry: Path) -> None:
    """End the process with status 1 and say why, in Danish on standard error, if the server must not start.

    `entry` is a file in the project folder, beside the settings.
    """
    if config._main_script_path is None:  # `streamlit run` has set it; else the settings beside us are not read
        config._main_script_path = str(entry)
    if reasons := unsafe(*listening()):
        lines = "\n".join(f"- {reason}" for reason in reasons)
        print(f'Ungeoverblik starter ikke:\n{lines}\nSe "Serveren vil ikke starte" i docs/drift.md.', file=sys.stderr)
        raise SystemExit(1)


def as_streamlit_run(entry: Path) -> None:
    """Read the settings as `streamlit run` will: only it reads them from the environment, too."""
    config._main_script_path = str(entry)
    given = cli.main_run.make_context("run", [str(entry)]).params
    bootstrap.load_config_options({name: value for name, value in given.items() if name not in ("target", "args")})


def unsafe(address: str, processes: int) -> list[str]:
    """Every reason why a server on `address` ("" = all addresses) with so many processes must not start."""
    in_operation = proxied() or not loopback(address)
    reasons = [*_values(ALWAYS), *_hosts(), *_secret(in_operation, processes)]
    if not may_answer(address):
        reasons.insert(
            0,
            f"Serveren vil lytte på {address or 'alle adresser'}, som andre end denne maskine kan nå, men {PROXY}=1 er "
            "ikke sat. Uden en proxy er der hverken TLS eller login foran sagerne. Lyt på 127.0.0.1, eller sæt "
            f"{PROXY}=1, når proxyen står der.",
        )
    if in_operation:
        reasons += [*_values(IN_OPERATION), *_database()]
    return reasons


def listening() -> tuple[str, int]:
    """Where the server that is starting will listen ("" = all addresses), and in how many processes.

    `uvicorn server:app` goes by its own `--host`, which Streamlit never hears of: it is read off the uvicorn that is
    importing us. Outside one it is Streamlit's own setting.
    """
    for frame, _ in traceback.walk_stack(None):
        starting = frame.f_locals.get("self")
        if isinstance(starting, uvicorn.Config):
            inherited = "" if starting.fd is not None else starting.host  # a socket opened by somebody else
            return starting.uds or inherited, starting.workers
    return config.get_option("server.address") or "", 1


def proxied() -> bool:
    """Whether operation says that a proxy stands in front."""
    return os.environ.get(PROXY) == "1"


def loopback(address: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def may_answer(address: str) -> bool:
    """Whether a request that came in on an address of ours may be answered."""
    return loopback(address) or proxied()


def _values(required: Required) -> Iterator[str]:
    for name, value, reason in required:
        if config.get_option(name) != value:
            yield (
                f"{name} skal være {json.dumps(value)}. {reason} Skriv det i {SETTINGS_FILE}, og se efter, at hverken "
                "miljøet eller kommandolinjen siger andet."
            )


def _hosts() -> Iterator[str]:
    hosts = [host.strip() for host in config.get_option("server.allowedHosts")]
    if "*" in hosts or not any(hosts):
        yield (
            "server.allowedHosts siger ikke, hvilke værtsnavne der svares på. Ellers kan en fremmed hjemmeside lade, "
            "som om den er Ungeoverblik (DNS-rebinding). Skriv de navne, brugerne skriver i browseren, i "
            f"{SETTINGS_FILE} eller STREAMLIT_SERVER_ALLOWED_HOSTS."
        )


def _secret(in_operation: bool, processes: int) -> Iterator[str]:
    """Without one Streamlit makes a good one at each start, which is enough for one process on one machine."""
    secret, files = _configured_secret()
    how = (
        'Lav en med `python -c "import secrets; print(secrets.token_hex(32))"`, og sæt STREAMLIT_SERVER_COOKIE_SECRET.'
    )
    if not secret:
        if in_operation or processes > 1:
            yield (
                "server.cookieSecret mangler. Ellers kender processerne ikke hinandens cookies, og alle skal begynde "
                f"forfra ved hver genstart. {how}"
            )
    elif len(secret.encode()) < SECRET_BYTES:
        yield f"server.cookieSecret er kortere end {SECRET_BYTES} tegn. Ellers kan en cookie forfalskes. {how}"
    if secret:
        for file in filter(_in_git, files):
            yield (
                f"server.cookieSecret står i {file.name}, som git følger. Ellers kender alle med adgang til koden den. "
                f"Tag den ud af filen. {how}"
            )


def _configured_secret() -> tuple[str, list[Path]]:
    """What cookies are signed with, "" when it is left to Streamlit, and the files it may stand in."""
    secret, files = "", []
    if config.is_manually_set("server.cookieSecret"):
        secret = config.get_option("server.cookieSecret")
        files.append(Path(config.get_where_defined("server.cookieSecret")))
    signing_in = secrets_singleton.get("auth") if secrets_singleton.load_if_toml_exists() else None
    if signing_in and signing_in.get("cookie_secret"):
        secret = signing_in["cookie_secret"]
        files += map(Path, config.get_option("secrets.files"))
    return secret, [file for file in files if file.is_file()]


def _in_git(file: Path) -> bool:
    command = ["git", "-c", "safe.directory=*", "ls-files", "--error-unmatch", "--", file.name]
    try:
        return subprocess.run(command, cwd=file.parent, capture_output=True, check=False).returncode == 0
    except OSError:  # no git on the machine, so no repository that it would be handed on with
        return False


def _database() -> Iterator[str]:
    try:
        database.connect().dispose()
    except database.DatabaseUnavailable as error:
        yield f"{error} Adressen sættes i {database.DATABASE_URL}."
