"""The catalogue as a reader searches it: which measures a theme or a word finds. Knows no Streamlit."""

from metrics import trend
from metrics.measure import BASE, DEVIATIONS, Distribution, Measure, Theme, Waiting
from metrics.measures import THEMES
from ui import catalogue, texts

UNCERTAINTY = (
    "Ved hver andel står, hvad den er talt af: »23 af 25«.",
    f"Under {texts.FEW} i grundlaget vises ingen procent, og {texts.FEW}–{texts.UNCERTAIN - 1} vises med usikkerhed. "
    f"Først fra {texts.UNCERTAIN} bliver andelen sammenlignet med andre.",
    "Usikkerheden er et 95 %-interval (Wilson). »Usikkerhed 75–98 %« betyder, at andelen lige så vel kunne være "
    "80 % med så få sager.",
    "Ligger hele spændet over landstallet, står der »tydeligt over«; ligger det under, »tydeligt under«. "
    "Ellers kan de to tal ikke skelnes.",
    "Er mere end 5 % af enhederne uden de nødvendige oplysninger, vises det, hvad andelen mindst og højst kan være.",
    "Et tomt grundlag giver ingen andel: der står »intet grundlag«, aldrig 0 %.",
)
"""How uncertainty is said, a sentence each."""

EXPECTED = (
    f"Det forventede niveau er andelen i de første {trend.BASELINE} måneder med mindst {trend.JUDGED_FROM} i "
    "grundlaget. Det flytter sig ikke af sig selv: kun når reglen ændres, eller når I beslutter det på siden Mål og "
    "hændelser.",
    "Det grå bånd viser, hvor en måned ventes at ligge, når intet er ændret. Båndet er bredt, når der er få sager.",
    "En måned uden for båndet er **lavere** eller **højere end forventet**. Ved et rent tilfælde sker det over 2 år "
    "for højst 2 af 100 nøgletal med op til 20 sager om måneden og for højst 4 af 100 med flere: se efter en årsag.",
    f"{trend.RUN} måneder eller flere i træk på samme side bedømmes samlet: de kan være uden for det forventede, "
    "selv om ingen af dem er det alene.",
    "Er et udfald så sjældent, at det kommer under én gang om måneden, vises kvartaler eller år i stedet.",
    f"En måned med under {trend.JUDGED_FROM} i grundlaget tegnes hul og bedømmes ikke; det gør en foreløbig måned "
    "heller ikke.",
    "Kommunens eget mål er en linje fra den dag, det gælder. Mærket holder hele perioden op mod det mål, der gælder "
    "ved periodens slutning.",
    "Et center vises ved siden af de øvrige centre samlet. Forskellen kan skyldes, at de har andre sager: se kategori "
    "og alder, før den lægges et center til last.",
    "Ventetid måles også for dem, der stadig venter. »Ikke nået« betyder, at under halvdelen er nået frem endnu. "
    "En sag, der slutter uden samtale, tæller som aldrig nået.",
)
"""What is signal and what is noise, a sentence each; Markdown."""

DATES = (
    "**Opgjort pr.** er den dag, tallene ser ud fra. Hvad der er sket efter den dag, tæller ikke med.",
    "**Som kendt pr.** er, hvad der var registreret. Samme to datoer giver altid samme tal.",
    "En **frist** tæller på fristdagen, og først når den er passeret. Fristdagen selv er i tide.",
    "En måned, der ikke er slut, er foreløbig.",
    "En **regel, der er ophørt**, dækker ikke det, der begynder efter dens sidste dag. Historikken bliver stående, og "
    f"kurven brydes. Er ophævelsen kun ventet, står der »{texts.UNCHECKED}«, og tallet stopper på den ventede dag.",
)
"""What the dates behind a figure mean; Markdown."""


def found(themes: tuple[str, ...], words: str) -> list[tuple[Theme, list[Measure], list[Distribution | Waiting]]]:
    """The themes asked for (none: all) with the measures and counts that hold every word, whatever their case."""
    wanted = words.casefold().split()
    hits: list[tuple[Theme, list[Measure], list[Distribution | Waiting]]] = []
    for theme in THEMES:
        if themes and theme.key not in themes:
            continue
        measures = [m for m in theme.measures if _holds(wanted, m.key, m.title, m.why, *_sentences(m))]
        every: tuple[Distribution | Waiting, ...] = (*theme.waits, *theme.distributions)
        counts = [c for c in every if _holds(wanted, c.key, c.title, c.rule)]
        if measures or counts:
            hits.append((theme, measures, counts))
    return hits


def _sentences(measure: Measure) -> list[str]:
    return [f"{heading} {sentence}" for heading, sentence in catalogue.definition(measure)]


def _holds(words: list[str], *text: str) -> bool:
    whole = " ".join(text).casefold()
    return all(word in whole for word in words)


def outcomes() -> list[dict[str, str]]:
    """The outcomes with their meaning, and whether they count in the base and as a deviation."""
    return [
        {
            "Udfald": word,
            "Betyder": texts.OUTCOME_MEANINGS[code],
            "I grundlaget": "ja" if code in BASE else "nej",
            "Afvigelse": "ja" if code in DEVIATIONS else "nej",
        }
        for code, word in texts.OUTCOMES.items()
    ]
