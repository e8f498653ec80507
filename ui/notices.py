"""What is shown instead of figures when there are none to show: in Danish, with what to do about it."""

import streamlit as st

from data_access.database import DatabaseMissing, DatabaseUnavailable, WrongSchema


def unavailable(error: DatabaseUnavailable) -> None:
    """No database, or no connection to it."""
    if isinstance(error, DatabaseMissing):
        st.title("Der er ingen database endnu", anchor=False)
        _first_delivery()
        return
    wrong = isinstance(error, WrongSchema)
    st.title("Databasen passer ikke til programmet" if wrong else "Ingen forbindelse til databasen", anchor=False)
    st.error(str(error), icon=":material/cloud_off:")
    st.button("Prøv igen", icon=":material/refresh:", key="proev_igen")


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
