"""How the server is doing, for the machine that watches it: `/sundhed` as JSON, `/maaltal` for Prometheus.

Both answer only this machine, and only under its own name: who comes through the proxy is told that there is no such
address. There is no case, no centre and nobody's name in them. A database that hangs is reported, never waited for.
"""

import asyncio
import datetime as dt
import os
import shutil
import threading
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from data_access import database, deliveries, intake
from data_access.audit import LOG_ANCHORS
from data_access.kept import KEPT
from data_access.tables import Scope
from ui import data_quality, gauges, safety, texts

BACKUPS = "UNGEOVERBLIK_BACKUPS"
"""The folder of the nightly backups; without it their age is not known. Only names and ages are looked at."""

STALE_DAYS = 35
"""An extract older than this is reported: a month, and some days to deliver in."""
LEAST_DISK = 1_000_000_000
"""Bytes that must be free in each folder that is written to."""
LEAST_OFTEN = dt.timedelta(days=3)
"""The scheduled import has run within these."""
OLDEST_BACKUP = dt.timedelta(days=2)
PATIENCE = 2.0
"""Seconds that the database has to answer in."""

WATCHING = Scope("drift", ("administrator",))
"""Sees what was delivered, and no figure and no case."""

FAILED, DEGRADED, OK = "failed", "degraded", "ok"


@dataclass(frozen=True)
class Delivered:
    """What the database says of what it holds."""

    number: int
    extract_date: dt.date
    imported_at: dt.datetime
    rows: int
    """In the newest delivery of each table."""


class Health:
    """What was found, at one moment."""

    def __init__(self, answer: Delivered | Exception | None) -> None:
        self.delivered = answer if isinstance(answer, Delivered) else None
        self.broken = answer if isinstance(answer, Exception) else None
        self.kind, folders = _where()
        self.free_bytes = {name: shutil.disk_usage(folder).free for name, folder in folders.items()}
        self.run = intake.newest_run()
        self.newest_backup = _newest_backup()

    @property
    def status(self) -> str:
        """`failed`: nothing can be shown. `degraded`: somebody should look at it. `ok`."""
        return FAILED if self.broken else DEGRADED if self.problems() else OK

    @property
    def age_days(self) -> int | None:
        """Of the newest extract; None: nothing was delivered."""
        return (data_quality.today() - self.delivered.extract_date).days if self.delivered else None

    def problems(self) -> list[str]:
        """What somebody must do something about, in Danish."""
        found = []
        if isinstance(self.broken, TimeoutError):
            found.append(f"Databasen har ikke svaret i {PATIENCE:.0f} sekunder.")
        elif self.broken:
            found.append(str(self.broken))
        elif self.delivered is None:
            found.append("Der er ikke indlæst en leverance endnu.")
        if self.age_days is not None and self.age_days > STALE_DAYS:
            found.append(f"Den nyeste leverance er {texts.number(self.age_days)} dage gammel.")
        found += self._of_the_night()
        scarce = [PLACES[name] for name, free in self.free_bytes.items() if free < LEAST_DISK]
        found += [f"Der er under 1 GB ledig plads ved {place}." for place in scarce]
        if self.delivered and not gauges.FRAME.version:
            found.append("Tallene er ikke regnet endnu.")
        if gauges.FRAME.failed:
            found.append("Den nyeste leverance kan ikke regnes, og de forrige tal vises. Grunden står i serverens log.")
        return found

    def _of_the_night(self) -> list[str]:
        """What is wrong with the scheduled import and backup, where the settings name what they leave."""
        found, now = [], dt.datetime.now(dt.UTC)
        if os.environ.get(intake.REPORT):
            if self.run is None:
                found.append("Den natlige indlæsning har ikke lagt en hel rapport: har den kørt?")
            elif now - self.run.ended > LEAST_OFTEN:
                found.append(
                    f"Den natlige indlæsning har ikke kørt i {texts.number((now - self.run.ended).days)} dage."
                )
            if self.run and not self.run.well:
                what = "leverance blev afvist" if self.run.refused else "indlæsning gik ikke godt"
                found.append(f"Den seneste {what}. Grunden står i indlæsningens rapport.")
        if os.environ.get(BACKUPS):
            if self.newest_backup is None:
                found.append("Der er ingen sikkerhedskopi i mappen til dem, eller den kan ikke læses.")
            elif now - self.newest_backup > OLDEST_BACKUP:
                days = texts.number((now - self.newest_backup).days)
                found.append(f"Den nyeste sikkerhedskopi er {days} dage gammel.")
        return found

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; moments in UTC."""
        delivered = self.delivered
        return {
            "status": self.status,
            "problems": self.problems(),
            "version": version("ungeoverblik"),
            "database": {
                "kind": self.kind,
                "answers": self.broken is None or isinstance(self.broken, database.WrongSchema | database.ReadOnly),
                "schema": self.broken is None or isinstance(self.broken, database.ReadOnly),
                "writable": self.broken is None,
            },
            "delivery": {
                "number": delivered and delivered.number,
                "extract_date": delivered and delivered.extract_date.isoformat(),
                "age_days": self.age_days,
                "imported_at": delivered and delivered.imported_at.isoformat(),
                "rows": delivered and delivered.rows,
            },
            "import": self.run
            and {"ended_at": self.run.ended.isoformat(), "well": self.run.well, "refused": self.run.refused},
            "backup": {"newest_at": self.newest_backup and self.newest_backup.isoformat()},
            "frame": {
                "version": gauges.FRAME.version,
                "built_at": gauges.FRAME.version and _moment(gauges.FRAME.built_at).isoformat(),
                "seconds": round(gauges.FRAME.seconds, 3),
                "failed": gauges.FRAME.failed,
            },
            "disk": {"free_bytes": self.free_bytes},
        }

    def as_gauges(self) -> CollectorRegistry:
        """The same as numbers; what is not known is not there."""
        registry, delivered = CollectorRegistry(), self.delivered
        known = {
            "healthy": ("1, når alt er godt; 0,5, når noget skal ses efter; 0, når intet kan vises.", self._grade()),
            "database_up": ("1, når databasen svarer og passer.", float(self.broken is None)),
            "frame_version": ("Versionen af de data, tallene er regnet af.", gauges.FRAME.version),
            "frame_built_timestamp_seconds": ("Hvornår tallene blev regnet.", gauges.FRAME.built_at),
            "frame_build_seconds": ("Hvor længe det tog.", gauges.FRAME.seconds),
            "frame_build_failed": ("1, når den nyeste leverance ikke kan regnes.", float(gauges.FRAME.failed)),
            "import_refused": (
                "1, når den seneste indlæsning ikke gik godt.",
                float(self.run is not None and not self.run.well),
            ),
        }
        if self.run:
            known["import_ended_timestamp_seconds"] = ("Den seneste indlæsning.", self.run.ended.timestamp())
        if self.newest_backup:
            known["backup_timestamp_seconds"] = ("Den nyeste sikkerhedskopi.", self.newest_backup.timestamp())
        if delivered and self.age_days is not None:
            known |= {
                "extract_age_days": ("Den nyeste leverances alder.", self.age_days),
                "import_timestamp_seconds": ("Hvornår der sidst blev læst ind.", delivered.imported_at.timestamp()),
                "rows": ("Rækker i den nyeste leverance af hver tabel.", delivered.rows),
            }
        for name, (meaning, value) in known.items():
            Gauge(f"ungeoverblik_{name}", meaning, registry=registry).set(value)
        free = Gauge("ungeoverblik_disk_free_bytes", "Ledig plads i mappen.", ["folder"], registry=registry)
        for name, value in self.free_bytes.items():
            free.labels(name).set(value)
        Gauge("ungeoverblik_info", "Programmets version.", ["version"], registry=registry).labels(
            version("ungeoverblik")
        ).set(1)
        return registry

    def _grade(self) -> float:
        return {FAILED: 0.0, DEGRADED: 0.5, OK: 1.0}[self.status]


PLACES = {
    "program": "programmet",
    "database": "databasen",
    "kept": "de gemte tal",
    "report": "indlæsningens rapport",
    "anchors": "loggens ankre",
    "backups": "sikkerhedskopierne",
}


def _where() -> tuple[str, dict[str, Path]]:
    """The kind of database, and the folders whose disk must not run full. PostgreSQL's own cannot be seen from here."""
    kind, file = "unknown", None
    with suppress(database.DatabaseUnavailable):
        url = database.database_url()
        kind = url.get_backend_name()
        file = Path(url.database or "") if kind == "sqlite" else None
    report = _named(intake.REPORT)
    named = {
        "program": Path.cwd(),
        "database": file and file.parent,
        "kept": _named(KEPT),
        "report": report and report.parent,
        "anchors": _named(LOG_ANCHORS),
        "backups": _named(BACKUPS),
    }
    return kind, {name: folder for name, folder in named.items() if folder and folder.is_dir()}


def _named(setting: str) -> Path | None:
    return Path(value) if (value := os.environ.get(setting)) else None


def _newest_backup() -> dt.datetime | None:
    """When the newest encrypted copy was made; None: there is none, or nobody can see."""
    if not (folder := _named(BACKUPS)):
        return None
    try:
        made = [path.stat().st_mtime for path in folder.iterdir() if path.suffix == ".gpg"]
    except OSError:
        return None
    return _moment(max(made)) if made else None


def _moment(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


# --- asking a database that may hang ------------------------------------------------------------------


def _ask() -> Delivered | None:
    engine = database.connect()
    try:
        database.check_schema(engine)
        database.check_writable(engine)
        imports = deliveries.imports(engine, WATCHING)
        if imports.is_empty():
            return None
        newest = deliveries.newest_per_table(engine, WATCHING)
        number, imported_at, extract_date = imports.row(0, named=True), imports["imported_at"], imports["extract_date"]
        rows = newest.select("new", "changed", "unchanged").sum().sum_horizontal().item()
        return Delivered(number["import_id"], extract_date.max(), imported_at.max(), rows or 0)  # type: ignore[arg-type]
    finally:
        engine.dispose()


class Asking:
    """Asks in a thread of its own. While an answer is owing nobody asks again: threads do not pile up."""

    def __init__(self) -> None:
        self._owed: Future[Delivered | None] | None = None

    async def answer(self) -> Delivered | Exception | None:
        """What the database says, or why it says nothing, within `PATIENCE`."""
        if self._owed is None or self._owed.done():
            self._owed = _in_thread()
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(self._owed)), PATIENCE)
        except (TimeoutError, database.DatabaseUnavailable) as error:
            return error


def _in_thread() -> Future[Delivered | None]:
    owed: Future[Delivered | None] = Future()

    def run() -> None:
        try:
            owed.set_result(_ask())
        except Exception as error:
            owed.set_exception(error)

    # a daemon: the process may end while the database still hangs
    threading.Thread(target=run, name="sundhed", daemon=True).start()
    return owed


# --- the two addresses --------------------------------------------------------------------------------


def routes(base: str) -> list[Route]:
    """The addresses, under the path that the server answers on ("" or "/ungeoverblik")."""
    asking = Asking()

    async def health(request: Request) -> Response:
        if not _from_here(request):
            return PlainTextResponse("Findes ikke", 404)
        found = Health(await asking.answer())
        return JSONResponse(found.as_dict(), 503 if found.status == FAILED else 200)

    async def metrics(request: Request) -> Response:
        if not _from_here(request):
            return PlainTextResponse("Findes ikke", 404)
        found = Health(await asking.answer())
        text = generate_latest(gauges.REGISTRY) + generate_latest(found.as_gauges())
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    return [Route(f"{base}/sundhed", health), Route(f"{base}/maaltal", metrics)]


def _from_here(request: Request) -> bool:
    """Whether a request comes from this machine and names it: the proxy hands on the name that visitors write."""
    named = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    return request.client is not None and safety.loopback(request.client.host) and safety.loopback(named)
