"""What is shown instead of figures when there are none to show: in Danish, with what to do about it."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from data_access.database import DatabaseMissing, DatabaseUnavailable, WrongSchema
from ui import access, gauges, navigation

NARROW = 560
"""As wide as two lines that are read at once."""


def unavailable(error: DatabaseUnavailable) -> None:
    """No database, or no connection to it."""
    gauges.unavailable(error)
    if isinstance(error, DatabaseMissing):
        st.title("Der er ingen database endnu", anchor=False)
        _first_delivery()
        return
    wrong = isinstance(error, WrongSchema)
    st.title("Databasen passer ikke til programmet" if wrong else "Ingen forbindelse til databasen", anchor=False)
    st.error(str(error), icon=":material/cloud_off:")
    st.button("Prøv igen", icon=":material/refresh:", key="proev_igen")


def not_admitted(refused: access.NotAdmitted) -> None:
    """Nothing to see for this visitor: why, and the way in or out."""
    _keep_address()
    st.title("Ungeoverblik", anchor=False)
    st.info(str(refused), icon=":material/lock:", width=NARROW)
    if refused.way == "sign_in" and st.button("Log ind", type="primary", icon=":material/login:", key="log_ind"):
        st.login()
    if refused.way == "sign_out" and st.button("Log ud", icon=":material/logout:", key="log_ud"):
        try:
            access.sign_out()
        except DatabaseUnavailable as error:
            st.error(str(error), icon=":material/cloud_off:", width=NARROW)


def _keep_address() -> None:
    """No menu and no page, but every address is known: the browser keeps what was asked for, for after sign-in."""
    empty = [
        st.Page(lambda: None, title="Ungeoverblik", url_path=place.url or None, default=not place.url)
        for place in navigation.PLACES
    ]
    st.navigation(empty, position="hidden").run()


@contextmanager
def beside(refusal: type[Exception]) -> Iterator[None]:
    """What cannot be done is said beside its form, where what was typed still stands: refused, or no database."""
    try:
        yield
    except (refusal, DatabaseUnavailable) as error:
        if isinstance(error, DatabaseUnavailable):
            gauges.unavailable(error)
        st.error(str(error), icon=":material/error:")


def nothing_delivered() -> None:
    """A database without a delivery."""
    st.title("Der er ikke indlæst en leverance endnu", anchor=False)
    _first_delivery()


def _first_delivery() -> None:
    st.info("Overblikket fyldes, når den første leverance er indlæst.", icon=":material/info:")
    st.markdown(
        "Indlæs kommunens udtræk med kommandoen `ungeoverblik import MAPPE`, eller lav en demokommune med "
        "`ungeoverblik demo`. Genindlæs derefter siden."
    )


def failed(number: str) -> None:
    """Something went wrong that nobody foresaw. The number finds it in the server's log."""
    gauges.failed()
    st.error(
        f"Siden kunne ikke vises. Prøv igen; varer det ved, så giv driften fejlnummer {number}.",
        icon=":material/error:",
    )


def never_delivered(names: tuple[str, ...]) -> None:
    """Some tables have never come: what they would tell looks as if it was never done."""
    st.warning(
        f"Aldrig leveret: {', '.join(names)}. Nøgletal, der bygger på dem, viser alt som ikke gjort. "
        "Se siden Datagrundlag.",
        icon=":material/warning:",
    )
