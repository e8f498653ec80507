"""What axe finds wrong with a page: WCAG 2.2 AA and its best practice, in the widths of a desk and a telephone."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

WIDTHS = (1440, 1024, 390)
ASKED = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
}


def violations(page: Page) -> list[str]:
    """One line each: the rule, and the first place."""
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("asked => axe.run(asked)", ASKED)["violations"]
    return [f"{rule['id']} × {len(rule['nodes'])}: {rule['nodes'][0]['html'][:200]}" for rule in found]


def in_every_width(page: Page) -> dict[int, list[str]]:
    """What is wrong in each width, where anything is, its being wider than the screen too; the widest stands after."""
    found = {}
    for width in (*WIDTHS[1:], WIDTHS[0]):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(300)  # pictures are drawn anew
        found[width] = violations(page)
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            found[width].append(f"wider than the screen: {wide}")
    return {width: lines for width, lines in found.items() if lines}
