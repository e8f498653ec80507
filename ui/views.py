"""Saved views of Udforsk: what one keeps, whether what it asks for is still there, and the box where they are kept.

A view is never quietly another than the one that was saved: what there is not any more is said, with what is shown
instead, and a view of which nothing is left is not shown. Each reader sees their own cases in a shared one.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import streamlit as st

from data_access import views
from data_access.tables import Scope
from data_access.views import LONGEST_NAME, InvalidView, View
from ui import data_quality, filters, notices, state, texts
from ui.explore import crosstab, question
from ui.explore.crosstab import NONE
from ui.explore.question import COLUMNS, FIGURES, LABELS, MEASURE, NUMBER, NUMBERS, ROWS, SHOW, SHOWN, Asked, There
from ui.filters import Selection

FORM = 1
"""Of what `kept` gives. A new form needs its step in `UPGRADES`, and views of the old ones stay as they were saved."""
UPGRADES: Mapping[int, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = MappingProxyType({})
"""Form -> what makes the next form of it."""


class CannotOpen(Exception):
    """Nothing of a saved view can be shown; the message is Danish and says why."""


@dataclass(frozen=True)
class Opened:
    """A saved view, as far as there is what it asks for."""

    address: Mapping[str, str]
    """Choice of the page -> its code."""
    filters: Mapping[str, Any]
    """Key of a shared filter -> what it is to stand at; the dates are left out but for a period of one's own."""
    notes: tuple[str, ...]
    """What there is not any more, and what is shown instead."""


def kept(asked: Asked, chosen: Selection, period: str) -> dict[str, Any]:
    """What a view keeps: the choices by their codes; a ready-made period by its name, so that it moves with time."""
    own = period == filters.OWN_DATES
    category = chosen.categories[0] if chosen.categories else None
    return {
        "measure": asked.key,
        "title": FIGURES[asked.key],
        "rows": asked.rows,
        "columns": asked.columns,
        "number": asked.number,
        "show": asked.show,
        "center": chosen.centers[0] if chosen.centers else None,
        "period": period,
        "from": chosen.date_from.isoformat() if own else None,
        "to": chosen.date_to.isoformat() if own else None,
        "category": None if chosen.categories is None else category or NONE,
        "ages": list(chosen.ages[0]) if chosen.ages else None,
    }


def current_form(
    form: int,
    asked: Mapping[str, Any],
    upgrades: Mapping[int, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = UPGRADES,
) -> Mapping[str, Any]:
    """What a view keeps, in the form of today.

    Raises:
        CannotOpen: it was saved by a newer program, or in a form that nobody can read any more.
    """
    if form > FORM:
        raise CannotOpen(
            "Visningen er lavet med en nyere udgave af Ungeoverblik og kan ikke åbnes her. Tal med driften om at "
            "opgradere, eller lav den på ny."
        )
    while form < FORM:
        if form not in upgrades:
            raise CannotOpen("Visningen er lavet med en udgave, som ikke kan læses mere. Lav den på ny.")
        form, asked = form + 1, upgrades[form](asked)
    return asked


def opened(asked: Mapping[str, Any], there: There) -> Opened:
    """What a view in the form of today asks for, held up against what there is now.

    Raises:
        CannotOpen: its measure is gone, and nothing of it is left.
    """
    if str(asked.get("measure")) not in FIGURES:
        title = asked.get("title") or asked.get("measure") or "uden navn"
        raise CannotOpen(f"Nøgletallet »{title}« findes ikke mere. Visningen kan ikke vises.")
    wanted = {
        name: [word] for name, part in PARTS.items() if isinstance(word := asked.get(part), str) and word
    }  # fmt: skip
    found, notes = question.read(wanted, there)
    said = list(notes)
    for name in UNSAID:
        if name not in wanted:
            said.append(f"Visningen siger ikke {UNSAID[name]}. Vist er {_label(name, found)}.")
    chosen: dict[str, Any] = {
        filters.CENTER: _center(asked.get("center"), there, said),
        **_period(asked, there, said),
        filters.CATEGORY: _category(asked.get("category"), said),
        filters.AGE: _ages(asked.get("ages"), said),
    }
    return Opened({name: str(getattr(found, field)) for name, field in FIELDS.items()}, chosen, tuple(said))


PARTS: Mapping[str, str] = MappingProxyType(
    {MEASURE: "measure", ROWS: "rows", COLUMNS: "columns", NUMBER: "number", SHOW: "show"}
)
"""Choice of the page -> its part of what a view keeps."""
FIELDS: Mapping[str, str] = MappingProxyType({**PARTS, MEASURE: "key"})
"""Choice of the page -> its field of `Asked`."""
UNSAID: Mapping[str, str] = MappingProxyType(
    {ROWS: "rækkerne", COLUMNS: "kolonnerne", NUMBER: "tallet i felterne", SHOW: "tabel eller diagram"}
)


def _label(name: str, found: Asked) -> str:
    labels = {ROWS: LABELS, COLUMNS: LABELS, NUMBER: NUMBERS, SHOW: SHOWN}[name]
    return labels[getattr(found, FIELDS[name])]


def _center(name: object, there: There, said: list[str]) -> str:
    if name is None or name == there.whole:
        return there.whole
    if name in there.centers:
        return str(name)
    gone = f"Centret »{name}« findes ikke mere" if there.every_center else "Visningens center er ikke et af dine"
    said.append(f"{gone}. Vist er {there.whole}.")
    return there.whole


def _period(asked: Mapping[str, Any], there: There, said: list[str]) -> dict[str, Any]:
    name = str(asked.get("period"))
    if name in filters.PERIODS:
        return {filters.PERIOD: name}
    gone = f"Perioden »{name}« findes ikke mere"
    if name == filters.OWN_DATES:
        try:
            first, last = (dt.date.fromisoformat(str(asked.get(end))) for end in ("from", "to"))
        except ValueError:
            gone = "Visningens datoer kan ikke læses"
        else:
            if filters.FIRST_DAY <= first <= last <= there.view_date:
                return {filters.PERIOD: name, filters.DATES: (first, last)}
            gone = f"Perioden {texts.period(first, last)} ligger uden for tallene"
    said.append(f"{gone}. Vist er {filters.YEAR}.")
    return {filters.PERIOD: filters.YEAR}


def _category(code: object, said: list[str]) -> str:
    known = {NONE if code is None else code: label for label, code in filters.CATEGORY_CODES.items()}
    if code is None or str(code) in known:
        return filters.ALL_CATEGORIES if code is None else known[str(code)]
    said.append(f"Kategorien »{code}« findes ikke mere. Vist er {filters.ALL_CATEGORIES}.")
    return filters.ALL_CATEGORIES


def _ages(band: object, said: list[str]) -> str:
    if band is None:
        return filters.ALL_AGES
    label = next((label for label, ages in filters.AGES.items() if list(ages) == band), None)
    if label is None:
        said.append(f"Aldersgruppen findes ikke mere. Vist er {filters.ALL_AGES}.")
    return label or filters.ALL_AGES


def in_words(asked: Mapping[str, Any], there: There) -> str:
    """What a view in the form of today asks for, in one line; a centre that is not the reader's is not named."""
    rows, beside = (LABELS.get(str(asked.get(part)), texts.NONE) for part in ("rows", "columns"))
    center, period, category = (asked.get(part) for part in ("center", "period", "category"))
    known = {NONE if code is None else code: label for label, code in filters.CATEGORY_CODES.items()}
    ages = next((label for label, band in filters.AGES.items() if list(band) == asked.get("ages")), None)
    where = there.whole if center is None else str(center)
    if center is not None and center not in there.centers and not there.every_center:
        where = "et andet center"
    if period == filters.OWN_DATES:
        period = f"{asked.get('from')} til {asked.get('to')}"
    title = FIGURES.get(str(asked.get("measure")), str(asked.get("title")))
    words = [title, f"{rows} × {beside}", where, str(period), known.get(str(category)), ages]
    return " · ".join(word for word in words if word)


# --- on the page --------------------------------------------------------------------------------------

OPENED, SAVED = "_view_opened", "_view_saved"
"""Keys in the session: what is to be said of the view that was opened, and of what was just saved."""


@dataclass(frozen=True)
class Said:
    """What the page says of the view that was opened last."""

    scope: Scope
    title: str
    notes: tuple[str, ...]
    refused: bool
    shown: Mapping[str, Any] | None = None
    """What was shown when it had been opened: with another choice it is not that view any more."""


def told(scope: Scope, asked: Asked) -> None:
    """Say which view was opened, in which version and whose, and all that is not as it was saved."""
    if saved := st.session_state.pop(SAVED, None):
        st.success(texts.plain(saved), icon=":material/check:")
    said, now = st.session_state.get(OPENED), _kept_now(asked)
    if not isinstance(said, Said) or said.scope != scope or said.shown not in (None, now):
        st.session_state.pop(OPENED, None)
        return
    st.session_state[OPENED] = replace(said, shown=now)
    lines = "".join(f"\n- {texts.plain(note)}" for note in said.notes)
    if said.refused:
        st.error(f"{texts.plain(said.title)}\n{lines}", icon=":material/error:")
    elif said.notes:
        st.warning(f"{texts.plain(said.title)} Ikke alt er, som da den blev gemt:\n{lines}", icon=":material/warning:")
    else:
        st.info(texts.plain(said.title), icon=":material/bookmark:")


def _kept_now(asked: Asked) -> dict[str, Any]:
    return kept(asked, filters.current(), str(st.session_state.get(filters.PERIOD, filters.YEAR)))


def box(scope: Scope, asked: Asked, there: There) -> None:
    """The saved views, one's own and others', and the way to keep what is shown now."""
    found = views.views(state.engine(), scope)
    with st.popover(f"Gemte visninger ({texts.number(len(found))})", icon=":material/bookmark:", key="gemte_visninger"):
        if found:
            _choose(scope, found, there)
        _save(scope, asked)


def _choose(scope: Scope, found: tuple[View, ...], there: There) -> None:
    """Choose a view, see what it is, open it or one of its earlier versions; change one's own."""
    place = st.selectbox(
        "Visning",
        range(len(found)),
        format_func=lambda n: _name(scope, found[n]),
        key=f"visning_{len(found)}",
        filter_mode=None,
    )
    chosen = found[place if place is not None and place < len(found) else 0]
    every = views.versions(state.engine(), scope, chosen.owner, chosen.name)
    for view in reversed(every):
        newest = view.version == chosen.version
        st.markdown(f"**Udgave {view.version}** · {_day(view)}")
        st.caption(texts.plain(_words(view, there)))
        st.button(
            "Åbn" if newest else f"Åbn udgave {view.version}",
            key=f"aabn_{view.id}",
            type="primary" if newest else "tertiary",
            on_click=open_view,
            args=(scope, view, there),
        )
    if chosen.owner == scope.user:
        with st.container(horizontal=True, gap="small"):
            label = "Del ikke længere" if chosen.shared else "Del med andre"
            if st.button(label, key=f"del_{chosen.id}"):
                with notices.beside(InvalidView):
                    shared = views.share(state.engine(), scope, chosen.name, shared=not chosen.shared).shared
                    _again(
                        f"»{chosen.name}« er {'delt: hver ser sine egne sager i den' if shared else 'ikke delt mere'}."
                    )
            if st.button("Fjern", key=f"fjern_{chosen.id}"):
                with notices.beside(InvalidView):
                    views.remove(state.engine(), scope, chosen.name)
                    _again(f"»{chosen.name}« er fjernet.")
    st.divider()


def _save(scope: Scope, asked: Asked) -> None:
    with st.form("gem_visning", border=False):
        st.markdown("**Gem det, du ser nu**")
        name = st.text_input("Navn", key="visning_navn", max_chars=LONGEST_NAME)
        shared = st.checkbox("Del med andre, der må se nøgletal", key="visning_del")
        st.caption("Et navn, du har brugt før, bliver til en ny udgave. Skriv ikke om enkelte unge.")
        pressed = st.form_submit_button("Gem", type="primary")
    if pressed:
        with notices.beside(InvalidView):
            saved = views.save(state.engine(), scope, name=name, form=FORM, asked=_kept_now(asked), shared=shared)
            _again(f"Gemt: »{saved.name}«, udgave {saved.version}{', delt' if saved.shared else ''}.")


def _again(said: str) -> None:
    st.session_state[SAVED] = said
    st.rerun()


def _name(scope: Scope, view: View) -> str:
    if view.owner != scope.user:
        return f"{view.name} · delt af {view.owner}"
    return f"{view.name} · delt" if view.shared else view.name


def _day(view: View) -> str:
    return texts.date(data_quality.day(view.saved_at))


def _words(view: View, there: There) -> str:
    try:
        return in_words(current_form(view.form, view.asked), there)
    except CannotOpen as refused:
        return str(refused)


def open_view(scope: Scope, view: View, there: There) -> None:
    """Put the page's choices and the shared filters where a view has them, before the page is drawn anew."""
    title = f"Visningen »{view.name}«, udgave {view.version} fra {_day(view)}"
    theirs = view.owner != scope.user
    title += f", delt af {view.owner}: du ser dine egne sager i den." if theirs else "."
    try:
        found = opened(current_form(view.form, view.asked), there)
    except CannotOpen as refused:
        st.session_state[OPENED] = Said(scope, title, (str(refused),), refused=True)
        return
    for name in crosstab.CELL:
        st.query_params.pop(name, None)
    for name, code in found.address.items():
        st.query_params[name] = code
    st.session_state.pop(filters.DATES, None)
    st.session_state.update(found.filters)
    st.session_state[OPENED] = Said(scope, title, found.notes, refused=False)
