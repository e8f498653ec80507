"""The pages: where each lies, what it is called, where it stands in the menu, and the links from one to another."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st
from streamlit.navigation.page import Page

from data_access.tables import Scope
from metrics.measure import Theme
from ui import texts

IN_THE_BAR, STEERING, FIGURES, DATA = "", "Styring", "Nøgletal", "Data"
"""Menu sections: the pages of the nameless one stand in the bar itself, one click away."""
FEW_PAGES = 6
"""So many all stand in the bar."""
_PAGES = "_pages"
"""Key in the session of the pages as Streamlit knows them."""


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
    permissions: tuple[str, ...] = ("figures",)
    """One of these it takes to see it; none: everybody who has been let in."""
    filtered: bool = True
    """The frame shows the shared filters."""
    listed: bool = True
    """Stands in the menu, and the frame shows its title; else it is reached by link, and says itself what it is."""

    def open_to(self, scope: Scope) -> bool:
        """Whether somebody may see it."""
        return not self.permissions or any(map(scope.may, self.permissions))


DEVIATIONS, CASE, DUE_SOON = "pages/cases/deviations.py", "pages/cases/case.py", "pages/cases/due_soon.py"
K_MEETINGS = "pages/meetings/k_meetings.py"
STEERING_GROUP, DECISIONS = "pages/meetings/steering_group.py", "pages/meetings/decisions.py"
EXPLORE, REVIEW = "pages/meetings/explore.py", "pages/meetings/review.py"
PUBLISHED = "pages/leadership/published.py"
REGISTRATION = "pages/data/registration.py"
METHOD, ACCESSIBILITY = "pages/data/method.py", "pages/data/accessibility.py"

PLACES = (
    Place("pages/leadership/overview.py", "Overblik", "", "space_dashboard"),
    Place(DUE_SOON, "Forfalder snart", "forfalder-snart", "alarm", permissions=("cases",)),
    Place(DEVIATIONS, "Afvigelser", "afvigelser", "flag", permissions=("cases",)),
    Place(CASE, "Sag", "sag", "folder_open", permissions=("cases",), filtered=False, listed=False),
    Place(K_MEETINGS, "K-møder", "k-moeder", "groups", permissions=("cases",)),
    Place(STEERING_GROUP, "Styregruppen", "styregruppen", "gavel", permissions=("published",), filtered=False),
    Place(
        PUBLISHED,
        "Månedens tal",
        "maanedens-tal",
        "calendar_month",
        section=STEERING,
        permissions=("published",),
        filtered=False,
    ),
    Place(
        DECISIONS,
        "Beslutninger",
        "beslutninger",
        "task_alt",
        section=STEERING,
        permissions=("published",),
        filtered=False,
    ),
    Place(EXPLORE, "Udforsk", "udforsk", "table_chart", section=STEERING),
    Place(
        REVIEW,
        "Ledelsestilsyn",
        "ledelsestilsyn",
        "checklist",
        section=STEERING,
        permissions=("review",),
        filtered=False,
    ),
    Place("pages/leadership/screening.py", "Screening", "screening", "fact_check", section=FIGURES),
    Place("pages/leadership/visitation.py", "Visitation og ventetid", "visitation", "schedule", section=FIGURES),
    Place("pages/leadership/sanctions.py", "Udeblivelser og sanktioner", "sanktioner", "event_busy", section=FIGURES),
    Place("pages/leadership/education_orders.py", "Uddannelsespålæg", "uddannelsespaalaeg", "school", section=FIGURES),
    Place("pages/leadership/contact.py", "Samtaler, tilbud og Min Plan", "samtaler", "forum", section=FIGURES),
    Place("pages/leadership/support.py", "Mentor og ungeguide", "mentor", "handshake", section=FIGURES),
    Place(
        "pages/leadership/coordination.py",
        "K-møder og tværgående indsats",
        "tvaergaaende",
        "hub",
        section=FIGURES,
    ),
    Place(
        "pages/leadership/progression.py",
        "Trivsel, progression og resultater",
        "progression",
        "trending_up",
        section=FIGURES,
    ),
    Place("pages/leadership/promises.py", "De fire løfter", "loefter", "verified", section=FIGURES),
    Place(
        "pages/data/data_quality.py",
        "Datagrundlag",
        "datagrundlag",
        "database",
        section=DATA,
        permissions=("deliveries", "figures"),
        filtered=False,
    ),
    Place(REGISTRATION, "Manglende registrering", "registrering", "rule", section=DATA),
    Place(
        "pages/data/targets.py",
        "Mål og hændelser",
        "maal",
        "flag_circle",
        section=DATA,
        permissions=("targets",),
        filtered=False,
    ),
    Place("pages/data/users.py", "Adgang", "adgang", "key", section=DATA, permissions=("users",), filtered=False),
    Place(
        "pages/data/access_log.py", "Loggen", "loggen", "history", section=DATA, permissions=("log",), filtered=False
    ),
    Place(
        "pages/data/definitions.py",
        "Om tallene",
        "om-tallene",
        "menu_book",
        section=DATA,
        permissions=(),
        filtered=False,
    ),
    Place(METHOD, "Metoden", "metoden", "science", section=DATA, permissions=(), filtered=False, listed=False),
    Place(
        ACCESSIBILITY,
        "Tilgængelighed",
        "tilgaengelighed",
        "accessibility_new",
        section=DATA,
        permissions=(),
        filtered=False,
        listed=False,
    ),
)


def open_page(scope: Scope) -> tuple[Page, Place]:
    """The page that was asked for. All pages are registered, so that every address is known; the menu holds one's own.

    Who may not see the front page is sent to the first page that they may.
    """
    menu: dict[str, list[Page]] = {}
    listed = [place for place in PLACES if place.listed and place.open_to(scope)]
    folded = len(listed) > FEW_PAGES and any(place.section == IN_THE_BAR for place in listed)
    pages = _registered([place.file for place in listed])
    for place in PLACES:
        # a section that holds everything somebody may see would hide it
        menu.setdefault(place.section if folded else IN_THE_BAR, []).append(pages[place.file])
    page = st.navigation(menu, position="top")
    place = next(place for place in PLACES if place.url == page.url_path)
    if not place.url and not place.open_to(scope):
        st.switch_page(next(home.file for home in PLACES if home.open_to(scope)))
    return page, place


def _registered(listed: list[str]) -> dict[str, Page]:
    """File -> page, as Streamlit knows it. Made once a session: to make one is to look for its file."""
    known, pages = st.session_state.get(_PAGES, ([], {}))
    if known != listed:
        pages = {
            place.file: st.Page(
                place.file,
                title=place.short or place.title,
                icon=f":material/{place.icon}:",
                url_path=place.url or None,
                default=not place.url,
                visibility="visible" if place.file in listed else "hidden",
            )
            for place in PLACES
        }
        st.session_state[_PAGES] = listed, pages
    return pages


def theme_file(theme: Theme) -> str:
    """The page of a theme: one stem ties page, measures and tests."""
    return f"pages/leadership/{theme.key}.py"


@dataclass(frozen=True)
class Link:
    """Where something leads: a page file, its words, and what is added to the address beside the filters."""

    page: str
    label: str
    query: Mapping[str, str] = field(default_factory=dict)

    def show(self) -> None:
        """Put it on the page."""
        onward(self.page, self.label, self.query)


def onward(page: str, label: str, query: Mapping[str, str] | None = None) -> None:
    """A link to another page, with what it adds to the address beside the filters."""
    to = st.session_state[_PAGES][1][page]  # of a file's name Streamlit would ask the file system, link by link
    st.page_link(to, label=label, icon=":material/arrow_forward:", icon_position="right", query_params=query)


def to_case(case: str, words: str) -> None:
    """A line that leads to a case."""
    label = f"**{texts.plain(case)}** · {texts.plain(words)}"
    st.page_link(CASE, label=label, icon=":material/folder_open:", query_params={"sag": case})
