"""How long a filter change takes to be on the screen: from the click on a centre to the last change of the page.

    uv run python benchmarks/filter_change.py --size viborg

Starts the dashboard on a demo municipality of its own, opens the overview in Chromium and chooses one centre after
another. Prints milliseconds: the first visible change and the last DOM change, median and all runs.
"""

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from data_access import database, demo

ROOT = Path(__file__).parent.parent
QUIET_MS = 700
"""So long without a change and the page is taken to be done."""

WATCH = """() => {
  window.changes = [];
  new MutationObserver(() => window.changes.push(performance.now()))
    .observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true});
}"""


def choose(page: Page, number: int) -> tuple[float, float]:
    """Open the list of centres, click the given one, and wait until the page is quiet: (first, last) in ms."""
    page.get_by_role("combobox", name="Center").click()
    options = page.get_by_role("option")
    option = options.nth(number % options.count())
    option.wait_for()
    page.evaluate(
        "() => { window.changes.length = 0; document.addEventListener('click',"
        " () => window.clicked = performance.now(), {capture: true, once: true}); }"
    )
    option.click()
    page.wait_for_function(
        f"() => changes.length && performance.now() - changes.at(-1) > {QUIET_MS} &&"
        " document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"
    )
    first, last = page.evaluate(
        "() => [changes.find(moment => moment - clicked > 20) - clicked, changes.at(-1) - clicked]"
    )
    return float(first), float(last)


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--size", default="viborg", choices=["rebild", "viborg", "copenhagen"])
    arguments.add_argument("--runs", type=int, default=15)
    arguments.add_argument("--page", default="", help="address of the page, for example screening")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.db"
        engine = database.connect(url, create=True)
        database.upgrade(engine)
        demo.make_demo(engine, Path(folder) / "demo", size=chosen.size)
        engine.dispose()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "streamlit", "run", "server.py", f"--server.port={port}"]
        server = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | {database.DATABASE_URL: url}, stdout=subprocess.DEVNULL
        )
        try:
            _wait(f"http://localhost:{port}/_stcore/health")
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
                )
                page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="da-DK")
                page.goto(f"http://localhost:{port}/{chosen.page}")
                page.get_by_role("combobox", name="Center").wait_for()
                page.wait_for_timeout(2000)
                page.evaluate(WATCH)
                taken = [choose(page, number) for number in range(1, chosen.runs + 4)][3:]
                browser.close()
        finally:
            server.terminate()
            server.wait()
    for name, values in zip(("first change", "last DOM change"), zip(*taken, strict=True), strict=True):
        shown = ", ".join(f"{value:.0f}" for value in values)
        print(f"{name:>15}: median {statistics.median(values):.0f} ms of {shown}")


def _wait(address: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(address)
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The server did not start.")


if __name__ == "__main__":
    main()
