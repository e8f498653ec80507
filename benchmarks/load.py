"""Many users at once: each clicks, thinks and clicks again; each answer is held up against the engine's own figure.

    uv run python -m benchmarks.load warm50 --minutes 10

Starts the dashboard in one process, or in two behind the nginx of `deploy/`, and drives it over Streamlit's own
protocol, without a browser: on a demo municipality of its own in SQLite, or with `--folder` on size S
(`benchmarks.sizes`) in PostgreSQL, by a role that row-level security binds, as in operation. Prints what was asked, the
errors, the wrong answers, how long the answers took (ms from the click to the end of the run), and memory through time.
"""

import argparse
import asyncio
import itertools
import os
import random
import re
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote_plus

import sqlalchemy as sa
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

from benchmarks import sizes
from data_access import database, demo, roles, tables
from data_access.models import ACCESS_ROLES
from data_access.tables import FULL_SCOPE
from metrics.assess import assess, figures, within
from metrics.measures import screening
from metrics.summary import summarise
from ui import filters, texts
from ui.figures import days_read, history_from

ROOT = Path(__file__).parent.parent
LATE = 60
"""Seconds after which an answer is an error."""
PAGES = ("", "screening")
CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        filters.PERIOD: tuple(filters.PERIODS),
        filters.CATEGORY: (filters.ALL_CATEGORIES, *itertools.islice(filters.CATEGORY_CODES, 2)),
        filters.AGE: (filters.ALL_AGES, *filters.AGES),
    }
)
"""What is chosen among, beside the centre."""
FIRST = screening.THEME.measures[0].key


@dataclass(frozen=True)
class Scenario:
    """Who comes, and how often they click."""

    users: int
    think: tuple[float, float]
    """Seconds between an answer and the next click, from and to."""
    processes: int = 1
    """Two stand behind nginx."""
    minutes: float = 2
    filters: int = 1
    """So many at most are away from their default at once: with one, colleagues often meet the same selections."""
    together: bool = False
    """All arrive at once, at a server that nobody has visited."""


SCENARIOS = {
    "warm50": Scenario(50, (5, 15), minutes=10),
    "cold50": Scenario(50, (5, 15), minutes=0.5, together=True),
    "one120": Scenario(120, (5, 5)),
    "two240": Scenario(240, (5, 5), processes=2),
}


class Truth:
    """What the pages must say, as the engine counts it outside the dashboard."""

    def __init__(self, url: str) -> None:
        engine = database.connect(url)
        view_date = tables.newest_extract(engine)
        first = tables.first_extract(engine)
        assert view_date is not None
        assert first is not None
        self.view_date, self.centers = view_date, tuple(tables.centers(engine))
        cuts = [filters.selection(view_date, self.centers, {filters.PERIOD: name}) for name in filters.PERIODS]
        days = {day for cut in cuts for day in days_read(cut, view_date, history_from(first))}
        whole = assess(tables.read(engine, FULL_SCOPE, None), view_date, sorted(days))
        engine.dispose()
        coordinator, head = ACCESS_ROLES["coordinator"], ACCESS_ROLES["head"]
        self.seen = {coordinator: (whole, self.centers)}
        self.seen |= {f"{head}, {center}": (within(whole, (center,)), (center,)) for center in self.centers}
        self._said: dict[tuple[str, ...], str] = {}

    def said(self, role: str, page: str, chosen: Mapping[str, str]) -> str:
        """A piece of the page's HTML that holds its figure; or of its words, where nobody is in the selection."""
        key = (role, page, *chosen.values())
        if key not in self._said:
            self._said[key] = self._say(role, page, chosen)
        return self._said[key]

    def _say(self, role: str, page: str, chosen: Mapping[str, str]) -> str:
        assessed, centers = self.seen[role]
        cut = filters.selection(self.view_date, centers, chosen, filters.everywhere(_scope(centers, self.centers)))
        if page == "":
            found = summarise(assessed, cut, centers)
            number = texts.number(found.youths)
            return f"<dt>Unge i udsnittet</dt><dd>{number}</dd>" if found.youths else "Ingen sager i udsnittet"
        rows = {row["measure"]: row for row in figures(assessed, cut).to_dicts()}
        outside = ("excused", "lapsed", "unknown", "pending")
        if not any(rows[one.key][part] for one in screening.THEME.measures for part in ("base", *outside)):
            return "Ingen sager i udsnittet"
        met, base = rows[FIRST]["met"], rows[FIRST]["base"]
        title = re.escape(screening.THEME.measures[0].title)
        return rf"{title}</a><strong>{texts.rate_with_base(met, base)}</strong>".replace("\\", "")


def _scope(centers: Sequence[str], every: Sequence[str]) -> tables.Scope:
    return tables.Scope("", (), None if tuple(centers) == tuple(every) else tuple(centers))


@dataclass
class Found:
    """What all users met together."""

    seconds: list[float] = field(default_factory=list)
    arrivals: list[float] = field(default_factory=list)
    """Seconds until the first page was there."""
    errors: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    """(seconds since the start, MB of all processes together)"""
    cpu: float = 0.0
    """Seconds of all server processes while measured."""

    @property
    def p95(self) -> float:
        """Seconds."""
        return quantile(self.seconds, 0.95)

    @property
    def growth(self) -> float:
        """Of memory from a fifth of the time to the end, as a fraction: before that much is met the first time."""
        settled = [size for moment, size in self.memory if moment >= self.memory[-1][0] / 5]
        return settled[-1] / settled[0] - 1


def quantile(values: Sequence[float], share: float) -> float:
    """The value that a share of them does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


@dataclass(frozen=True)
class Door:
    """Where users knock."""

    address: str
    """http://host:port or https://host:port, and the path."""
    port: int | None = None
    """Of this machine, whatever the address calls it."""
    trusting: ssl.SSLContext | None = None

    @property
    def _own(self) -> dict[str, Any]:
        return {"ssl": self.trusting, "host": "127.0.0.1", "port": self.port} if self.trusting else {}

    def knock(self, user: str) -> connect:
        """A tab's connection; `user` are 32 digits that keep it at one process."""
        host = self.address.split("/", 3)
        return connect(
            f"ws{self.address.removeprefix('http')}/_stcore/stream",
            origin="/".join(host[:3]),  # type: ignore[arg-type]
            subprotocols=["streamlit"],  # type: ignore[list-item]
            additional_headers={"Cookie": f"ungeoverblik_node={user}"},
            max_size=None,
            compression=None,
            open_timeout=LATE,
            **self._own,
        )


class User:
    """One browser tab: goes on from what it was given, as Streamlit's own page does."""

    def __init__(self, number: int, scenario: Scenario, door: Door, role: str, truth: Truth, found: Found) -> None:
        self.scenario, self.door, self.role, self.truth, self.found = scenario, door, role, truth, found
        self.random = random.Random(number)
        self.page, self.chosen = "", dict.fromkeys((filters.CENTER, *CHOICES), "")
        self._hash, self._query = "", f"rolle={quote_plus(role)}"
        self._pages: dict[str, str] = {}
        self._widgets: dict[str, WidgetState] = {}
        self._ids: dict[str, str] = {}
        self._options: dict[str, list[str]] = {}
        self._cached: dict[str, ForwardMsg] = {}

    async def live(self, until: float, before: float) -> None:
        """Come after some seconds, and click until the time is up."""
        await asyncio.sleep(before)
        try:
            async with self.connected() as socket:
                self.found.arrivals.append(await self.ask(socket))
                while time.monotonic() < until:
                    await asyncio.sleep(self.random.uniform(*self.scenario.think))
                    self._click()
                    self.found.seconds.append(await self.ask(socket))
        except Exception as error:
            self.found.errors.append(f"{type(error).__name__}: {error}")

    def connected(self) -> connect:
        """The tab's connection."""
        return self.door.knock(f"{self.random.getrandbits(128):032x}")

    def _click(self) -> None:
        """Another page one time of four, else another choice in a filter."""
        if self.random.random() < 0.25:
            self.page = self.random.choice([page for page in PAGES if page != self.page])
            self._hash = self._pages[self.page]
            return
        away = [key for key, value in self.chosen.items() if value and value != self._options[key][0]]
        key = self.random.choice(away if len(away) >= self.scenario.filters else list(self._ids))
        options = [one for one in self._options[key] if key == filters.CENTER or one in CHOICES[key]]
        self.chosen[key] = self.random.choice(options)
        self._widgets[key] = WidgetState(id=self._ids[key], string_value=self.chosen[key])

    async def ask(self, socket: ClientConnection) -> float:
        """Run the page once; gives the seconds until it was whole."""
        message = BackMsg()
        rerun = message.rerun_script
        rerun.query_string, rerun.page_script_hash, rerun.page_name = self._query, self._hash, self.page
        rerun.widget_states.widgets.extend(self._widgets.values())
        rerun.cached_message_hashes.extend(self._cached)
        rerun.context_info.url = f"{self.door.address}/{self.page}"
        rerun.context_info.locale, rerun.context_info.timezone = "da-DK", "Europe/Copenhagen"
        begun = time.perf_counter()
        await socket.send(message.SerializeToString())
        said: list[str] = []
        async with asyncio.timeout(LATE):
            while not self._read(ForwardMsg.FromString(await socket.recv(decode=False)), said):
                pass
        taken = time.perf_counter() - begun
        text = "\n".join(said)
        expected = self.truth.said(self.role, self.page, self.chosen)
        if "fejlnummer" in text or "Traceback" in text:
            self.found.errors.append(f"{self.role}, /{self.page}: {text[-200:]}")
        elif expected not in text:
            self.found.wrong.append(f"{self.role}, /{self.page}, {self.chosen}: ikke {expected}")
        return taken

    def _read(self, message: ForwardMsg, said: list[str]) -> bool:
        """Take in one message; whether it was the last."""
        if message.WhichOneof("type") == "ref_hash":
            message = self._cached[message.ref_hash]
        elif message.metadata.cacheable:
            self._cached[message.hash] = message
        match message.WhichOneof("type"):
            case "script_finished":
                return message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
            case "new_session":
                said.clear()
            case "navigation":
                self._hash = message.navigation.page_script_hash
                self._pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
            case "page_info_changed":
                self._query = message.page_info_changed.query_string
            case "delta":
                self._draw(message.delta.new_element, said)
        return False

    def _draw(self, element: ForwardMsg, said: list[str]) -> None:
        match element.WhichOneof("type"):
            case "html":
                said.append(element.html.body)
            case "markdown":
                said.append(element.markdown.body)
            case "alert":
                said.append(element.alert.body)
            case "exception":
                said.append("Traceback")
            case "selectbox" as kind:
                widget = getattr(element, kind)
                key = widget.id.rpartition("-")[2]
                if key in self.chosen:
                    self._ids[key], self._options[key] = widget.id, list(widget.options)


@contextmanager
def serving(url: str) -> Iterator[tuple[int, Door]]:
    """A newly started server on a database: its process id, and where it is."""
    with _started(url, {}, "") as (pid, address):
        yield pid, Door(address)


@contextmanager
def in_operation(url: str) -> Iterator[tuple[list[int], Door]]:
    """Two servers behind nginx, set up as in operation."""
    from tests.e2e.proxying import BASE, IN_OPERATION, before

    with ExitStack() as stopping:
        servers = [stopping.enter_context(_started(url, IN_OPERATION, BASE)) for _ in range(2)]
        (_, first), (_, second) = servers
        folder = stopping.enter_context(tempfile.TemporaryDirectory())
        nginx = stopping.enter_context(before(first.removesuffix(BASE), second.removesuffix(BASE), Path(folder)))
        yield [pid for pid, _ in servers], Door(nginx.address + BASE, nginx.port, nginx.trusting())


@contextmanager
def _started(url: str, settings: Mapping[str, str], base: str) -> Iterator[tuple[int, str]]:
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "server.py", f"--server.port={port}"]
    environment = os.environ | {database.DATABASE_URL: url} | settings
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}{base}/_stcore/health")
        yield process.pid, f"http://127.0.0.1:{port}{base}"
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_for(address: str) -> None:
    """Wait until a started server answers."""
    until = time.monotonic() + 600
    while time.monotonic() < until:
        with suppress(OSError):
            urllib.request.urlopen(address).close()
            return
        time.sleep(0.1)
    raise SystemExit("The server did not start.")


@contextmanager
def municipality(size: str = "viborg") -> Iterator[str]:
    """The address of a demo municipality made for the occasion."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.db"
        engine = database.connect(url, create=True)
        database.upgrade(engine)
        demo.make_demo(engine, Path(folder) / "demo", size=size)
        engine.dispose()
        yield url


def memory(pid: int) -> float:
    """MB that a process holds itself: without the pages of files that it shares with others."""
    held = Path(f"/proc/{pid}/status").read_text()
    return sum(int(re.search(rf"{name}:\s+(\d+)", held)[1]) for name in ("RssAnon", "RssShmem")) / 1024  # type: ignore[index]


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """The address of size S in PostgreSQL, for a role that is allowed what the server needs and nothing more."""
    opened = sizes.engine("S", folder, "postgresql")
    with suppress(sa.exc.ProgrammingError), database.writing(opened) as connection:  # it may be there already
        connection.exec_driver_sql("CREATE ROLE viser LOGIN")
    roles.allow(opened, "viser")
    opened.dispose()
    yield opened.url.set(username="viser").render_as_string(hide_password=False)


def drive(scenario: Scenario, url: str) -> Found:
    """Let the users of a scenario loose on newly started servers."""
    truth, found = Truth(url), Found()
    with ExitStack() as stopping:
        if scenario.processes == 1:
            pid, door = stopping.enter_context(serving(url))
            pids = [pid]
        else:
            pids, door = stopping.enter_context(in_operation(url))
        used = sum(map(cpu, pids))
        asyncio.run(_all(scenario, door, pids, truth, found))
        found.cpu = sum(map(cpu, pids)) - used
    return found


async def _all(scenario: Scenario, door: Door, pids: Sequence[int], truth: Truth, found: Found) -> None:
    begun = time.monotonic()
    # who comes one after the other is there within one round of thinking
    apart = 0.0 if scenario.together else max(scenario.think[1], 10) / scenario.users
    until = begun + apart * scenario.users + 60 * scenario.minutes
    users = [
        User(number, scenario, door, role, truth, found).live(until, apart * number)
        for number, role in zip(range(scenario.users), itertools.cycle(truth.seen), strict=False)
    ]
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(_watch(pids, begun, found))
        await asyncio.gather(*users)
        watching.cancel()


async def _watch(pids: Sequence[int], begun: float, found: Found) -> None:
    while True:
        found.memory.append((time.monotonic() - begun, sum(map(memory, pids))))
        await asyncio.sleep(5)


def show(name: str, scenario: Scenario, found: Found) -> None:
    """Print what was found."""
    print(f"{name}: {scenario.users} users, {scenario.processes} process(es), {len(found.seconds)} reruns")
    print(f"errors {len(found.errors)}, wrong {len(found.wrong)}")
    for line in (*found.errors[:3], *found.wrong[:3]):
        print(f"  {line}")
    for what, taken in (("arrival", found.arrivals), ("rerun", found.seconds)):
        if taken:
            marks = (statistics.median(taken), quantile(taken, 0.95), max(taken))
            print(f"{what:>8}: p50 {marks[0] * 1000:.0f}, p95 {marks[1] * 1000:.0f}, max {marks[2] * 1000:.0f} ms")
    fifth = len(found.seconds) // 5
    if fifth:
        parts = (quantile(found.seconds[n * fifth : (n + 1) * fifth], 0.95) for n in range(5))
        print("p95 of each fifth: " + ", ".join(f"{1000 * part:.0f}" for part in parts) + " ms")
    runs = len(found.seconds) + len(found.arrivals)
    print(f"server CPU {1000 * found.cpu / max(runs, 1):.0f} ms a run; load of the machine {os.getloadavg()[0]:.1f}")
    print(
        "memory: "
        + ", ".join(
            f"{moment:.0f} s {size:.0f} MB" for moment, size in found.memory[:: max(1, len(found.memory) // 10)]
        )
    )
    print(f"growth of memory from a fifth of the time on: {100 * found.growth:+.1f} %")


def main() -> None:
    """Drive and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", choices=list(SCENARIOS))
    parser.add_argument("--folder", type=Path, help="where the sizes are kept: size S of it, in PostgreSQL")
    parser.add_argument("--users", type=int)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--filters", type=int, help="so many at most are set at once, 1 to 4")
    parser.add_argument("--think", help="seconds, for example 5,15")
    chosen = parser.parse_args()
    given = {"users": chosen.users, "minutes": chosen.minutes, "filters": chosen.filters}
    if chosen.think:
        low, _, high = chosen.think.partition(",")
        given["think"] = (float(low), float(high or low))
    scenario = replace(SCENARIOS[chosen.scenario], **{name: value for name, value in given.items() if value})
    with ExitStack() as made:
        url = made.enter_context(postgresql(chosen.folder) if chosen.folder else municipality())
        show(chosen.scenario, scenario, drive(scenario, url))


if __name__ == "__main__":
    main()
