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
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from streamlit import config
from streamlit.auth_util import get_redirect_uri
from streamlit.runtime.secrets import AttrDict, secrets_singleton
from streamlit.web import bootstrap, cli
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from data_access import database, deliveries, grants, roles
from data_access.tables import FULL_SCOPE

PROXY = "UNGEOVERBLIK_PROXY"
"""Set to 1 where a proxy with TLS stands in front: the server is then in operation."""
SECRET_BYTES = 32
SETTINGS_FILE = ".streamlit/config.toml"

SIGN_IN = ("client_id", "client_secret", "server_metadata_url", "redirect_uri", "cookie_secret")
"""What `[auth]` in the file of secrets must say before anybody can sign in."""

Required = tuple[tuple[str, str | bool | dict[str, str], str], ...]

ALWAYS: Required = (
    ("client.showErrorDetails", "none", "Ellers kan en fejltekst vise sagsdata i browseren."),
    ("client.disableDataExport", True, "Ellers kan tabeller hentes uden om Ungeoverbliks egen eksport."),
    ("server.enableXsrfProtection", True, "Ellers kan en fremmed hjemmeside sende filer i brugerens navn."),
    ("server.enableCORS", True, "Ellers kan en fremmed hjemmeside læse med gennem brugerens browser."),
    ("server.enableAgentApi", False, "Ellers kan programmer styre siderne uden om browseren."),
    ("server.trustedUserHeaders", {}, "Ellers kan enhver, der når porten, udgive sig for en anden."),
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
    reasons = [*_values(ALWAYS), *_hosts(), *_secret(in_operation, processes), *_sign_in(in_operation)]
    if not may_answer(address):
        reasons.insert(
            0,
            f"Serveren vil lytte på {address or 'alle adresser'}, som andre end denne maskine kan nå, men {PROXY}=1 er "
            "ikke sat. Uden en proxy er der ingen TLS, og andre på nettet kan læse med. Lyt på 127.0.0.1, eller sæt "
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


def base_path() -> str:
    """The path that everything lies under, as `/ungeoverblik`; "" where it is the whole host."""
    base = (config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


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
    return str((_auth() or {}).get("cookie_secret") or secret), [file for file in files if file.is_file()]


def _sign_in(in_operation: bool) -> Iterator[str]:
    """Who signs in, and whether anybody has to."""
    files = [file for file in map(Path, config.get_option("secrets.files")) if file.exists()]
    for file in filter(_in_git, files):
        yield (
            f"{file.name} følges af git. Så kender alle med adgang til koden hemmelighederne til login. Tag den ud "
            f"med `git rm --cached {file.name}`, og lav nye hemmeligheder: de gamle står i historikken."
        )
    if files and not _secrets_read():
        yield (
            f"{' og '.join(file.name for file in files)} kan ikke læses, og så ville der ikke være noget login. Ret "
            "filen, så den er gyldig TOML, som serverens bruger kan læse."
        )
    elif (auth := _auth()) is None:
        if _real_cases():
            yield (
                "Der er rigtige sager i databasen, men login er ikke sat op. Så kan enhver, der når serveren, se dem. "
                'Sæt login op som i "Login" i docs/drift.md. (`uvicorn server:app` læser kun .streamlit/secrets.toml.)'
            )
    else:
        yield from _provider(auth, in_operation)
        if _nobody_granted():
            yield (
                "Login er sat op, men ingen har en rolle, så ingen kan se noget. Giv den første administrator adgang "
                "med `ungeoverblik access grant --claim email --value NAVN@KOMMUNE.DK --role administrator`."
            )


def _provider(auth: Mapping[str, object], in_operation: bool) -> Iterator[str]:
    if missing := [name for name in SIGN_IN if not auth.get(name)]:
        yield (
            f"Under [auth] i filen med hemmeligheder mangler {', '.join(missing)}. Så kan ingen logge ind. Skriv dem "
            'som i "Login" i docs/drift.md.'
        )
    if isinstance(auth.get("redirect_uri"), str):
        uri = urlsplit(get_redirect_uri(AttrDict({**auth})) or "")
        if uri.path != (back := f"{base_path()}/oauth2callback"):
            yield (
                f"redirect_uri slutter ikke på {back}, så ingen kommer tilbage efter login. Skriv den adresse, "
                f"brugerne skriver, fulgt af {back}."
            )
        if not is_host_allowed(uri.netloc):
            yield (
                f"redirect_uri går til {uri.hostname or 'intet værtsnavn'}, som server.allowedHosts ikke svarer på. Så "
                "ender et login hos en fremmed eller ingen steder. Skriv det samme værtsnavn begge steder."
            )
    for name in ("redirect_uri", "server_metadata_url") if in_operation else ():
        if isinstance(address := auth.get(name), str) and urlsplit(address).scheme != "https":
            yield (
                f"{name} begynder ikke med https://. Så kan andre på nettet læse med og overtage et login. Skriv den "
                "adresse, der har TLS."
            )


def _auth() -> Mapping[str, object] | None:
    """How people sign in; None: there is no provider."""
    if not _secrets_read() or "auth" not in secrets_singleton:
        return None
    auth = secrets_singleton["auth"]
    return auth if isinstance(auth, Mapping) else {}


def _secrets_read() -> bool:
    try:
        return secrets_singleton.load_if_toml_exists()
    except (OSError, UnicodeDecodeError):  # Streamlit only foresees that the file is not there, or is no TOML
        return False


def _real_cases() -> bool:
    """Whether anything in the database is not invented."""
    return _says(lambda engine: not deliveries.imports(engine, FULL_SCOPE)["demo"].all())


def _nobody_granted() -> bool:
    return _says(lambda engine: not grants.any_granted(engine))


def _says(asked: Callable[[Any], bool]) -> bool:
    """What the database answers; one that cannot be read says no, and the pages say why they show nothing."""
    try:
        engine = database.connect()
        try:
            return asked(engine)
        finally:
            engine.dispose()
    except database.DatabaseUnavailable:
        return False


def _in_git(file: Path) -> bool:
    command = ["git", "-c", "safe.directory=*", "ls-files", "--error-unmatch", "--", file.name]
    try:
        return subprocess.run(command, cwd=file.parent, capture_output=True, check=False).returncode == 0
    except OSError:  # no git on the machine, so no repository that it would be handed on with
        return False


def _database() -> Iterator[str]:
    try:
        engine = database.connect()
        reason = roles.too_mighty(engine)
        engine.dispose()
    except database.DatabaseUnavailable as error:
        reason = str(error)
    if reason:
        yield f"{reason} Adressen sættes i {database.DATABASE_URL}."
