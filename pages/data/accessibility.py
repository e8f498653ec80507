"""Tilgængelighed: the statement of how far everybody can use the dashboard, and where to say so if one cannot.

The law asks for it (lov nr. 692 af 8. juni 2018) and for its parts; what it says was tested is in
`tests/e2e/test_{every_page,accessibility}.py`.
"""

import datetime as dt
import os
from importlib.metadata import version

import streamlit as st

from ui import access, texts

CONTACT = "UNGEOVERBLIK_CONTACT"
"""Setting: whom to write to, as people read it."""
NOT_ACCESSIBLE = (
    "**Tabeller, der kan vælges i**, som listen over afvigelser, er tegnet som et billede med en skjult tabel bag. "
    "Skærmlæseren får de rækker, der er fremme; de øvrige kommer, når der rulles med piletasterne. I udskrift ses kun "
    "de rækker, der er fremme. De fleste af tabellerne kan hentes som regneark med alle rækker (WCAG 1.3.1 og 4.1.2).",
    "**Rækker** i de tabeller vælges med Skift og mellemrum. Det siges ikke af skærmlæseren (WCAG 3.3.2).",
    "**Grafer** læses op som ét billede med en tekst om det vigtigste. Der kan ikke gås fra punkt til punkt med "
    "tastaturet; tallene bag står i en tabel på samme side (WCAG 2.1.1).",
    "**Kolonner i almindelige tabeller** har overskrifter, men rækkerne har ikke (WCAG 1.3.1).",
    "**Telefonens menu** læses op som links uden at sige, hvor mange der er (WCAG 1.3.1).",
    "**Præsentationer og regneark**, der hentes, er ikke gennemgået. Det samme materiale hentes som PDF med mærkede "
    "overskrifter, tabeller og billedtekster.",
)

access.guard()
REVIEWED = dt.date(2026, 11, 23)
st.title("Tilgængelighed", anchor=False)
st.markdown(
    "Kommunen er forpligtet til at gøre sine websteder tilgængelige efter lov om tilgængelighed af offentlige organers "
    "websteder og mobilapplikationer (lov nr. 692 af 8. juni 2018). Denne tilgængelighedserklæring gælder "
    f"Ungeoverblik, version {version('ungeoverblik')}."
)

st.header("Overensstemmelsesstatus", anchor="status")
st.markdown(
    "Ungeoverblik er **delvist i overensstemmelse** med loven og dermed med standarden EN 301 549 (WCAG 2.1, niveau A "
    "og AA). Der er udviklet efter WCAG 2.2, niveau AA. Undtagelserne står her."
)

st.header("Ikke-tilgængeligt indhold", anchor="undtagelser")
st.markdown("\n".join(f"- {line}" for line in NOT_ACCESSIBLE))
st.markdown(
    "Grunden er den samme for de fem første: tabeller, grafer og menu kommer fra det program, Ungeoverblik er bygget "
    "med (Streamlit), og kan ikke ændres herfra uden at blive skrevet forfra. Der er ikke påberåbt uforholdsmæssigt "
    "stor byrde."
)

st.header("Udarbejdelse af erklæringen", anchor="udarbejdelse")
st.markdown(
    f"Erklæringen er udarbejdet {texts.long_date(REVIEWED)} på grundlag af en selvevaluering, og den er gennemgået "
    "samme dag. Ved hver ændring af Ungeoverblik bliver dette prøvet af et program i en rigtig browser (Chromium):"
)
st.markdown(
    "\n".join(
        f"- {line}"
        for line in (
            "Alle sider i tre bredder (1440, 1024 og 390 pixel) med axe-core, reglerne for WCAG 2.2 niveau A og AA: "
            "ingen fejl.",
            "Opgaverne med tastatur alene: vælge center, finde en afvigelse, åbne sagen og mærke den, hente en fil, "
            "offentliggøre en måned og skrive en beslutning.",
            "Alle grafer og tabeller har en tekst, og alle sider kan læses i 320 pixels bredde uden at rulle sidelæns.",
        )
    )
)
st.markdown("Ungeoverblik er endnu ikke prøvet af mennesker med handicap eller med en skærmlæser.")

st.header("Feedback og kontakt", anchor="kontakt")
st.markdown(
    "Er der noget, du ikke kan læse eller bruge, så skriv, hvilken side det er, og hvad du ville. Du kan også bede om "
    "at få indholdet på en anden måde."
)
contact = os.environ.get(CONTACT, "").strip()
st.markdown(
    f"Skriv til **{texts.plain(contact)}**."
    if contact
    else "Skriv til den i kommunen, der har givet dig adgang til Ungeoverblik."
)

st.header("Håndhævelsesprocedure", anchor="haandhaevelse")
st.markdown(
    "Digitaliseringsstyrelsen fører tilsyn med, at loven bliver overholdt. Får du ikke et svar, du kan bruge, kan du "
    "klage til Digitaliseringsstyrelsen; på digst.dk står hvordan, under webtilgængelighed."
)
