"""The guided first visit: what one sees first, how to choose, the way from number to case, and where to ask.

It opens by itself the first time somebody signs in, and after that only when asked for. A dialog runs again without
the frame and its guard, so it holds these words and no data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import streamlit as st

from data_access.tables import Scope

TITLE = "Rundvisning"
WANTED = "_tour"
"""Key in the session, there while the tour is open."""


@dataclass(frozen=True)
class Step:
    """One thing to know; what stands in »…« stands on the screen."""

    title: str
    text: str


_CHOOSE = Step(
    "Vælg, hvad du ser",
    "Øverst vælger du »Center«, »Periode«, »Kategori« og »Alder«. Valget følger med fra side til side og står i "
    "adressen. »Del visning« giver et link, der viser en kollega det samme.",
)
_TO_CASES = Step(
    "Fra tal til sag",
    "Ved hvert tal står, hvad det er talt af, fx 23 af 25. Tryk på antallet af afvigelser, så kommer sagerne, og på en "
    "sag, så ser du, hvad der skete, og hvornår fristen var. En afvigelse er et spørgsmål: noget er gjort for sent, "
    "eller det er ikke registreret.",
)
_PURPOSE = Step(
    "Hvorfor der spørges om formål",
    "Første gang du åbner sager, vælger du et »Formål«. Hvert opslag bliver skrevet i loggen med navn, tidspunkt og "
    "formål, for en borger har ret til at vide, hvornår og hvorfor nogen har set sagen.",
)
_ASK = Step(
    "Hvor du kan spørge",
    "»Om tallene« siger for hvert nøgletal, hvad der er talt, og efter hvilken lov; derfra fører »Metoden bag tallene« "
    "videre. Kan tallet ikke passe, så spørg dem, der registrerer; mangler du adgang, så spørg kommunens "
    "administrator af Ungeoverblik. »Rundvisning« øverst på siden viser det her igen.",
)
_HIDDEN = Step(
    "Hvorfor noget er skjult",
    "»Skjult« står, hvor et tal kunne sige noget om enkelte unge, eller hvor et andet skjult tal kunne regnes ud af "
    "det. Derfor kan også store tal være skjult. De samme tal er skjult i filerne.",
)

TOURS: Mapping[str, tuple[Step, ...]] = MappingProxyType(
    {
        "coordinator": (
            Step(
                "Det første, du ser",
                "»Overblik« begynder med det, der kan nås i dag: »Kan stadig gøres« er overskredne frister i åbne "
                "sager, og »Forfalder snart« er dem, der endnu kan holdes. Du ser alle centre. »K-møder« viser, hvem "
                "der bør på det næste møde, og på »Månedens tal« offentliggør du en måned, når den er slut.",
            ),
            _CHOOSE,
            _TO_CASES,
            _PURPOSE,
            _ASK,
        ),
        "head": (
            Step(
                "Det første, du ser",
                "»Overblik« begynder med det, der kan nås i dag: »Kan stadig gøres« er overskredne frister i åbne "
                "sager, og »Forfalder snart« er dem, der endnu kan holdes. Du ser dit eget center; de andre står i "
                "»Månedens tal«.",
            ),
            _CHOOSE,
            _TO_CASES,
            _PURPOSE,
            _ASK,
        ),
        "steering": (
            Step(
                "Det første, du ser",
                "»Styregruppen« begynder med månedens fem tal. Derunder står, hvad der har flyttet sig siden sidste "
                "måned, delt i det, der er sket, og det, der er registreret senere eller rettet.",
            ),
            Step(
                "Vælg måneden",
                "»Måned« står øverst på siden. En offentliggjort måned bliver ikke lavet om; en rettelse er en ny "
                "version med en begrundelse. »Hent materialet« giver måneden som PDF, PowerPoint eller Excel.",
            ),
            _HIDDEN,
            Step(
                "Fra tal til beslutning",
                "»Månedens tal« viser hvert nøgletal for hele kommunen og for hvert center. Under »Beslutninger« står, "
                "hvad I har besluttet, og hvad der er sket siden. Enkeltsager ser styregruppen ikke.",
            ),
            _ASK,
        ),
        "administrator": (
            Step(
                "Det første, du ser",
                "»Datagrundlag« siger, hvor frisk hver tabel er, hvor den kom fra, og hvilke rækker der blev afvist "
                "og hvorfor. Du ser hverken tal eller sager.",
            ),
            Step(
                "Giv adgang",
                "Under »Adgang« får en person eller en gruppe fra jeres login en rolle. Fjernes den, gælder det fra "
                "det næste klik. Den, der er spærret, kommer ikke ind, uanset hvad der ellers er givet.",
            ),
            Step(
                "Kommunens egne mål",
                "Under »Mål og hændelser« skriver du mål og datoer, som kurverne viser. Intet bliver overskrevet: hvem "
                "der gemte hvad, står i historikken. Skriv aldrig om en enkelt borger.",
            ),
            Step(
                "Hvor du kan spørge",
                "»Om tallene« siger, hvad hvert nøgletal tæller. Indlæsning, sikkerhedskopi og login er driftens, og "
                "de har deres egen vejledning. »Rundvisning« øverst på siden viser det her igen.",
            ),
        ),
        "protection": (
            Step(
                "Det første, du ser",
                "»Loggen« viser, hvem der har set på sager, hvornår og hvorfor, men ikke hvad der stod i dem. Øverst "
                "står de afviste forsøg.",
            ),
            Step(
                "Find et opslag",
                "Loggen kan afgrænses til en periode, en bruger, en handling eller en sag. At du ser i den, bliver "
                "også skrevet i den.",
            ),
            Step(
                "Svar borgeren",
                "»Til borgeren« giver tidspunkter og formål for én sag, uden de ansattes navne. Skriv sagsnummeret, "
                "aldrig et CPR-nummer. »Er loggen hel?« ser efter, om nogen har ændret den.",
            ),
            Step(
                "Hvor du kan spørge",
                "Hvem der har hvilken rolle, ved kommunens administrator af Ungeoverblik. »Rundvisning« øverst på "
                "siden viser det her igen.",
            ),
        ),
    }
)
"""Role -> its steps. Whoever has several is shown the first of these."""


def steps(scope: Scope) -> tuple[Step, ...]:
    """The tour of somebody's role; empty for who has none."""
    return next((tour for role, tour in TOURS.items() if role in scope.roles), ())


def begin() -> None:
    """Let the tour be open from the next run on, until it is closed."""
    st.session_state[WANTED] = True


def button() -> None:
    """The way to the tour for who wants it."""
    st.button(TITLE, icon=":material/explore:", type="tertiary", key="rundvisning", on_click=begin)


def show(scope: Scope) -> None:
    """Open the tour where it is wanted, beside the page."""
    if WANTED in st.session_state and (tour := steps(scope)):
        _open(tour)


def _close() -> None:
    st.session_state.pop(WANTED, None)


@st.dialog(TITLE, position="right", on_dismiss=_close)
def _open(tour: tuple[Step, ...]) -> None:
    with st.container(key="rundvisning_trin"):
        for number, step in enumerate(tour, start=1):
            st.subheader(f"{number}. {step.title}", anchor=False)
            st.markdown(step.text)
    if st.button("Luk rundvisningen", key="rundvisning_luk", type="primary"):
        _close()
        st.rerun()
