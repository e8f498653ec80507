"""Makes the pictures of the guide anew, from a fresh demo municipality: `uv run python -m docs.images.make`.

Needs a Chromium, as the tests in tests/e2e do. The municipality is invented; the date on the pictures is today's.
"""

import io
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from data_access.database import DATABASE_URL
from tests.e2e.conftest import ARGUMENTS, Visit, serving
from tests.e2e.test_journey import CENTER, select_row

HERE = Path(__file__).parent
SEEN, WIDTH, COLOURS = 1440, 1200, 128
HEAD, STEERING, COORDINATOR = f"Afdelingsleder, {CENTER}", "Styregruppe", "Ungekoordinator"


def say_why(visit: Visit) -> None:
    """Say what the cases are looked at for."""
    visit.say_why()


def open_a_row(visit: Visit) -> None:
    """Say it, and pick the first deviation."""
    visit.say_why()
    select_row(visit.page, 0)
    visit.page.locator(".st-key-sagspanel").wait_for()
    visit.page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")


PICTURES: dict[str, tuple[str, str, int, Callable[[Visit], None] | None]] = {
    "overblik": (COORDINATOR, "/", 1000, None),
    "afdelingsleder": (HEAD, "/", 860, None),
    "afvigelser": (HEAD, "/afvigelser", 1150, open_a_row),
    "styregruppe": (STEERING, "/styregruppen", 1150, None),
    "k-moeder": (COORDINATOR, "/k-moeder", 1000, say_why),
    "maanedens-tal": (COORDINATOR, "/maanedens-tal", 1000, None),
    "adgang": ("Administrator", "/adgang", 900, None),
    "loggen": ("Databeskyttelse", "/loggen", 900, None),
}
"""Name -> the role that is tried, the address, the height that is seen, and what is done there first."""


def settled(visit: Visit, page: Page) -> None:
    """Charts are drawn a moment after the page stands still."""
    visit.settle()
    page.wait_for_timeout(1500)


def small(screenshot: bytes) -> bytes:
    """The picture in few colours and of the width it is shown at: a fifth of the bytes, and hardly a difference."""
    packed = io.BytesIO()
    picture = Image.open(io.BytesIO(screenshot)).convert("RGB")
    smaller = picture.resize((WIDTH, picture.height * WIDTH // picture.width), Image.Resampling.LANCZOS)
    smaller.quantize(COLOURS, Image.Quantize.MAXCOVERAGE).save(packed, "PNG", optimize=True)
    return packed.getvalue()


def main() -> None:
    """Make the municipality, start the dashboard on it, and take every picture."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/ungeoverblik.db"
        make = ["ungeoverblik", "demo", "--folder", f"{folder}/demo"]
        subprocess.run(make, check=True, env={**os.environ, DATABASE_URL: url})
        own = os.environ.get("UNGEOVERBLIK_CHROMIUM") or shutil.which("chromium")
        with serving(url) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=own, args=ARGUMENTS)
            for name, (role, path, height, first) in PICTURES.items():
                page = browser.new_page(viewport={"width": SEEN, "height": height}, locale="da-DK")
                visit = Visit(page, address)
                visit.open(f"{path}?rolle={quote(role)}")
                if first:
                    first(visit)
                settled(visit, page)
                (HERE / f"{name}.png").write_bytes(small(page.screenshot()))
                page.close()
            browser.close()


if __name__ == "__main__":
    main()
