"""What comes in a delivery, or is written by a user, is words wherever it is shown: it runs and fetches nothing."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from unittest import mock
from urllib.parse import quote

import polars as pl
import pytest
from playwright.sync_api import Dialog

from data_access import annotations, decisions, handling, tables, views
from data_access.contract import contract_columns
from data_access.database import connect
from data_access.demo import write_deliveries
from data_access.importing import import_delivery
from data_access.models import DELIVERED
from data_access.tables import FULL_SCOPE, Scope
from tests.conftest import PERSON_KEY
from tests.e2e.conftest import Visit, serving
from tests.town import TODAY
from ui import access
from ui.navigation import PLACES

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

BAD = "https://ondt.example"
RUN = "window.ramt=1"
COVER = "position:fixed;inset:0;z-index:99999"
TAGS = [
    # the centres, which stand on most pages, are called as the first ones
    f"<img src={BAD}/a.png>",
    f"<div class=ramt style='{COVER}'>Log ind igen</div>",
    f"<svg><image href={BAD}/c.svg></svg>",
    f"<img srcset={BAD}/b.png>",
    f"<script>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f"<ScRiPt >{RUN}</sCrIpT>",
    f"<script src={BAD}/a.js></script>",
    f"<img src=x onerror={RUN}>",
    f"<svg onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>",
    f"<math><mtext><img src=x onerror={RUN}></mtext></math>",
    f"<body onload={RUN}>",
    f"<iframe src={BAD}></iframe>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
    f"<object data={BAD}/o></object>",
    f"<embed src={BAD}/e>",
    f"<link rel=stylesheet href={BAD}/s.css>",
    f"<style>@import url({BAD}/t.css)</style>",
    f"<style>body{{background:url({BAD}/u.png)}}</style>",
    f"<meta http-equiv=refresh content='0;url={BAD}'>",
    f"<base href={BAD}>",
    f"<form action={BAD}><button>Log ind</button></form>",
    f"<input onfocus={RUN} autofocus>",
    f"<details open ontoggle={RUN}>x</details>",
    f"<video poster={BAD}/v.png></video>",
    f"<audio src=x onerror={RUN}></audio>",
    f"<a href=javascript:{RUN}>x</a>",
    f"<a href={BAD} ping={BAD}/p>x</a>",
    f"<dialog open class=ramt style='{COVER}'>Log ind igen</dialog>",
    f"<template><img src=x onerror={RUN}></template>",
    f"<noscript><p title='</noscript><img src=x onerror={RUN}>'>",
    f"<!--><img src=x onerror={RUN}>-->",
    f"<marquee onstart={RUN}>x</marquee>",
    "<plaintext>",
    "<textarea>",
    f"'><img src=x onerror={RUN}>",
    f'"><svg onload={RUN}>',
    f"' onmouseover={RUN} x='",
    f"&lt;img src=x onerror={RUN}&gt;",
    f"&#60;script&#62;{RUN}&#60;/script&#62;",
    f"%3Cscript%3E{RUN}%3C/script%3E",
]
WORDS = [
    f"![x]({BAD}/m.png)",
    f"[x](javascript:{RUN})",
    f"[Log ind igen]({BAD})",
    f"<{BAD}/autolink>",
    f"[x]: {BAD}/ref",
    f"$\\href{{javascript:{RUN}}}{{x}}$",
    f"$\\includegraphics{{{BAD}/k.png}}$",
    "$$\\def\\x{\\x\\x}\\x$$",
    ":red-background[x] :material/delete: :streamlit:",
    "# Overskrift",
    "***",
    "| a | b |",
    "```",
    "{{7*7}} ${7*7} #{7*7} <%= 7*7 %>",
    f"datum.x');{RUN};//",
    '=HYPERLINK("' + BAD + '";"x")',
    "'; DROP TABLE cases; --",
    "\u202egnilrednes\u202c",
    "a\u200b\u0300\u0489" * 20,
    "langt" * 60,
]
HOSTILE = TAGS + WORDS
SHOWN = ("", "visitation", "afvigelser", "sag", "forfalder-snart", "k-moeder", "udforsk", "beslutninger", "maal")
"""The pages that show what was delivered or written; the others show figures of our own measures."""
KEPT = ("instrument",)
"""What is not changed: the measures look for the instrument's name."""
STRUCK = """() => ({
    ran: Boolean(window.ramt),
    made: [...document.querySelectorAll(
        "[onerror],[onload],[onclick],[onfocus],[ontoggle],[onstart],[onmouseover],iframe,object,embed,base,marquee," +
        "plaintext,noscript img,[href^='javascript'],.ramt,meta[http-equiv=refresh]"
    )].map(one => one.outerHTML.slice(0, 200)),
    leads: [...document.querySelectorAll("[src*='ondt.example'],[href*='ondt.example'],[action],[srcset],[data]")]
        .map(one => one.outerHTML.slice(0, 200)),
    told: document.querySelector("[data-testid=stApp]").textContent.split(/ondt\\.example|window\\.ramt/).length - 1,
})"""


def delivered(template: Path, folder: Path) -> str:
    """The address of a demo municipality in which every text of every table is hostile."""
    shutil.copy(template, folder / "u.db")
    columns = {c for model in DELIVERED for c, source in contract_columns(model).items() if source.kind == "text"}
    changed: dict[str, str] = {}

    def hostile(text: str) -> str:
        return changed.setdefault(text, f"{HOSTILE[len(changed) % len(HOSTILE)]} {len(changed)}") if text else text

    engine = connect(f"sqlite:///{folder}/u.db")
    for delivery in write_deliveries(folder, size="rebild", seed=3, today=TODAY, cases=60, deliveries=1):
        for center in pl.read_csv(delivery / "sager.csv", separator=";", columns=["center"])["center"].unique().sort():
            hostile(center)
        for file in sorted(delivery.glob("*.csv")):
            frame = pl.read_csv(file, separator=";", infer_schema=False)
            texts = [name for name in frame.columns if name in columns and name not in (*KEPT, "cpr", "borgernoegle")]
            frame.with_columns(pl.col(texts).map_elements(hostile, pl.String)).write_csv(file, separator=";")
        import_delivery(engine, delivery, allow_rejections=True, allow_withdrawals=True)
    written(engine, tables.centers(engine)[0])
    engine.dispose()
    return f"sqlite:///{folder}/u.db"


def written(engine: object, center: str) -> None:
    """And what users write: events, a target, handled cases, decisions and shared views."""
    anna = Scope("anna", ("coordinator", "administrator"), None)
    cases = tables.read(engine, FULL_SCOPE, None)["cases"].collect()["case_id"].to_list()
    for number, text in enumerate(HOSTILE):
        short = text[:100]
        if number % 6 == 0:
            on = {"on": TODAY, "kind": "organisation", "title": short[:60], "reason": short}
            annotations.add_event(engine, anna, **on, center=center if number % 12 else None)
            views.save(engine, anna, name=short[:60], form=1, asked={"rows": "center"}, shared=True)
            words = {"title": short[:60], "why": short, "responsible": short[:60]}
            decisions.decide(engine, anna, decided_on=TODAY, **words, do_by=TODAY, measure="first_interview")
        handling.handle(
            engine,
            anna,
            [handling.Unit("first_interview", cases[number % len(cases)], cases[number % len(cases)])],
            state="accepted",
            note=short,
        )
    annotations.set_target(
        engine, anna, measure="first_interview", valid_from=TODAY, rate=0.9, note=f"<img src=x onerror={RUN}>"
    )


def test_sixty_hostile_texts_are_words_where_they_are_shown(
    visit: Callable[..., Visit], sqlite_template: Path, tmp_path: Path
) -> None:
    assert len(set(HOSTILE)) >= 60
    with mock.patch.dict(os.environ, UNGEOVERBLIK_PERSON_KEY=PERSON_KEY):
        url = delivered(sqlite_template, tmp_path)
    engine = connect(url)
    roles = access.demo_roles(tables.centers(engine))
    case = tables.read(engine, FULL_SCOPE, None)["cases"].collect()["case_id"][0]
    engine.dispose()
    wrong, told, dialogs = [], {}, []

    def noted(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    with serving(url) as address:
        visitor = visit(address)
        visitor.page.on("dialog", noted)
        for place in (place for place in PLACES if place.url in SHOWN):
            role = next(name for name in ("Ungekoordinator", *roles) if place.open_to(roles[name]))
            page = visitor.open(f"/{place.url}?rolle={quote(role)}&sag={quote(case)}")
            if page.get_by_role("combobox", name="Formål").count() == 1:
                visitor.say_why()
            found = page.evaluate(STRUCK)
            told[place.url] = found.pop("told")
            if any(found.values()):
                wrong.append((place.url, found))
        assert visitor.external == []
        assert dialogs == []
        assert wrong == []
    assert sum(number > 0 for number in told.values()) >= 5, told
