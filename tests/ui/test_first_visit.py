"""The guided first visit: a few steps for each role, and none leads to where the role may not go."""

import re

import pytest

from data_access.tables import PERMISSIONS, Scope
from ui.first_visit import TOURS, steps
from ui.navigation import PLACES

ROLES = sorted(PERMISSIONS)


def test_every_role_is_shown_around() -> None:
    assert TOURS.keys() == PERMISSIONS.keys()
    assert not steps(Scope("anna"))


@pytest.mark.parametrize("role", ROLES)
def test_a_tour_is_short_and_ends_with_where_to_ask(role: str) -> None:
    tour = steps(Scope("anna", (role,)))
    assert 4 <= len(tour) <= 5
    assert tour[-1].title == "Hvor du kan spørge"
    assert max(len(step.text) for step in tour) <= 400


@pytest.mark.parametrize("role", ROLES)
def test_every_page_that_is_named_is_open_to_the_role(role: str) -> None:
    named = set(re.findall(r"»(.+?)«", " ".join(step.text for step in TOURS[role])))
    pages = [place for place in PLACES if place.title in named]
    assert pages
    assert [place.title for place in pages if not place.open_to(Scope("anna", (role,)))] == []


@pytest.mark.parametrize("role", ["head", "coordinator", "steering"])
def test_only_who_is_asked_for_a_purpose_is_told_of_it(role: str) -> None:
    told = any("»Formål«" in step.text for step in TOURS[role])
    assert told is ("cases" in PERMISSIONS[role])


def test_who_has_several_roles_sees_the_tour_of_the_widest() -> None:
    assert steps(Scope("anna", ("administrator", "head", "coordinator"))) == TOURS["coordinator"]
