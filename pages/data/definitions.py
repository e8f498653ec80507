"""Om tallene: what each measure counts, and by which law."""

import streamlit as st

from metrics.measures import MEASURES, THEMES
from ui import access, catalogue, choices, definitions, navigation, texts

access.guard()
st.markdown(
    f"Her står, hvordan hvert af de {texts.number(len(MEASURES))} nøgletal er gjort op. Teksten er skrevet af de samme "
    "regler, som tallene er regnet med."
)
with st.container(horizontal=True):
    navigation.onward(navigation.METHOD, "Metoden bag tallene")
    navigation.onward(navigation.ACCESSIBILITY, "Tilgængelighed")
with st.container(key="katalogvalg", gap="small"):
    themes = choices.pick("tema", "Tema", {theme.key: theme.title for theme in THEMES})
    words = st.text_input(
        "Søg i nøgletallene", key="soeg", max_chars=80, placeholder="fx samtale, pålæg eller § 30", bind="query-params"
    )

hits = definitions.found(themes, words or "")
if not hits:
    st.info("Ingen nøgletal med de ord. Prøv et kortere ord, eller vælg et andet tema.", icon=":material/search_off:")
for theme, measures, counts in hits:
    st.header(theme.title, anchor=theme.key)
    st.caption(theme.lead)
    for measure in measures:
        with st.expander(f"**{measure.title}** · {measure.kind}"):
            st.markdown(measure.why)
            st.markdown("\n".join(f"- **{what}**: {said}" for what, said in catalogue.definition(measure)))
    for count in counts:
        with st.expander(f"**{count.title}** · optælling"):
            st.markdown(count.rule)

st.header("Udfald", anchor="udfald")
st.caption("Hver enhed får præcis ét udfald for hvert nøgletal, og alle udfald tilsammen er alle enheder.")
st.table(definitions.outcomes(), border="horizontal", hide_index=True)
st.header("Datoer", anchor="datoer")
st.markdown("\n".join(f"- {sentence}" for sentence in definitions.DATES))
st.header("Usikkerhed", anchor="usikkerhed")
st.markdown("\n".join(f"- {sentence}" for sentence in definitions.UNCERTAINTY))
st.header("Udvikling, sammenligning og ventetid", anchor="udvikling")
st.markdown("\n".join(f"- {sentence}" for sentence in definitions.EXPECTED))
