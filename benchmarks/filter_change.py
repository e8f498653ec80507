"""How long a filter change takes to be on the screen: from the click on a centre to the last change of the page.

    uv run --group bench python -m benchmarks.filter_change --runs 15

Starts the overview on a demo municipality and the same tiles as a Dash page (`dash_page.py`), opens both in Chromium
and chooses one centre after another, in turn. Prints milliseconds, medians: until the tiles last change, and until
anything in the page does.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.load import ROOT, free_port, municipality, serving, wait_for
from data_access.database import DATABASE_URL

QUIET_MS = 700
"""So long without a change and the page is taken to be done."""
BOX, OPTION = "#center, .st-key-center [role=combobox]", "[role=option]"
"""The list of centres and what is in it, the dashboard's and Dash's."""

WATCH = """() => {
  window.changes = []; window.tiles = []; window.before = "";
  const said = () => [...document.querySelectorAll(".flise")].map(tile => tile.textContent).join();
  window.before = said();
  new MutationObserver(() => {
    window.changes.push(performance.now());
    const now = said();
    if (now !== window.before) { window.before = now; window.tiles.push(performance.now()); }
  }).observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true});
}"""


def choose(page: Page, number: int) -> tuple[float, float]:
    """Open the list of centres, click the given one, and wait until the page is quiet: (tiles, all) in ms."""
    page.locator(BOX).click()
    options = page.locator(OPTION)
    option = options.nth(number % options.count())
    option.wait_for()
    page.evaluate(
        "() => { window.changes.length = 0; window.tiles.length = 0; document.addEventListener('click',"
        " () => window.clicked = performance.now(), {capture: true, once: true}); }"
    )
    option.click()
    page.wait_for_function(f"() => tiles.length && performance.now() - changes.at(-1) > {QUIET_MS}")
    tiles, last = page.evaluate("() => [tiles.at(-1) - clicked, changes.at(-1) - clicked]")
    return float(tiles), float(last)


@contextmanager
def opened(browser: Browser, address: str) -> Iterator[Page]:
    """A page that stands still, watched."""
    page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="da-DK")
    page.goto(address)
    page.locator(BOX).wait_for()
    page.wait_for_timeout(3000)
    page.evaluate(WATCH)
    yield page
    page.close()


@contextmanager
def dash_page(url: str) -> Iterator[str]:
    """The same tiles as a Dash page, in a process of its own; its address."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.dash_page", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {DATABASE_URL: url}, stdout=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def beside_dash(url: str, runs: int) -> list[list[tuple[float, float]]]:
    """What `choose` gives for each of the runs, the dashboard's and Dash's, taken in turn."""
    with (
        serving(url) as (_, door),
        dash_page(url) as other,
        sync_playwright() as playwright,
        playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        ) as browser,
        opened(browser, door.address) as ours,
        opened(browser, other) as theirs,
    ):
        taken: list[list[tuple[float, float]]] = [[], []]
        for number in range(1, runs + 7):
            for page, found in zip((ours, theirs), taken, strict=True):
                page.bring_to_front()
                found.append(choose(page, number))
        return [found[6:] for found in taken]  # after every centre has been met once


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--size", default="viborg", choices=["rebild", "viborg", "copenhagen"])
    arguments.add_argument("--runs", type=int, default=15)
    chosen = arguments.parse_args()
    with municipality(chosen.size) as url:
        for name, found in zip(("dashboard", "Dash"), beside_dash(url, chosen.runs), strict=True):
            for what, values in zip(("tiles", "last DOM change"), zip(*found, strict=True), strict=True):
                shown = ", ".join(f"{value:.0f}" for value in values)
                print(f"{name:>10}, {what:>15}: median {statistics.median(values):.0f} ms of {shown}")


if __name__ == "__main__":
    main()
