"""Datagrundlag: what was delivered, how fresh it is, and what was rejected."""

import polars as pl
import streamlit as st

from data_access import deliveries
from ui import access, data_quality, navigation, state, texts

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
    "column": st.column_config.TextColumn("Kolonne", help="Som den hedder i leverancen."),
    "reason": st.column_config.TextColumn("Årsag", width=280),
    "advice": st.column_config.TextColumn("Gør sådan", width=480),
}

scope = access.guard("deliveries", "figures")
engine = state.engine()
taken = deliveries.imports(engine, scope)
fresh = data_quality.freshness(deliveries.newest_per_table(engine, scope), data_quality.today())

newest = taken.row(0, named=True)
said, well = data_quality.verdict(fresh)
age = data_quality.ago((data_quality.today() - newest["extract_date"]).days)
st.text(f"Seneste leverance: {newest['delivery']}, udtrukket {texts.date(newest['extract_date'])} ({age}).")
if well:
    st.success(said, icon=":material/check:")
else:
    st.warning(said, icon=":material/schedule:")

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
    taken.select(
        "import_id",
        "delivery",
        pl.col("source").map_elements(data_quality.source, pl.String),
        "extract_date",
        imported=data_quality.local("imported_at"),
    ),
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

if scope.may("figures"):  # what is missing there counts youths
    st.header("Mangler der noget i det, der er leveret?", anchor=False)
    navigation.onward(navigation.REGISTRATION, "Se tomme felter og sene registreringer")
