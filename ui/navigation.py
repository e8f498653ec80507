"""The pages: where each lies, what it is called, and where it stands in the menu."""

from dataclasses import dataclass

import streamlit as st
from streamlit.navigation.page import Page

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
    """Shows the shared filters and its title in the frame."""
    listed: bool = True
    """Stands in the menu; else it is reached by link."""


PLACES = (
    Place("pages/leadership/overview.py", "Overblik", "", "space_dashboard"),
    Place("pages/leadership/screening.py", "Screening", "screening", "fact_check"),
    Place("pages/leadership/visitation.py", "Visitation og ventetid", "visitation", "schedule", "Visitation"),
    Place("pages/leadership/education_orders.py", "Uddannelsespålæg", "uddannelsespaalaeg", "school"),
    Place("pages/leadership/sanctions.py", "Udeblivelser og sanktioner", "sanktioner", "event_busy", "Sanktioner"),
    Place("pages/leadership/support.py", "Mentor og ungeguide", "mentor", "handshake", "Mentor"),
    Place("pages/cases/deviations.py", "Afvigelser", "afvigelser", "flag"),
    Place("pages/cases/case.py", "Sag", "sag", "folder_open", filtered=False, listed=False),
    Place("pages/data/definitions.py", "Om tallene", "om-tallene", "menu_book", section=DATA, filtered=False),
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
