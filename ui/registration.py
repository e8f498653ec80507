"""Manglende registrering in words: blank fields, what may be missing, how late it is registered, and piled dates.

Nothing is counted here: `metrics.registration` does. Nothing here is a deviation, and the page says so.
"""

from collections.abc import Mapping, Sequence
from html import escape

import polars as pl
import streamlit as st

from data_access.models import DELIVERED
from data_access.tables import Scope
from metrics import registration
from metrics.assess import BY_KEY, Assessed, Cut
from metrics.registration import FIELDS, LATE, PILED_FROM, SUSPICIONS, Registration, Suspicion
from ui import blocks, looks, texts
from ui.data_quality import TABLES

LABELS = {
    "has_youth_education": "har en ungdomsuddannelse",
    "perspective": "den unges perspektiv",
    "reasoned": "faglig begrundelse",
    "other_grounds": "grundlag",
    "order_followed_up": "pålæg fulgt op",
    "education_focus": "uddannelsesfokus",
    "resources_discussed": "ressourcer drøftet",
    "job_discussed": "job drøftet",
    "needed": "behov for test",
    "exempted_on": "dato for den gyldige grund",
    "course_needed": "behov for kursus",
    "fulfilment_due": "frist (tom eller før pålægget)",
    "deadline_reasoned": "frist begrundet",
    "individually_assessed": "individuel vurdering",
    "purpose_stated": "formål",
    "decision_undated": "dato for afgørelsen",
    "sanctioned": "sanktion",
    "no_show_cases.sanctioned": "sanktion eller dato for afgørelsen",
    "has_agreements": "aftaler",
    "has_education_goal": "uddannelsesmål",
    "goal_due_reasoned": "frist for mål begrundet",
    "holds_order": "pålæg i planen",
    "ordered": "pålagt at begynde",
    "break_reasonable": "rimelig grund til afbrud",
    "caseworkers_in_year": "sagsbehandler",
    "coordinator_named": "koordinerende sagsbehandler udpeget",
    "guide_named": "ungeguide udpeget",
    "agreements.due": "frist (før mødet)",
}
"""Key of `FIELDS` -> what the field is called in plain Danish."""
TABLE_NAMES = {str(model.__tablename__): TABLES[model.extract] for model in DELIVERED}
"""Table -> its name in plain Danish."""
TOTAL = "I alt"
MOST = 25
"""Cases listed under a suspicion."""


# --- what all parts share -----------------------------------------------------------------------------


def places(rows: pl.DataFrame, centers: Sequence[str]) -> list[str | None]:
    """The centres that occur, in the given order, None last; none where there is one only."""
    present = set(rows["center"])
    found: list[str | None] = [name for name in centers if name in present]
    found += [None] if None in present else []
    return found if len(found) > 1 else []


def _per_place(heading: str, lines: Sequence[tuple[str, pl.DataFrame]], shown: Sequence[str | None], what: str) -> str:
    """A row a line: all centres together, then each: `3 af 25`. The lines' frames have center, count and of."""
    rows = []
    for name, frame in lines:
        by_place = {center: (count, of) for center, count, of in frame.select("center", "count", "of").iter_rows()}
        every = (sum(count for count, _ in by_place.values()), sum(of for _, of in by_place.values()))
        rows.append((name, [_counted(*every), *(_counted(*by_place.get(place, (0, 0))) for place in shown)]))
    return blocks.matrix([heading, TOTAL, *map(texts.center, shown)], rows, what)


def _counted(count: int, of: int) -> str:
    if not of:
        return texts.NONE
    said = texts.counted(count, of)
    return f"<b>{said}</b>" if count else f"<span>{said}</span>"


def _named(title: str, note: str) -> str:
    return f"{escape(title)}<small>{escape(note)}</small>"


def strip(
    blank: pl.DataFrame, suspected: pl.DataFrame, delays: pl.DataFrame, piled: pl.DataFrame
) -> list[tuple[str, str, str]]:
    """The page in four numbers. `delays` per table; all as `metrics.registration` counts them."""
    after, late = int(delays["after"].sum()), int(delays["late"].sum())
    judged = piled.filter(pl.col("met") >= PILED_FROM)
    return [
        ("Kan ikke bedømmes", texts.number(int(blank["blank"].sum())), "enheder med et tomt felt"),
        ("Mulige mangler", texts.number(int(suspected["cases"].sum())), "spørgsmål til åbne sager"),
        ("Registreret over 14 dage efter", texts.rate_value(late, after), texts.counted(late, after) + " rækker"),
        ("Ophobede datoer", texts.counted(int(piled["piled"].sum()), judged.height), "frister, der kan vurderes"),
    ]


# --- blank fields -------------------------------------------------------------------------------------


def field(keys: Sequence[str]) -> str:
    """`Samtaler: pålæg fulgt op`; with several blank at once `… og …`."""
    tables = dict.fromkeys(TABLE_NAMES[FIELDS[key].table] for key in keys)
    return f"{' og '.join(tables)}: {' og '.join(LABELS[key] for key in keys)}"


def blank_table(rows: pl.DataFrame, sources: Mapping[str, str], centers: Sequence[str]) -> str:
    """The fields that a measure needs and how often they are blank, by table. `rows` as `blank_fields` gives;
    `sources`: table -> the system that delivered it."""
    order = list(TABLE_NAMES)
    parts = [
        (keys.to_list(), str(measure), frame.rename({"blank": "count", "units": "of"}))
        for (keys, measure), frame in (
            ((part["fields"][0], part["measure"][0]), part)
            for part in rows.partition_by("measure", "fields", maintain_order=True)
        )
    ]
    parts.sort(key=lambda part: (order.index(FIELDS[part[0][0]].table), list(FIELDS).index(part[0][0])))
    lines = [
        (_named(field(keys), f"{BY_KEY[measure].title} · {_source(keys, sources)}"), frame)
        for keys, measure, frame in parts
    ]
    what = "Enheder, der ikke kan bedømmes, af alle nøgletallets enheder, pr. felt og center"
    return _per_place("Felt", lines, places(rows, centers), what)


def _source(keys: Sequence[str], sources: Mapping[str, str]) -> str:
    return " og ".join(dict.fromkeys(sources.get(FIELDS[key].table, texts.NONE) for key in keys))


# --- suspicions ---------------------------------------------------------------------------------------


def suspected_table(rows: pl.DataFrame, centers: Sequence[str]) -> str:
    """How many open cases stand under each suspicion, per centre. `rows` as `suspected` gives."""
    counted = rows.rename({"cases": "count"})
    lines = [(_named(each.title, each.text), counted.filter(pl.col("suspicion") == each.key)) for each in SUSPICIONS]
    return _per_place("Tegn", lines, places(rows, centers), "Åbne sager med tegnet, af alle åbne sager, pr. center")


def show_cases(scope: Scope, assessed: Assessed, found: Registration, cut: Cut) -> None:
    """The cases under each suspicion, one click away: asked why, and logged."""
    if not scope.may("cases"):
        return
    rows = registration.listed(found, cut)
    for each in SUSPICIONS:
        mine = rows.filter(pl.col("suspicion") == each.key)
        if mine.is_empty():
            continue
        label = f"{each.title}: {texts.counts(mine.height, 'sag', 'sager')}"
        box = st.expander(
            label, icon=":material/folder_open:", key=f"tegn_{each.key}", on_change="rerun", type="compact"
        )
        if box.open:
            with box:
                if mine.height > MOST:
                    st.caption(f"De første {texts.number(MOST)}; vælg et center for at se resten.")
                looks.lines(scope, assessed, case_lines(each, mine.head(MOST)), f"tegn_{each.key}")


def case_lines(each: Suspicion, rows: pl.DataFrame) -> list[tuple[str, str]]:
    """Case and words: the centre, and the day of the trace where it has one."""
    begun = {"no_show": "udeblivelse", "interview": "seneste samtale"}.get(each.key)
    lines = []
    for case, center, since in rows.select("case_id", "center", "since").iter_rows():
        words = texts.center(center)
        if since is not None and begun:
            words += f" · {begun} {texts.date(since)}"
        elif each.key == "interview":
            words += " · ingen samtale registreret"
        lines.append((case, words))
    return lines


# --- registration delay -------------------------------------------------------------------------------

DELAYS = ("Rækker", "Halvdelen senest", *(f"Over {days} dage" for days in LATE), "Før det skete")


def delay_table(rows: pl.DataFrame, heading: str, names: Sequence[str], caption: str) -> str:
    """How late rows are registered, a group a row. `rows` as `delay` gives; `names` = their groups in words."""
    return blocks.matrix(
        [heading, *DELAYS],
        [(escape(name), _delay(row)) for name, row in zip(names, rows.iter_rows(named=True), strict=True)],
        caption,
        dense=True,
    )


def _delay(row: Mapping[str, float | int | None]) -> list[str]:
    after = int(row["after"] or 0)
    if row["median"] is None:
        shares = ["<span>for få</span>", *([texts.NONE] * len(LATE))]
    else:
        shares = [f"<b>{_days(float(row['median']))}</b>"]
        shares += [
            f"{texts.percent(share)} <span>({texts.number(round(share * after))})</span>"
            for days in LATE
            for share in [float(row[f"over_{days}"] or 0)]
        ]
    return [texts.number(after), *shares, texts.number(int(row["ahead"] or 0))]


def _days(median: float) -> str:
    if median == 0:
        return "samme dag"
    whole = int(median)
    return texts.days(whole) if median == whole else f"{texts.number(median, 1)}{texts.SPACE}dage"


def in_order(rows: pl.DataFrame, centers: Sequence[str]) -> pl.DataFrame:
    """The centres' rows in organisational order; those without one last."""
    place = {name: number for number, name in enumerate(centers)}
    return rows.sort(
        pl.col("center").replace_strict(place, default=len(place), return_dtype=pl.Int64), "center", nulls_last=True
    )


# --- dates piled on the last day ----------------------------------------------------------------------

MAY_BE = "Det kan være frister, der overholdes i sidste øjeblik, eller datoer, der er tilpasset."


def piled_words(row: Mapping[str, object]) -> str:
    """One sign in words. A row of `last_days`."""
    last, met, usual = int(str(row["last"])), int(str(row["met"])), float(str(row["usual"]))
    daily = texts.number(usual, 0 if usual == round(usual) else 1)
    return (
        f"{texts.counted(last, met)} overholdte frister er dateret netop på fristens sidste dag; på hverdagene i de "
        f"fem dage før er der {daily} om dagen. {MAY_BE}"
    )


def none_piled(rows: pl.DataFrame) -> str:
    """That no measure has more dates on the last day than chance gives, and of how many that can be said."""
    judged = rows.filter(pl.col("met") >= PILED_FROM).height
    if not judged:
        return f"Kan ikke vurderes: ingen frist er overholdt {texts.number(PILED_FROM)} gange i udsnittet."
    return f"Ingen af de {texts.number(judged)} frister, der kan vurderes, har usædvanligt mange datoer på sidste dag."


def piled_table(rows: pl.DataFrame) -> str:
    """Every deadline measure with what its last day is held against."""
    lines = [
        (
            escape(BY_KEY[row["measure"]].title),
            [texts.number(row["met"]), texts.number(row["last"]), texts.number(row["usual"], 1)],
        )
        for row in rows.iter_rows(named=True)
    ]
    head = ["Frist", "Overholdt i perioden", "Heraf på sidste dag", "Pr. hverdag i de fem dage før"]
    return blocks.matrix(head, lines, "Datoer på fristens sidste dag, pr. frist", dense=True)
