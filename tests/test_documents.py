"""What the guide and the tour say is on the screen is there, and each picture that is named exists and is small."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from data_access.models import ACCESS_ROLES
from tests.test_repository import FILES, MARKDOWN, ROOT, code
from ui.first_visit import TOURS

GUIDE = ROOT / "docs/brugervejledning.md"
MOST_BYTES = 150_000
FILLED_IN = "…"
"""Stands for what the program puts into a text."""


def literal(node: ast.expr) -> str:
    """The words of a string in the program; empty for anything else."""
    if isinstance(node, ast.JoinedStr):
        return "".join(literal(part) or FILLED_IN for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


@cache
def on_screen() -> frozenset[str]:
    """Every text that the program can show, without the signs of Markdown; not what the tour itself says."""
    texts = set()
    for path, tree in code("app.py", "pages/", "ui/", "metrics/", "data_access/models.py"):
        if path != "ui/first_visit.py":
            texts |= {literal(node) for node in ast.walk(tree) if isinstance(node, ast.expr)}
    signs = re.compile(r"[*#\]]|:[\w-]+\[|:material/\w+:")
    return frozenset(signs.sub("", text).strip() for text in texts) | {"Rundvisning"}


def is_on_screen(words: str) -> bool:
    """Whether words are a text of their own there: a label, a heading, or one that the program adds a number to."""
    more = tuple(f"{words}{sign}" for sign in (" (", f" {FILLED_IN}", ":", ".", ","))
    return words in on_screen() or any(text.startswith(more) for text in on_screen())


def named(text: str) -> set[str]:
    """What a text says is on the screen: **so** or »so«."""
    return {bold or quoted for bold, quoted in re.findall(r"\*\*(.+?)\*\*|»(.+?)«", text, re.DOTALL)}


@pytest.mark.parametrize(
    ("words", "there"),
    [
        ("Gem målet", True),
        ("Registreringsfejl til rettelse", True),  # and a number
        ("Demodata", True),  # a badge
        ("Gem målene", False),
        ("Hent", False),  # only the beginning of a button
        ("Ved hvert tal står", False),  # the tour says so
    ],
)
def test_a_text_of_the_screen_is_told_from_a_piece_of_one(words: str, there: bool) -> None:
    assert is_on_screen(words) is there


def test_the_guide_names_what_is_on_the_screen() -> None:
    words = named(GUIDE.read_text("utf-8"))
    assert len(words) > 100
    assert sorted(each for each in words if not is_on_screen(each)) == []


@pytest.mark.parametrize("role", TOURS)
def test_the_tour_names_what_is_on_the_screen(role: str) -> None:
    words = named(" ".join(step.text for step in TOURS[role]))
    assert words
    assert sorted(each for each in words if not is_on_screen(each)) == []


@pytest.mark.parametrize("role", TOURS)
def test_the_guide_has_a_chapter_for_each_role_with_a_task_and_a_picture(role: str) -> None:
    chapters = re.split(r"^## ", GUIDE.read_text("utf-8"), flags=re.MULTILINE)
    [chapter] = [each for each in chapters if each.startswith(f"{ACCESS_ROLES[role]}\n")]
    assert re.search(r"^### .+\n(?:.*\n)*?1\. ", chapter, re.MULTILINE)
    assert "](images/" in chapter


def test_every_decision_is_in_the_index_under_its_number() -> None:
    pages = {Path(path).name for path in FILES if re.match(r"docs/adr/\d{4}-", path)}
    index = (ROOT / "docs/adr/README.md").read_text("utf-8")
    assert {page: number for number, page in re.findall(r"^\| \[(\d+)\]\((.+?)\)", index, re.MULTILINE)} == {
        page: str(int(page[:4])) for page in pages
    }


def test_every_picture_is_shown_and_small() -> None:
    pictures = {path for path in FILES if path.startswith("docs/images/") and path.endswith(".png")}
    shown = {
        (ROOT / path).parent.joinpath(link).resolve().relative_to(ROOT).as_posix()
        for path in MARKDOWN
        for link in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", (ROOT / path).read_text("utf-8"))
    }
    assert pictures == shown
    assert [path for path in pictures if (ROOT / path).stat().st_size > MOST_BYTES] == []
