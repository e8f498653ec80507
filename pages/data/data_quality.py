"""Datagrundlag: what was delivered, how fresh it is, and what is missing."""

import streamlit as st

from data_access import blanks, deliveries
from metrics.assess import Cut, year_before
from ui import access, data_quality, state, texts

MOST = 1000
COUNTS = {
    "new": st.column_config.NumberColumn("Nye", format="localized"),
    "changed": st.column_config.NumberColumn("Ændrede", format="localized"),
    "withdrawn": st.column_config.NumberColumn("Udgåede", format="localized"),
    "unchanged": st.column_config.NumberColumn("Uændrede", format="localized"),
    "rejected": st.column_config.NumberColumn("Afviste", format="localized"),
}
DATE = st.column_config.DateColumn("Udtrukket", format="DD-MM-YYYY")
TABLES = {
    "extract": st.column_config.TextColumn("Tabel", pinned=True),
    "status": st.column_config.TextColumn("Status"),
    "extracted": DATE,
    "age": st.column_config.TextColumn("Alder"),
    "imported": st.column_config.TextColumn("Indlæst"),
    **COUNTS,
    "file": st.column_config.TextColumn("Fil"),
}
DELIVERIES = {
    "import_id": st.column_config.NumberColumn("Nr.", format="%d", width=50),
    "delivery": st.column_config.TextColumn("Leverance"),
    "source": st.column_config.TextColumn("Kilde"),
    "extract_date": DATE,
    "imported": st.column_config.TextColumn("Indlæst"),
}
REJECTED = {
    "file": st.column_config.TextColumn("Fil"),
    "row": st.column_config.NumberColumn(
        "Række", format="localized", help="Som Excel tæller: overskriften er række 1."
    ),
    "column": st.column_config.TextColumn("Kolonne"),
    "reason": st.column_config.TextColumn("Årsag", width=280),
    "advice": st.column_config.TextColumn("Gør sådan", width=480),
}

scope = access.guard("deliveries", "figures")
data, engine = state.current(scope), state.engine()
taken = deliveries.imports(engine, scope)
fresh = data_quality.freshness(deliveries.newest_per_table(engine, scope), data_quality.today())

newest = taken.row(0, named=True)
said, well = data_quality.verdict(fresh)
age = data_quality.ago((data_quality.today() - newest["extract_date"]).days)
st.text(f"Seneste leverance: {newest['delivery']}, udtrukket {texts.date(newest['extract_date'])} ({age}).")
if well:
    st.success(said, icon=":material/check:")
else:
    st.warning(f"{said} Bed om en ny leverance, før tallene bruges.", icon=":material/schedule:")

st.header("Tabeller", anchor="tabeller")
st.caption("Den seneste leverance af hver tabel, og hvad den ændrede.")
st.dataframe(
    fresh,
    hide_index=True,
    placeholder=texts.NONE,
    column_config=TABLES,
    height=38 + 35 * fresh.height,
    alt="Seneste leverance pr. tabel",
)

st.header("Leverancer", anchor="leverancer")
st.dataframe(
    taken.select("import_id", "delivery", "source", "extract_date", imported=data_quality.local("imported_at")),
    hide_index=True,
    column_config=DELIVERIES,
    alt="Alle leverancer, de nyeste øverst",
)

st.header("Afviste rækker", anchor="afviste")
names = dict(taken.select("import_id", "delivery").iter_rows())
number = st.selectbox("Leverance", list(names), format_func=lambda n: f"{n}. {names[n]}", width=360, key="leverance")
rejected = deliveries.rejections(engine, scope, number)
if rejected.is_empty():
    st.success("Alle rækker i leverancen er indlæst.", icon=":material/check:")
else:
    problems = texts.counts(rejected.height, "fejl", "fejl")
    more = f" Her vises de første {texts.number(MOST)}." if rejected.height > MOST else ""
    st.caption(f"{problems}. En række kan have flere.{more} Ret dem i kildesystemet; de kommer med næste gang.")
    st.dataframe(
        rejected.head(MOST).select(list(REJECTED)), hide_index=True, column_config=REJECTED, alt="Afviste rækker"
    )

if not scope.may("figures"):  # what follows counts youths
    st.stop()

st.header("Mangler data", anchor="mangler")
cut = Cut(year_before(data.view_date), data.view_date)
unknown = data_quality.unknown(state.assessed(scope), cut, data.centers)
period = texts.period(cut.date_from, cut.date_to)
st.caption(f"Enheder, som ikke kan bedømmes, fordi en oplysning mangler eller er umulig. {period}.")
if unknown.is_empty():
    st.success("Alle enheder kan bedømmes.", icon=":material/check:")
else:
    headings = {"theme": "Tema", "title": "Nøgletal"}
    st.dataframe(
        unknown.rename(headings),
        hide_index=True,
        placeholder=texts.NONE,
        column_config={"Nøgletal": st.column_config.TextColumn(pinned=True)},
        alt="Enheder uden data, pr. nøgletal og center",
    )

st.header("Tomme felter i åbne sager", anchor="tomme-felter")
st.caption("Felter, der skal svares ja eller nej til. Et tomt felt er ikke altid en fejl, men det kan ikke bedømmes.")
empty = data_quality.blanks(blanks.blank_fields(engine, scope), data.centers)
if empty.is_empty():
    st.success("Ingen tomme felter.", icon=":material/check:")
else:
    st.dataframe(
        empty.rename({"extract": "Tabel", "column": "Felt"}),
        hide_index=True,
        placeholder=texts.NONE,
        column_config={"Felt": st.column_config.TextColumn(pinned=True)},
        alt="Tomme felter i åbne sager, pr. felt og center",
    )
