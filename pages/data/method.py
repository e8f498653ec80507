"""Metoden: how a row in the case system becomes a figure, for the curious leader."""

import streamlit as st

from ui import access, blocks, method, navigation

access.guard()
st.title("Metoden bag tallene", anchor=False)
st.markdown(
    "For den, der vil vide, hvorfor der er talt, som der er. Alle eksempler er opdigtede, men regnet med de samme "
    "regler som tallene. Hvad hvert nøgletal tæller, og hvad hvert udfald og hver dato betyder, står i Om tallene."
)
navigation.onward("pages/data/definitions.py", "Om tallene")

st.header("Fra en række til et tal", anchor="raekke")
st.markdown("\n".join(f"1. {step}" for step in method.ROW_TO_FIGURE))
st.table(method.rows(), border="horizontal", hide_index=True)
st.markdown(method.said_of_rows())

st.header("Hvorfor antallet altid står ved siden af", anchor="usikkerhed")
st.markdown(method.WHY_BASE)
blocks.show(method.spans())

st.header("Hvad en afvigelse er, og hvad den ikke er", anchor="afvigelse")
st.markdown("\n".join(f"- {sentence}" for sentence in method.DEVIATION_IS))

st.header("Hvad der er uventet", anchor="forventet")
st.markdown(
    "Alle tal går op og ned. Båndet siger, hvor en måned ventes at ligge, hvis intet er ændret; det er bredt, hvor der "
    "er få sager. Kun en måned uden for båndet er værd at forklare."
)
chart, words = method.months_chart()
st.vega_lite_chart(chart.frame, chart.spec, theme=None, key="metode_udvikling", alt=words.replace("**", ""))
st.markdown(words)

st.header("Dem, der stadig venter", anchor="ventetid")
chart, words = method.wait_chart()
st.markdown(words)
st.vega_lite_chart(chart.frame, chart.spec, theme=None, key="metode_ventetid", alt=words.replace("**", ""))
st.markdown("\n".join(f"- {sentence}" for sentence in method.WAIT_RULES))

st.header("Hvorfor noget er skjult", anchor="skjult")
st.markdown(
    "Det, der offentliggøres, læses af flere end dem, der må se sagerne. Små antal er derfor skjult, og det er de tal "
    "også, som de kunne regnes ud af."
)
st.table(method.places(), border="horizontal", hide_index=True)
st.markdown("\n".join(f"- {sentence}" for sentence in method.PUBLISHED))

st.header("Hvad tallene ikke kan sige", anchor="ikke")
st.markdown("\n".join(f"- {sentence}" for sentence in method.CANNOT))

st.header("Kilder", anchor="kilder")
st.markdown("\n".join(f"- {source}" for source in method.SOURCES))
