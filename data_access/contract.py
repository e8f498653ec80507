"""The data contract as text for a supplier: the table part of `docs/leverance.md`, written from the models.

`ungeoverblik docs` writes it into the document again after a change in the models.
"""

from data_access.mapping import contract_columns
from data_access.models import DELIVERED, Case, Row, Source
from data_access.persons import CPR, OWN_KEY

BEGIN, END = "<!-- kontrakt: begynd (skrives af ungeoverblik docs) -->", "<!-- kontrakt: slut -->"

KINDS = {"date": "dato", "flag": "janej", "text": "tekst", "number": "tal", "code": "kode", "codes": "koder med +"}


def contract_markdown() -> str:
    """Every table with its columns, kinds, codes and identity, as Markdown in Danish."""
    return "\n\n".join(_table(model) for model in DELIVERED) + "\n"


def with_contract(document: str) -> str:
    """The document with its generated region written anew."""
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{contract_markdown()}\n{END}{after}"


def _table(model: type[Row]) -> str:
    contract = contract_columns(model)
    keys = ", ".join(name for name, source in contract.items() if source.identity)
    lines = [
        f"### `{model.extract}`",
        "",
        f"Rækkens identitet: {keys}.",
        "",
        "| Kolonne | Type | Skal udfyldes | Bemærkning |",
        "|---|---|---|---|",
        *(
            f"| `{name}` | {KINDS[source.kind]} | {_required(model, source)} | {_remark(source)} |"
            for name, source in contract.items()
        ),
    ]
    return "\n".join(lines)


def _required(model: type[Row], source: Source) -> str:
    if model is Case and source in (CPR, OWN_KEY):
        return "en af de to"
    return "ja" if source.required else ""


def _remark(source: Source) -> str:
    if source.codes:
        return " · ".join(f"`{code}` {label}" for code, label in source.codes.items())
    if source.name == "registreret":
        return "hvornår kilden registrerede rækken"
    if source.kind == "date" and source.ahead:
        return "må ligge efter udtræksdatoen"
    return ""
