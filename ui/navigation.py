"""The pages: where each lies, what it is called, where it stands in the menu, and the links from one to another."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st
from streamlit.navigation.page import Page

from metrics.measure import Theme
from ui import texts

IN_THE_BAR, DATA = "", "Data"
"""Menu sections: the pages of the nameless one stand in the bar itself, one click away."""


@dataclass(frozen=True)
class Place:
    """One page."""

    file: str
    title: str
    url: str
    """Address after the slash; empty for the front page."""
    icon: str
    short: str = ""
    """Its name in the menu, where the title would take too much of the bar."""
    section: str = IN_THE_BAR
    filtered: bool = True
    """The frame shows the shared filters."""
    listed: bool = True
    """Stands in the menu, and the frame shows its title; else it is reached by link, and says itself what it is."""


DEVIATIONS, CASE = "pages/cases/deviations.py", "pages/cases/case.py"


PLACES = (
    Place("pages/leadership/overview.py", "Overblik", "", "space_dashboard"),
    Place("pages/leadership/screening.py", "Screening", "screening", "fact_check"),
    Place("pages/leadership/visitation.py", "Visitation og ventetid", "visitation", "schedule", "Visitation"),
    Place("pages/leadership/education_orders.py", "Uddannelsespålæg", "uddannelsespaalaeg", "school"),
    Place("pages/leadership/sanctions.py", "Udeblivelser og sanktioner", "sanktioner", "event_busy", "Sanktioner"),
    Place("pages/leadership/support.py", "Mentor og ungeguide", "mentor", "handshake", "Mentor"),
    Place(DEVIATIONS, "Afvigelser", "afvigelser", "flag"),
    Place(CASE, "Sag", "sag", "folder_open", filtered=False, listed=False),
    Place("pages/data/definitions.py", "Om tallene", "om-tallene", "menu_book", section=DATA, filtered=False),
    Place("pages/data/targets.py", "Mål og hændelser", "maal", "flag_circle", section=DATA, filtered=False),
    Place("pages/data/data_quality.py", "Datagrundlag", "datagrundlag", "database", section=DATA, filtered=False),
)


def open_page() -> tuple[Page, Place]:
    """The page that was asked for. All pages are registered, so that every address is known."""
    menu: dict[str, list[Page]] = {}
    for place in PLACES:
        page = st.Page(
            place.file,
            title=place.short or place.title,
            icon=f":material/{place.icon}:",
            url_path=place.url or None,
            default=not place.url,
            visibility="visible" if place.listed else "hidden",
        )
        menu.setdefault(place.section, []).append(page)
    page = st.navigation(menu, position="top")
    return page, next(place for place in PLACES if place.url == page.url_path)


def theme_file(theme: Theme) -> str:
    """The page of a theme: one stem ties page, measures and tests."""
    return f"pages/leadership/{theme.key}.py"


def onward(page: str, label: str, query: Mapping[str, str] | None = None) -> None:
    """A link to another page, with what it adds to the address beside the filters."""
    st.page_link(page, label=label, icon=":material/arrow_forward:", icon_position="right", query_params=query)


def to_case(case: str, words: str) -> None:
    """A line that leads to a case."""
    label = f"**{texts.plain(case)}** · {texts.plain(words)}"
    st.page_link(CASE, label=label, icon=":material/folder_open:", query_params={"sag": case})
