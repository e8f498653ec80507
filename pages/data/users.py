"""Adgang: who has which role, and the way to give one, to take it back and to block somebody."""

from collections.abc import Mapping, Sequence

import streamlit as st

from data_access import grants, tables
from data_access.grants import LONGEST_CLAIM, LONGEST_VALUE, ROLES, Granted, InvalidGrant
from ui import access, notices, state, texts, users

REMOVE = "fjern_adgang"
NARROW, WIDE = 260, 420
STANDING = {
    "role": st.column_config.TextColumn("Rolle", width=120),
    "value": st.column_config.TextColumn("Værdi", width=290),
    "claim": st.column_config.TextColumn("Oplysning", width=90),
    "center": st.column_config.TextColumn("Center", width=270),
    "since": st.column_config.TextColumn("Siden", width=150),
    "by": st.column_config.TextColumn("Givet af", width=150),
}
HISTORY = {
    "at": st.column_config.TextColumn("Hvornår", width=150),
    "change": st.column_config.TextColumn("Ændring", width=75),
    "by": st.column_config.TextColumn("Af", width=150),
    **{field: STANDING[field] for field in ("role", "value", "claim", "center")},
}

scope = access.guard("users")
engine = state.engine()
centers = tables.centers(engine)


def confirm(what: str) -> None:
    """Say what was saved, in the words that were read back."""
    st.success(texts.plain(what), icon=":material/check:")


def pick(label: str, options: Mapping[str, str], key: str, width: int = NARROW, index: int | None = None) -> str | None:
    """A field for one of the codes in code -> label."""
    return st.selectbox(
        label, list(options), index, options.__getitem__, key=key, placeholder="Vælg", width=width, filter_mode=None
    )


def give() -> None:
    """The form: what people are known by and which role come first, as the other fields follow from them."""
    with st.container(horizontal=True):
        known_by = pick("Kendes i login på", users.CLAIMS, "adgang_kendes", index=0)
        role = pick("Rolle", ROLES, "adgang_rolle")
    st.caption(users.MAY[role] if role else "Vælg en rolle for at se, hvad den giver.")
    label, example = users.VALUES[known_by]
    claim, center = known_by, None
    with st.form(f"adgang_{known_by}", border=False, enter_to_submit=False):
        with st.container(horizontal=True):
            if not known_by:
                claim = st.text_input("Oplysningens navn", key="adgang_claim", max_chars=LONGEST_CLAIM, width=NARROW)
            value = st.text_input(
                label, key=f"adgang_vaerdi_{known_by}", max_chars=LONGEST_VALUE, placeholder=example, width=WIDE
            )
            if role == "head":
                center = pick("Center", {name: name for name in centers}, "adgang_center", WIDE)
        asked = st.form_submit_button("Spær" if role == "blocked" else "Giv adgang", type="primary")
    if asked:
        with notices.beside(InvalidGrant):
            confirm(users.saved(grants.grant(engine, scope, claim=claim, value=value, role=role or "", center=center)))


def pick_to_remove(standing: Sequence[Granted]) -> None:
    """One grant, and the way to take it back."""
    by_number = {each.number: users.named(each) for each in standing}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.selectbox(
            "Adgang eller spærring",
            list(by_number),
            index=None,
            format_func=by_number.__getitem__,
            key="adgang_fjernes",
            placeholder="Vælg",
            width=700,
        )
        if number is not None:
            with st.popover("Fjern", key=f"fjern_{number}"):
                st.markdown(texts.plain(by_number[number]))
                st.markdown("Den holder op med at gælde ved næste klik. Den bliver stående i historikken.")
                st.button("Ja, fjern den", key=f"ja_{number}", type="primary", on_click=ask, args=(number,))


def ask(number: int) -> None:
    """Remember which grant a click wants removed: a click is run before the guard, and may not save."""
    st.session_state[REMOVE] = number


def remove() -> None:
    """Take back the grant that was asked for."""
    number = st.session_state.pop(REMOVE, None)
    if number is not None:
        with notices.beside(InvalidGrant):
            gone = next((each for each in grants.standing(engine, scope) if each.number == number), None)
            grants.revoke(engine, scope, number)
            if gone:
                confirm(users.removed(gone))


st.markdown(
    "Adgang gives efter det, login siger om en person: en approlle, en gruppe eller en e-mailadresse. Har en person "
    "flere adgange, lægges de sammen; er personen spærret, gælder ingen af dem. Hvem der har en approlle eller er i en "
    "gruppe, bestemmes i kommunens eget brugerkartotek."
)
st.info(
    "Hver ændring bliver skrevet i loggen og står i historikken nedenfor med navn og tidspunkt, også når en "
    "administrator giver sig selv en rolle.",
    icon=":material/history:",
)
st.header("Har adgang nu", anchor="adgang-nu")
remove()
listed = st.container()  # filled last, so that what has just been saved is in it
with st.container(border=True, key="giv_adgang"):
    st.subheader("Giv adgang, eller spær en person", anchor=False)
    give()
standing = users.in_order(grants.standing(engine, scope))
with listed:
    if standing:
        rows = users.standing(standing, centers)
        st.dataframe(
            rows, hide_index=True, placeholder=texts.NONE, column_config=STANDING, alt="Hvem der har adgang nu"
        )
    else:
        st.info("Ingen har fået adgang endnu. Giv den første nedenfor.", icon=":material/info:")
if standing:
    with st.container(border=True, key="fjern_adgang_felt"):
        st.subheader("Fjern en adgang eller en spærring", anchor=False)
        pick_to_remove(standing)
if changes := grants.history(engine, scope):
    with st.expander("Historik: alle ændringer"):
        alt = "Alle ændringer af adgang, de nyeste øverst"
        st.dataframe(users.history(changes), hide_index=True, placeholder=texts.NONE, column_config=HISTORY, alt=alt)
