"""Månedens tal: what has been published of each month and each version, and the way to publish the next."""

import datetime as dt
from functools import partial

import polars as pl
import streamlit as st

from data_access import annotations, published
from data_access.published import Publication, PublicationRefused, Rule
from ui import access, blocks, exports, notices, publishing, state, targets, texts
from ui import published as months

MONTH, VERSION, PUBLISH = "maaned", "version", "offentliggoer"
READY, CORRECT = "klargjort", "ret_tallene"

scope = access.guard("published")
data, engine = state.current(scope), state.engine()
read = partial(state.as_of, scope)
"""Judges all centres, for who may publish; shared between sessions."""


def ask(month: dt.date, written: str | None = None) -> None:
    """Remember which month a click wants published, and the reason written under a key: a click is run before the
    guard, and may not publish.
    """
    st.session_state[PUBLISH] = month, st.session_state.get(written, "") if written else ""
    st.session_state[CORRECT] = False


def newest_version() -> None:
    """Another month is looked at: its newest version."""
    st.session_state.pop(VERSION, None)


def prepared(month: dt.date) -> tuple[publishing.Prepared, int]:
    """A month as it would be published of what is known now, and the delivery it rests on; made anew when either is."""
    asked = (month, data.store, data.mark, len(published.versions(engine, scope)), publishing.threshold())
    known, *kept = st.session_state.get(READY, (None,))
    if known != asked:
        delivery = data.delivery
        assessed = read(data.view_date, delivery, (published.last_day(month),))
        kept = [publishing.prepare(engine, scope, month, assessed, data.centers), delivery]
        st.session_state[READY] = asked, *kept
    ready, delivery = kept
    return ready, delivery


def publish() -> None:
    """Publish the month that was asked for."""
    month, reason = st.session_state.pop(PUBLISH, (None, ""))
    if month is not None and scope.may("publish"):
        with notices.beside(PublicationRefused):
            ready, delivery = prepared(month)
            done = publishing.publish_prepared(engine, scope, ready, read, delivery=delivery, reason=reason)
            newest_version()
            said = "er offentliggjort" if done.version == 1 else f"er rettet: version {done.version} er offentliggjort"
            st.success(f"Tallene for {texts.month(done.month)} {said}.", icon=":material/check:")


def show(cells: pl.DataFrame, counts: pl.DataFrame, about: str, rules: dict[str, Rule] | None = None) -> None:
    """A month, theme by theme, and how many youths it is about."""
    centers = months.places(cells)
    for theme, rows in months.lines(cells, annotations.targets(engine, scope), rules):
        st.header(theme, anchor=False)
        blocks.show(months.as_table(rows, centers, f"{theme}, {about}"))
    if len(counts):
        st.header(months.COUNTED, anchor=False)
        for table in months.counted_tables(counts):
            blocks.show(blocks.matrix(*table, dense=True))


def preview(month: dt.date) -> None:
    """What would be published, with what will be hidden, and the button that does it."""
    with notices.beside(PublicationRefused):
        ready, _ = prepared(month)
        st.markdown(
            f"**{months.hidden_words(ready.cells)}** Tallene kan ses af alle med adgang til siden, og de bliver ikke "
            "lavet om."
        )
        st.button(
            f"Ja, offentliggør {texts.month(month)}", key=f"ja_{month}", type="primary", on_click=ask, args=(month,)
        )
        with st.container(height=360, border=False):
            show(ready.cells, ready.counts, texts.month(month))


def waiting(month: dt.date) -> None:
    """One month that can be published; its numbers are made ready when somebody looks."""
    looking = st.popover(
        f"Offentliggør {texts.month(month)}", key=f"forhaandsvis_{month}", on_change="rerun", width="content"
    )
    if looking.open:
        with looking:
            preview(month)


def correct(standing: Publication) -> None:
    """What a correction of a month would change, the reason for it, and the button that publishes it."""
    looking = st.popover("Ret tallene", icon=":material/edit:", key=CORRECT, on_change="rerun", width="content")
    if not looking.open:
        return
    month, written = standing.month, f"begrundelse_{standing.month}"
    with looking, notices.beside(PublicationRefused):
        cells, counts = published.cells(engine, scope, month), published.counts(engine, scope, month)
        changed = publishing.changes(cells, counts, prepared(month)[0], standing)
        if not changed:
            st.markdown("Det, der er kendt nu, ændrer ikke ved noget, der vises. Der er intet at rette.")
            return
        st.markdown(
            f"Version {standing.version + 1} bliver opgjort af det, der er kendt nu. Version {standing.version} bliver "
            "stående ved siden af, og alle kan se begrundelsen."
        )
        if words := publishing.now_hidden(changed):
            st.warning(words, icon=":material/visibility_off:")
        st.text_input(
            "Hvorfor bliver tallene rettet?",
            key=written,
            max_chars=published.LONGEST_REASON,
            placeholder="Fx: 12 samtaler er registreret for sent",
        )
        st.button(
            f"Ja, offentliggør version {standing.version + 1}",
            key=f"ret_{month}",
            type="primary",
            on_click=ask,
            args=(month, written),
            disabled=not st.session_state.get(written, "").strip(),
        )
        with st.container(height=360, border=False):
            blocks.show(blocks.matrix(*publishing.differences_table(changed, "Bliver"), dense=True))


def check(publication: Publication) -> None:
    """Whether what is shown is as it was published, and comes out the same when it is judged again."""
    for line in published.broken(engine, scope):
        st.error(line, icon=":material/broken_image:")
    differences = publishing.recomputed(
        publication,
        published.cells(engine, scope, publication.month, version=publication.version),
        published.counts(engine, scope, publication.month, publication.version),
        read(publication.view_date, publication.delivery, (published.last_day(publication.month),)),
        purged=published.purged_since(engine, scope, publication.published_at),
    )
    if not differences:
        st.success("Tallene kan genskabes: genregnet nu med samme resultat.", icon=":material/verified:")
        return
    st.error(
        f"Tallene kan ikke genskabes: {texts.counts(len(differences), 'tal er', 'tal er')} anderledes, når de bliver "
        "genregnet nu af det, der var kendt dengang. Det, der er offentliggjort, står, som det er.",
        icon=":material/error:",
    )
    with st.expander("Hvilke tal, og hvorfor?"):
        blocks.show(blocks.matrix(*publishing.differences_table(differences, "Genregnet"), dense=True))


publish()
done = published.months(engine, scope)
if scope.may("publish"):
    if left := publishing.unpublished(done, data.view_date):
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
    chosen = st.selectbox(
        "Måned", list(names), key=MONTH, bind="query-params", filter_mode=None, width=200, on_change=newest_version
    )
    standing = publication = names[chosen]
    kept = {str(each.version): each for each in reversed(published.versions(engine, scope, standing.month))}
    if len(kept) > 1:
        publication = kept[
            st.selectbox("Version", list(kept), key=VERSION, bind="query-params", filter_mode=None, width=100)
        ]
    own = state.own(scope, publication)
    cells = published.cells(engine, scope, publication.month, own, publication.version)
    counts = published.counts(engine, scope, publication.month, publication.version)
    exports.offer(
        scope,
        lambda: months.file_rows(cells, counts, publication.rules),
        name=f"maanedens-tal-{publication.month:%Y-%m}",
        about=months.about(publication, cells),
        cases=None,
        key="hent_maanedens_tal",
    )
    exports.offer_pack(scope, publication, own, "hent_materialet")
    if scope.may("publish"):
        correct(standing)
if publication != standing:
    newer = next(each for each in kept.values() if each.version == publication.version + 1)
    st.warning(texts.plain(months.replaced_words(publication, newer)), icon=":material/history:")
elif publication.reason:
    st.info(texts.plain(f"Rettet: {publication.reason}"), icon=":material/edit:")
st.caption(months.published_words(publication, cells))
checked = st.container()
with st.expander("Hvorfor er noget skjult?"):
    st.markdown(
        "\n".join(
            f"- {texts.plain(line)}" for line in months.why_hidden(publication.threshold, knows_own=bool(scope.centers))
        )
    )
    st.caption(texts.plain(months.made_words(publication)))
show(cells, counts, chosen, dict(publication.rules))
if scope.may("publish"):  # last: what is shown need not wait for it
    with checked:
        check(publication)
