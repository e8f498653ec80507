"""What the server counts about itself, for Prometheus: runs of pages, errors, open tabs. No name and no case."""

import time
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics
from streamlit.runtime import Runtime

from data_access.audit import NotLogged
from data_access.database import DatabaseUnavailable, WrongSchema

disable_created_metrics()  # half of all lines, which nobody reads
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)  # memory, CPU and open files, on Linux

_runs = Histogram(
    "ungeoverblik_run_seconds",
    "Hele kørsler af en side, fra klik til svar, efter sidens adresse.",
    ["page"],
    buckets=(0.05, 0.1, 0.2, 0.35, 0.5, 1, 2, 5, 10, 30),
    registry=REGISTRY,
)
_errors = Counter("ungeoverblik_errors", "Uforudsete fejl; hver har sit nummer i loggen.", registry=REGISTRY)
_unavailable = Counter(
    "ungeoverblik_unavailable",
    "Sider, der ikke kunne vises: databasen svarede ikke, passede ikke, eller opslaget kunne ikke skrives i loggen.",
    ["why"],
    registry=REGISTRY,
)
for _why in ("database", "schema", "log"):
    _unavailable.labels(_why)  # a series that is not there yet cannot be seen to rise

_sessions = Gauge("ungeoverblik_sessions", "Åbne faner.", registry=REGISTRY)
_sessions.set_function(lambda: Runtime.instance()._session_mgr.num_active_sessions() if Runtime.exists() else 0)

START = "forside"
NOWHERE = "ingen"
"""Where nobody was let in, or nothing could be shown."""


class Run:
    """One run of `app.py`: `place` is set when the page is known."""

    def __init__(self) -> None:
        self.page = NOWHERE
        self._began = time.perf_counter()

    def of(self, url: str) -> None:
        """It is a run of the page at an address of ours, empty for the front page."""
        self.page = url or START

    def ended(self) -> None:
        """Count it."""
        _runs.labels(self.page).observe(time.perf_counter() - self._began)


def failed() -> None:
    """Count an unforeseen error."""
    _errors.inc()


def unavailable(error: DatabaseUnavailable) -> None:
    """Count that something could not be shown, and why."""
    why = "log" if isinstance(error, NotLogged) else "schema" if isinstance(error, WrongSchema) else "database"
    _unavailable.labels(why).inc()


@dataclass
class Frame:
    """The assessed frame that this process holds."""

    version: int = 0
    """Of the data; 0: none yet."""
    built_at: float = 0.0
    """Seconds since 1970."""
    seconds: float = 0.0
    """What it took."""
    failed: bool = False
    """What came since cannot be judged: this one is still shown."""


FRAME = Frame()


def built(version: int, seconds: float) -> None:
    """The frame of a version of the data is there."""
    FRAME.version, FRAME.built_at, FRAME.seconds, FRAME.failed = version, time.time(), seconds, False


def not_built() -> None:
    """The newest version could not be judged."""
    FRAME.failed = True


def up_to_date() -> None:
    """Nothing newer is there than what is shown: what could not be judged is gone."""
    FRAME.failed = False
