"""Månedens tal: what has been published of each month, and the way to publish the next."""

import datetime as dt

import polars as pl
import streamlit as st

from data_access import annotations, published
from data_access.published import PublicationRefused
from ui import access, blocks, exports, notices, state, targets, texts
from ui import published as months

MONTH, PUBLISH = "maaned", "offentliggoer"

scope = access.guard("published")
data, engine = state.current(scope), state.engine()


def ask(month: dt.date) -> None:
    """Remember which month a click wants published: a click is run before the guard, and may not publish."""
    st.session_state[PUBLISH] = month


def publish() -> None:
    """Publish the month that was asked for."""
    month = st.session_state.pop(PUBLISH, None)
    if month is not None and scope.may("publish"):
        with notices.beside(PublicationRefused):
            assessed = state.assessed(scope, days=(published.last_day(month),))
            done = months.publish_month(engine, scope, month, assessed, data.centers)
            st.success(f"Tallene for {texts.month(done.month)} er offentliggjort.", icon=":material/check:")


def own(month: dt.date) -> pl.DataFrame | None:
    """What a head of department knows of own centres in the days of a month; None for who sees all or none."""
    if not (scope.centers and scope.may("figures")):
        return None
    return months.own(state.assessed(scope, days=(published.last_day(month),)), month)


def show(cells: pl.DataFrame, about: str) -> None:
    """A month, theme by theme."""
    centers = months.places(cells)
    for theme, rows in months.lines(cells, annotations.targets(engine, scope)):
        st.header(theme, anchor=False)
        blocks.show(months.as_table(rows, centers, f"{theme}, {about}"))


def preview(month: dt.date) -> None:
    """What would be published, with what will be hidden, and the button that does it."""
    with notices.beside(PublicationRefused):
        assessed = state.assessed(scope, days=(published.last_day(month),))
        ready = months.prepare(engine, scope, month, assessed, data.centers)
        st.markdown(
            f"**{months.hidden_words(ready.cells)}** Tallene kan ses af alle med adgang til siden, og de bliver ikke "
            "lavet om."
        )
        st.button(
            f"Ja, offentliggør {texts.month(month)}", key=f"ja_{month}", type="primary", on_click=ask, args=(month,)
        )
        with st.container(height=360, border=False):
            show(ready.cells, texts.month(month))


def waiting(month: dt.date) -> None:
    """One month that can be published; its numbers are made ready when somebody looks."""
    looking = st.popover(
        f"Offentliggør {texts.month(month)}", key=f"forhaandsvis_{month}", on_change="rerun", width="content"
    )
    if looking.open:
        with looking:
            preview(month)


publish()
done = published.months(engine, scope)
if scope.may("publish"):
    if left := months.unpublished(done, data.view_date):
        with st.container(border=True, key="ikke_offentliggjort"):
            st.markdown("**Ikke offentliggjort endnu.** Se, hvad der bliver skjult, før du siger ja.")
            with st.container(horizontal=True):
                for month in left:
                    waiting(month)
    else:
        coming = targets.next_month(max(publication.month for publication in done))
        st.caption(
            f"Alle hele måneder er offentliggjort. {texts.sentence(texts.month(coming))} kan offentliggøres, når der "
            "er en leverance fra månedens sidste dag eller senere."
        )
if not done:
    st.info(
        "Der er ikke offentliggjort tal endnu. Ungekoordinatoren offentliggør dem måned for måned her på siden.",
        icon=":material/info:",
    )
    st.stop()

names = {texts.month(publication.month): publication for publication in done}
with st.container(horizontal=True, vertical_alignment="bottom"):
    chosen = st.selectbox("Måned", list(names), key=MONTH, bind="query-params", filter_mode=None, width=200)
    publication = names[chosen]
    cells = published.cells(engine, scope, publication.month, own(publication.month))
    exports.offer(
        scope,
        lambda: months.file_rows(cells),
        name="maanedens-tal",
        about={"Indhold": "Månedens tal", "Måned": chosen},
        cases=None,
        key="hent_maanedens_tal",
    )
st.caption(months.published_words(publication, cells))
with st.expander("Hvorfor er noget skjult?"):
    st.markdown(
        "\n".join(
            f"- {texts.plain(line)}" for line in months.why_hidden(publication.threshold, knows_own=bool(scope.centers))
        )
    )
show(cells, chosen)
