"""The catalogue of measures in words, for the page "Om tallene", the command line and the generated docs."""

from pathlib import Path
from typing import Any

from data_access.contract import with_contract
from metrics.measure import Measure
from metrics.measures import THEMES
from ui import texts

SOURCES = {
    "register": "Register: beregnet af datoer og koder for alle sager",
    "tilsyn": "Tilsyn: en faglig vurdering, læst i det registrerede felt",
}


def as_rows() -> list[dict[str, Any]]:
    """One dictionary a measure, for machines: key, theme, title, kind, rule, base and the rest."""
    return [
        {
            "measure": measure.key,
            "theme": theme.key,
            "title": measure.title,
            "breach": measure.breach,
            "kind": measure.kind,
            "unit": measure.of,
            "rule": measure.rule,
            "base": measure.base,
            "exclusions": measure.exclusions,
            "why": measure.why,
            "legal_basis": measure.legal_basis,
            "source": measure.source,
            "lower_is_better": measure.lower_is_better,
            "life": {
                "valid_from": measure.life.valid_from,
                "valid_to": measure.life.valid_to,
                "legal_basis": measure.life.legal_basis,
                "checked": measure.life.checked,
            },
            "local_limit": bool(measure.limit and measure.limit.local),
            "note": measure.note,
            "versions": [
                {
                    "length": version.words(),
                    "legal_basis": version.legal_basis,
                    "valid_from": version.valid_from,
                    "checked": version.checked,
                }
                for version in measure.versions
            ],
            "benchmarks": [
                {
                    "area": benchmark.area,
                    "rate": benchmark.rate,
                    "audit_rate": benchmark.audit,
                    "not_comparable": benchmark.not_comparable,
                    "source": benchmark.source,
                }
                for benchmark in measure.benchmarks
            ],
        }
        for theme in THEMES
        for measure in theme.measures
    ]


def definition(measure: Measure) -> list[tuple[str, str]]:
    """ "Sådan er tallet opgjort": heading and sentence, in the order a reader asks."""
    lines = [("Regel", measure.rule), ("Grundlag", measure.base)]
    if measure.exclusions:
        lines.append(("Ikke med", measure.exclusions))
    lines.append(("Tæller", _when(measure)))
    lines.append(("Lovhjemmel", measure.legal_basis))
    if measure.life.valid_to:
        lines.append(("Gælder", texts.rule_life(measure.life)))
    if measure.versions:
        local = " (lokal frist)" if measure.limit and measure.limit.local else ""
        lines.append((f"Frist{local}", "; ".join(texts.rule_version(version) for version in measure.versions)))
    lines.append(("Kilde", SOURCES[measure.source]))
    lines.extend((f"Sammenligning, {benchmark.area}", texts.benchmark(benchmark)) for benchmark in measure.benchmarks)
    if measure.note:
        lines.append(("Bemærk", measure.note))
    return lines


def _when(measure: Measure) -> str:
    if measure.stock:
        return "På periodens sidste dag (højst opgørelsesdagen), blandt dem, der er med den dag."
    if measure.kind == "frist":
        return (
            "På fristens dag, og først når fristen er passeret. En sag, hvis frist ikke er passeret, er ikke forfalden."
        )
    return "På dagen for hændelsen."


def measures_markdown() -> str:
    """The catalogue as a Danish page."""
    parts = [
        "# Nøgletallene",
        "Denne side er skrevet af programmet ud fra erklæringerne i `metrics/measures/`. Ret dem, ikke siden: "
        "`ungeoverblik docs`.",
    ]
    for theme in THEMES:
        parts += [f"## {theme.title}", theme.lead]
        for measure in theme.measures:
            lines = [f"- **{heading}**: {sentence}" for heading, sentence in definition(measure)]
            parts += [f"### {measure.title}\n\n`{measure.key}` · {measure.kind}", measure.why, "\n".join(lines)]
        if theme.distributions or theme.waits:
            counted = [
                *(f"- **{figure.title}** (`{figure.key}`): {figure.rule}" for figure in theme.distributions),
                *(f"- **{wait.title}** (`{wait.key}`): {wait.rule}" for wait in theme.waits),
            ]
            parts += [f"### Optællinger under {theme.title}", "\n".join(counted)]
    return "\n\n".join(parts) + "\n"


def write_docs(folder: Path, *, check: bool) -> list[str]:
    """Write the generated pages; returns the names of those that were out of date (with `check`: left as is)."""
    contract = (folder / "leverance.md").read_text(encoding="utf-8")
    stale = []
    for name, wanted in (("noegletal.md", measures_markdown()), ("leverance.md", with_contract(contract))):
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != wanted:
            stale.append(name)
            if not check:
                path.write_text(wanted, encoding="utf-8")
    return stale
