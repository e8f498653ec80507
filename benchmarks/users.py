"""What a click costs, and how many users one process bears: the goals P8 to P12.

    uv run --group bench python -m benchmarks.users --sizes S --folder FOLDER

A server of its own for each figure, over Streamlit's own protocol; beside Dash in Chromium.
"""

import argparse
import asyncio
import statistics
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from websockets.asyncio.client import ClientConnection

from benchmarks import sizes
from benchmarks.filter_change import beside_dash
from benchmarks.goals import show
from benchmarks.load import SCENARIOS, Found, Scenario, Truth, User, cpu, drive, memory, serving
from benchmarks.measured import Measured, at_most, not_here
from data_access import database
from data_access.models import ACCESS_ROLES

RUNS = 1000
SESSIONS = 50
ROUNDS, ROUND = 10, 20
"""So many rounds of so many reruns: the machine's clock is coarse, and others may be at work in some of them."""
MINUTES = 2.0


async def clicking(user: User, socket: ClientConnection, times: int) -> None:
    """Run the page again and again, with nothing new to compute."""
    for _ in range(times):
        await user.ask(socket)


async def per_rerun(pid: int, user: User) -> float:
    """ms of CPU that a rerun of the overview costs the server, all in: the median of rounds."""
    taken = []
    async with user.connected() as socket:
        await clicking(user, socket, ROUND)
        for _ in range(ROUNDS):
            used = cpu(pid)
            await clicking(user, socket, ROUND)
            taken.append(1000 * (cpu(pid) - used) / ROUND)
    return statistics.median(taken)


async def grown(pid: int, user: User) -> float:
    """MB that the server has grown by in so many reruns of a page that it had drawn often already."""
    async with user.connected() as socket:
        await clicking(user, socket, RUNS // 4)
        before = memory(pid)
        await clicking(user, socket, RUNS)
        return memory(pid) - before


async def per_session(pid: int, users: Sequence[User]) -> float:
    """MB that each of many users who look at the same costs the server."""
    async with asyncio.TaskGroup() as group:
        before, leave = memory(pid), asyncio.Event()
        arrived = [asyncio.Event() for _ in users]
        for user, there in zip(users, arrived, strict=True):
            group.create_task(_stay(user, there, leave))
            await there.wait()  # one after the other, so that no thread of their own is counted in
        after = memory(pid)
        leave.set()
    return (after - before) / len(users)


async def _stay(user: User, there: asyncio.Event, leave: asyncio.Event) -> None:
    async with user.connected() as socket:
        await clicking(user, socket, 2)
        there.set()
        await leave.wait()


def of_one_process(url: str, size: str) -> list[Measured]:
    """P11 and P12 of a municipality."""
    truth, found, scenario = Truth(url), Found(), Scenario(1, (0, 0))
    with serving(url) as (pid, door):
        users = [
            User(number, scenario, door, ACCESS_ROLES["coordinator"], truth, found) for number in range(SESSIONS + 3)
        ]
        cost = asyncio.run(per_rerun(pid, users.pop()))
        held = memory(pid)
        growth = asyncio.run(grown(pid, users.pop()))
        session = asyncio.run(per_session(pid, users[:SESSIONS]))
    assert not found.errors
    assert not found.wrong
    measured = [
        at_most("P12", f"{size}: hukommelse i en proces", held, 400, "MB"),
        at_most("P12", f"{size}: hukommelse pr. session", session, 0.2, "MB"),
        at_most("P12", f"{size}: vækst over {RUNS} kørsler, af {held:.0f} MB", 100 * growth / held, 1, "%"),
    ]
    return (
        [at_most("P11", f"{size}: CPU pr. kørsel af Overblik", cost, 25, "ms"), *measured] if size == "S" else measured
    )


def many(url: str, name: str) -> Measured:
    """P10 of a scenario."""
    scenario = replace(SCENARIOS[name], minutes=MINUTES)
    found = drive(scenario, url)
    what = (
        f"{scenario.users} brugere, {scenario.think[0]:g} s imellem, {scenario.processes} proces(ser): p95 "
        f"({len(found.errors)} fejl, {len(found.wrong)} forkerte)"
    )
    measured = at_most("P10", what, found.p95, 0.5, "s")
    return replace(measured, met=bool(measured.met and not found.errors and not found.wrong))


def visible(url: str) -> Measured:
    """P9."""
    ours, theirs = (statistics.median(tiles for tiles, _ in taken) for taken in beside_dash(url, 15))
    what = f"S: synlig ændring, {ours:.0f} ms mod {theirs:.0f} ms i Dash"
    return at_most("P9", what, ours / theirs, 1.25, "×")


def measure(asked: Sequence[str], folder: Path) -> list[Measured]:
    """P8 to P12."""
    found = [not_here("P8", "Superset er ikke installeret her", ">= 6 ×")]
    for size in asked:
        opened = sizes.engine(size, folder)
        url = f"sqlite:///{database.file_of(opened)}"
        opened.dispose()
        if size == "S":
            found += [visible(url), many(url, "one120"), many(url, "two240")]
        if size in ("S", "M"):
            found += of_one_process(url, size)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="S")
    parser.add_argument("--folder", type=Path, required=True)
    chosen = parser.parse_args()
    show(measure(chosen.sizes.split(","), chosen.folder))


if __name__ == "__main__":
    main()
