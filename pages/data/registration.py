"""Manglende registrering: what is blank, late or odd in the source; nothing of it is a deviation."""

import streamlit as st

from data_access import deliveries
from metrics import registration as found
from ui import access, blocks, data_quality, filters, registration, selected, state, texts

scope = access.guard("figures")
data, cut, assessed = state.current(scope), selected.cut(), selected.assessed(scope)
seen = state.registered(scope, cut.last_day(data.view_date))
blank = found.blank_fields(seen, assessed, cut)
suspected = found.suspected(seen, assessed, cut)
delays = found.delay(seen, cut, "table")
piled = found.last_days(assessed, cut)

st.markdown(
    "Her står det, der mangler i registreringen, eller som kan være tegn på det. **Intet af det er en afvigelse**, og "
    "ingen tal bliver ændret her: ret det i fagsystemet, så retter næste leverance tallene."
)
if suspected.is_empty() and delays.is_empty() and blank.is_empty():
    filters.nothing_selected()
    st.stop()
blocks.show(blocks.strip(registration.strip(blank, suspected, delays, piled)))

st.header("Tomme felter, som et nøgletal skal bruge", anchor="tomme-felter")
st.caption(
    "Så mange kan nøgletallet ikke bedømme, fordi feltet er tomt eller umuligt, af alle dets enheder i udsnittet. Det "
    "er de samme, som nøgletallet kalder »mangler data«. Under feltet står nøgletallet og det system, feltet kom fra."
)
if blank.is_empty():
    st.success("Alle enheder kan bedømmes.", icon=":material/check:")
else:
    sources = data_quality.sources(
        deliveries.newest_per_table(state.engine(), scope), deliveries.imports(state.engine(), scope)
    )
    blocks.show(registration.blank_table(blank, sources, data.centers))

st.header("Måske gjort, men ikke registreret", anchor="tegn")
st.caption("Åbne sager på periodens sidste dag. Et tegn er et spørgsmål til sagen, ikke et svar.")
blocks.show(registration.suspected_table(suspected, data.centers))
registration.show_cases(scope, assessed, seen, cut)

st.header("Hvor længe efter bliver det registreret?", anchor="forsinkelse")
st.caption(
    "Dage fra noget skete, til kilden registrerede det, for det, der er registreret i perioden. Det planlagte, der er "
    "registreret, før det skete, står for sig. Sene registreringer får de nyeste tal til at se dårligere ud, end de er."
)
if delays.is_empty():
    st.info("Ingen registreringsdatoer i udsnittet: kolonnen »registreret« er tom eller ikke leveret.")
else:
    names = [registration.TABLE_NAMES[name] for name in delays["table"]]
    blocks.show(registration.delay_table(delays, "Tabel", names, "Registreringens forsinkelse pr. tabel"))
    tables = dict(zip(delays["table"], names, strict=True))
    chosen = st.selectbox(
        "Delt på center og måned for tabellen",
        list(tables),
        index=list(tables).index("interviews") if "interviews" in tables else 0,
        format_func=tables.__getitem__,
        key="forsinkelse_tabel",
        filter_mode=None,
        width=320,
    )
    by_center = registration.in_order(found.delay(seen, cut, "center", chosen), data.centers)
    by_month = found.delay(seen, cut, "month", chosen)
    places = [texts.center(name) for name in by_center["center"]]
    months = [texts.month(day) for day in by_month["month"]]
    blocks.show(registration.delay_table(by_center, "Center", places, f"{tables[chosen]} pr. center"))
    with st.expander(f"{tables[chosen]} måned for måned", icon=":material/table:", type="compact"):
        blocks.show(registration.delay_table(by_month, "Registreret i", months, f"{tables[chosen]} pr. måned"))

st.header("Datoer på fristens sidste dag", anchor="sidste-dag")
signs = piled.filter("piled")
if signs.is_empty():
    st.markdown(registration.none_piled(piled))
for row in signs.iter_rows(named=True):
    st.markdown(f"**{found.BY_KEY[row['measure']].title}**: {registration.piled_words(row)}")
if not piled.is_empty():
    with st.expander("Alle frister", icon=":material/table:", type="compact"):
        blocks.show(registration.piled_table(piled))
        st.caption(
            "Et tegn bliver kun nævnt, når mindst 20 er overholdt, og tilfældet giver så mange på sidste dag sjældnere "
            "end 1 gang af 740. Lørdage og søndage før fristen tæller ikke med, for da bliver der sjældent arbejdet."
        )
