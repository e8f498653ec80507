"""Ledelsestilsyn: a round made ready and drawn, read in Danish, and what it shows beside the register. No Streamlit."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import polars as pl

from data_access import reviews
from data_access.models import CATEGORIES
from data_access.reviews import ANSWERED, FOLLOWED_UP, Drawn, InvalidReview, Round
from data_access.tables import Scope
from metrics import review
from metrics.assess import BY_KEY, Assessed, Cut
from metrics.review import Agreement, Plan, Registered, Result
from ui import data_quality, texts

QUESTIONS: Mapping[str, str] = MappingProxyType(
    {
        "perspective": "Indgår den unges eget perspektiv i den endelige visitation?",
        "reasoned": "Har den endelige visitation en faglig begrundelse?",
        "ap_own_word": "Bygger visitationen som aktivitetsparat på andet end den unges egne oplysninger?",
        "coordination": (
            "Har der inden for 12 måneder været et tværfagligt møde, et K-møde eller en koordinerende sagsbehandler?"
        ),
        "order_followed_up": "Er der fulgt op på uddannelsespålægget ved den seneste samtale?",
        "education_focus": "Har mindst én samtale inden for 12 måneder haft uddannelsesfokus?",
        "resources": (
            "Er den unges faglige og personlige ressourcer drøftet ved mindst én samtale inden for 12 måneder?"
        ),
        "job_discussed": "Er job drøftet ved den seneste samtale?",
        "offer_assessed": "Bygger det seneste tilbud på en individuel vurdering af, hvad den unge har brug for?",
        "offer_purpose": "Fremgår det, hvordan det seneste tilbud støtter den unges vej mod uddannelse?",
    }
)
"""Measure -> its rule as what a reviewer is asked."""
TITLES: Mapping[str, str] = MappingProxyType({key: BY_KEY[key].title for key in QUESTIONS})
SEVERAL = (
    "Er der flere visitationer, samtaler eller tilbud, som et spørgsmål gælder, er svaret ja, når det holder for dem "
    "alle."
)
SECOND: Mapping[float, str] = MappingProxyType(
    {0.0: "Ingen", 0.1: "Hver tiende sag", 0.2: "Hver femte sag", 0.5: "Hver anden sag", 1.0: "Alle sager"}
)
"""Share of the cases that two read -> what it is called."""
SAID: Mapping[str | None, str] = MappingProxyType(
    {review.YES: "Ja", review.NO: "Nej", review.BLANK: "Feltet er ikke udfyldt", None: "Ikke omfattet"}
)
"""What the register says of a case -> in words; None: the measure does not cover it."""
DEFAULT_SIZE = 40
UNREAD, SECOND_READ, WAITS, DONE = "unread", "second", "waits", "done"
"""What a case is to a user: to be read, to be read as the second, waiting for a second, or read."""
NOBODY = ""
LEFT_OUT = "uden de sager, du selv mangler at læse som andenlæser"
"""Said of a result that not every case read is in."""
STATES: Mapping[str, str] = MappingProxyType(
    {UNREAD: "Skal læses", SECOND_READ: "Mangler en andenlæser", WAITS: "Venter på andenlæser", DONE: "Læst"}
)


# --- a round made ready -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """What a round is about."""

    measures: tuple[str, ...]
    cut: Cut
    strata: str

    @classmethod
    def of(cls, round_: Round) -> "Asked":
        """What was asked of a round that is there."""
        return cls(round_.measures, Cut(round_.from_on, round_.to_on, round_.centers), round_.strata)


@dataclass(frozen=True, eq=False)
class Frame:
    """The cases that may be drawn, and what the register says of them."""

    cases: pl.DataFrame
    """As `metrics.review.FRAME`."""
    said: pl.DataFrame
    """As `metrics.review.REGISTER`."""
    hash: str
    sizes: Mapping[str, int]
    registered: Mapping[str, Registered]


def frame(assessed: Assessed, asked: Asked) -> Frame:
    """The frame of a round. `assessed` as of its V, as known then, with the stock of its last day."""
    cases = review.frame(assessed, asked.cut, asked.measures, asked.strata)
    said = review.register(assessed, asked.cut, asked.measures)
    return Frame(cases, said, review.frame_hash(cases["case_id"]), review.sizes(cases), review.registered(said))


def define(
    engine: Any,
    scope: Scope,
    assessed: Assessed,
    asked: Asked,
    *,
    delivery: int,
    title: str,
    size: int,
    seed: int,
    second_share: float,
) -> Round:
    """Draw the cases of a new round and save both. `assessed` as of V, as known at the import `delivery`.

    Raises as `reviews.define`.
    """
    found = frame(assessed, asked)
    drawn = review.draw(found.cases, Plan(seed, found.hash, found.sizes, second_share), size)
    counts = {key: (each.covered, each.base, each.met) for key, each in found.registered.items()}
    return reviews.define(
        engine,
        scope,
        title=title,
        measures=asked.measures,
        from_on=asked.cut.date_from,
        to_on=asked.cut.date_to,
        centers=asked.cut.centers,
        strata=asked.strata,
        view_date=assessed.view_date,
        delivery=delivery,
        frame_hash=found.hash,
        frame_sizes=found.sizes,
        registered=counts,
        seed=seed,
        second_share=second_share,
        drawn=_drawn(drawn, found),
    )


def extend(engine: Any, scope: Scope, round_: Round, assessed: Assessed, size: int) -> Round:
    """Draw more cases of a round, by its own frame and seed. `assessed` as of its V, as known at its delivery.

    Where cases of the frame have been deleted since, those that are left take the next places.

    Raises:
        InvalidReview: the frame is another than it was, and deletions do not explain it; or as `reviews.extend`.
    """
    found = frame(assessed, Asked.of(round_))
    deleted(round_, found)
    drawn = review.draw(
        found.cases, plan(round_), size, before=round_.size, already=reviews.cases(engine, scope, round_.id)["case_id"]
    )
    return reviews.extend(engine, scope, round_.id, before=round_.size, size=size, drawn=_drawn(drawn, found))


def deleted(round_: Round, found: Frame) -> int:
    """How many cases of a round's frame have been deleted since, by the frame as it is found now.

    Raises:
        InvalidReview: it is another frame, and deletions do not explain it.
    """
    if found.hash == round_.frame_hash:
        return 0
    was, missing = sum(round_.frame_sizes.values()), sum(round_.frame_sizes.values()) - found.cases.height
    shrunk = all(count <= round_.frame_sizes.get(stratum, 0) for stratum, count in found.sizes.items())
    if shrunk and 0 < missing <= round_.purged_since:
        return missing
    raise InvalidReview(
        f"Rammen er ikke den samme som ved udtrækket ({texts.counts(was, 'sag', 'sager')} dengang, "
        f"{texts.number(found.cases.height)} nu), og det forklares ikke af slettede sager: en regel eller programmet "
        "er ændret. Runden kan læses færdig, men ikke udvides. Lav en ny runde."
    )


def plan(round_: Round) -> Plan:
    """What decides who is drawn in a round."""
    return Plan(round_.seed, round_.frame_hash, round_.frame_sizes, round_.second_share)


def _drawn(drawn: pl.DataFrame, found: Frame) -> list[Drawn]:
    said: dict[str, dict[str, str]] = {}
    for measure, case, word in found.said.iter_rows():
        said.setdefault(case, {})[measure] = word
    return [Drawn(**row, registered=said[row["case_id"]]) for row in drawn.iter_rows(named=True)]


# --- what a size can show -----------------------------------------------------------------------------


def can_show(size: int, population: int) -> str:
    """`Med 40 af 312 sager kan en andel fastlægges med cirka ± 15 procentpoint. ± 10 kræver 77 sager, ± 5 175.`"""
    if not population:
        return "Ingen sager i rammen. Vælg en længere periode, flere centre eller flere spørgsmål."
    if size >= population:
        return "Alle sager i rammen bliver læst, så der er ingen usikkerhed."
    now = review.reach(size, population)
    said = f"Med {texts.counted(size, population)} sager kan en andel fastlægges med cirka {within(now)}."
    wanted = [points for points in (10, 5) if points < round(now * 100)]
    more = [f"±{texts.SPACE}{points} kræver {review.needed(points / 100, population)}" for points in wanted]
    return f"{said} {', '.join(more)} sager." if more else said


def within(reach: float) -> str:
    """`± 15 procentpoint`."""
    return f"±{texts.SPACE}{texts.number(reach * 100)}{texts.SPACE}procentpoint"


def preview(found: Frame, asked: Asked, size: int) -> pl.DataFrame:
    """Each question with how many cases of the frame it covers, and what a sample of `size` may show of it."""
    whole = found.cases.height
    rows = []
    for measure in asked.measures:
        covered = found.registered[measure].covered if measure in found.registered else 0
        expected = round(size * covered / whole) if whole else 0
        reach = within(review.reach(expected, covered)) if expected >= texts.FEW else "for få sager"
        rows.append(
            (BY_KEY[measure].title, covered, expected, "ingen usikkerhed" if expected == covered > 0 else reach)
        )
    names = {"Spørgsmål": pl.String, "Sager i rammen": pl.Int64, "Ventet i stikprøven": pl.Int64, "Kan vise": pl.String}
    return pl.DataFrame(rows, schema=names, orient="row")


def strata_words(round_strata: str, sizes: Mapping[str, int]) -> str:
    """`120 i Nord, 92 i Syd`; empty where the frame is not divided."""
    if round_strata == "none":
        return ""
    return ", ".join(f"{texts.number(count)} i {stratum(round_strata, name)}" for name, count in sizes.items())


def stratum(strata: str, name: str) -> str:
    """A stratum's name in Danish."""
    known = None if name == review.UNPLACED else name
    return texts.center(known) if strata == "center" else CATEGORIES.get(known or "", texts.category(known))


# --- a round as it stands -----------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Standing:
    """A round with what a user may see of its cases and answers now."""

    round: Round
    cases: pl.DataFrame
    """As `reviews.CASES`."""
    answers: pl.DataFrame
    """As `reviews.ANSWERS`."""
    whole: bool
    """The user sees all cases; else those of own centres."""

    @property
    def read(self) -> frozenset[str]:
        """The cases that somebody has read."""
        return frozenset(self.answers.filter(pl.col("reviewer") == 1)["case_id"])

    @property
    def open(self) -> pl.DataFrame:
        """The answers that the user may know what comes of; not those that the user may still be the second to give."""
        return self.answers.filter(~pl.col("blind"))

    @property
    def left_out(self) -> bool:
        """Some cases count in no result shown to the user, who may still be the second to read them."""
        return self.open.height < self.answers.height

    @property
    def places(self) -> int:
        """The cases to be read in all."""
        return self.cases.height

    @property
    def deleted(self) -> int:
        """Drawn cases that have been deleted since; known to who sees all."""
        return self.round.size - self.cases.height if self.whole else 0

    @property
    def finished(self) -> bool:
        """Every case has been read."""
        return self.places > 0 and len(self.read) == self.places

    def to_read(self, user: str) -> dict[str, str]:
        """Case -> what it is to a user (key of `STATES`), in the order drawn."""
        by: dict[tuple[str, int], str] = {
            (case, reviewer): who
            for case, reviewer, who in self.answers.select("case_id", "reviewer", "saved_by").rows()
        }
        states = {}
        for case, second in self.cases.select("case_id", "second").iter_rows():
            first = by.get((case, 1))
            if first is None:
                states[case] = UNREAD
            elif second and (case, 2) not in by:
                states[case] = WAITS if first == user else SECOND_READ
            else:
                states[case] = DONE
        return states


def standing(engine: Any, scope: Scope, round_: Round) -> Standing:
    """Read a round's cases and answers for a user. Raises as `reviews.cases`."""
    cases, answers = reviews.cases(engine, scope, round_.id), reviews.answers(engine, scope, round_.id)
    return Standing(round_, cases, answers, scope.centers is None)


def about(round_: Round) -> str:
    """`01-12-2025 til 22-11-2026 · alle centre · 312 sager i rammen · opgjort pr. 22-11-2026`."""
    parts = [
        texts.period(round_.from_on, round_.to_on),
        "alle centre" if round_.centers is None else " og ".join(round_.centers),
        f"{texts.counts(sum(round_.frame_sizes.values()), 'sag', 'sager')} i rammen",
        f"opgjort pr. {texts.date(round_.view_date)}",
    ]
    return " · ".join(parts)


def drawn_words(round_: Round) -> str:
    """How the cases were drawn, so that somebody else can draw them again."""
    said = [
        f"Udtrukket af {round_.created_by} med tallet {round_.seed} og rammens fingeraftryk "
        f"{round_.frame_hash[:12]}: det samme udtræk giver de samme sager.",
    ]
    if divided := strata_words(round_.strata, round_.frame_sizes):
        said.append(f"Delt {reviews.STRATA[round_.strata].lower()}: {divided}.")
    if round_.second_share:
        said.append(f"Andenlæser: {SECOND.get(round_.second_share, 'nogle sager').lower()}.")
    return " ".join(said)


def progress(now: Standing) -> str:
    """`23 af 40 sager læst`, and how many of them are left for a second reviewer."""
    where = "" if now.whole else " fra dine centre"
    said = f"{texts.counted(len(now.read), now.places)} sager{where} læst"
    waits = sum(what in (SECOND_READ, WAITS) for what in now.to_read(NOBODY).values())
    return f"{said}, {texts.number(waits)} venter på en andenlæser" if waits else said


def gone_words(now: Standing) -> str:
    """That drawn cases have been deleted since; empty where none has."""
    if not now.deleted:
        return ""
    which = "1 af de udtrukne sager er" if now.deleted == 1 else f"{texts.number(now.deleted)} af de udtrukne sager er"
    return f"{which} slettet siden. Svarene om dem er slettet med dem og tæller ikke med."


# --- what it shows ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One question's result beside the register's figure for the same frame; the two are never put together."""

    measure: str
    title: str
    result: Result
    registered: Registered
    weighted: bool
    """Strata were not read alike, and the rate is another than that of the cases counted together."""

    @property
    def said(self) -> str:
        """`71 % (22 af 31)`; nothing judged: `intet svar endnu`, or `intet grundlag` where it was no case's concern."""
        if not self.result.base or self.result.rate is None:
            return texts.NO_BASE if self.result.not_covered + self.result.cannot_tell else "intet svar endnu"
        if self.result.base < texts.FEW:
            return texts.counted(self.result.yes, self.result.base)
        share = texts.percent(self.result.rate)
        return f"{share} ({'vægtet, ' if self.weighted else ''}{texts.counted(self.result.yes, self.result.base)})"

    @property
    def sure(self) -> str:
        """`usikkerhed 58–82 % af 312 sager`; empty where too few are judged."""
        if self.result.base < texts.FEW or self.result.low is None or self.result.high is None:
            return ""
        whole = texts.counts(self.result.population, "sag", "sager")
        if self.result.low == self.result.high:
            return f"alle {whole} er læst"
        return f"{texts.uncertainty(self.result.low, self.result.high)} af {whole}"

    @property
    def beside(self) -> str:
        """`registeret 64 % (200 af 312)`."""
        return f"registeret {texts.rate_with_base(self.registered.met, self.registered.base)}"


def lines(now: Standing) -> list[Line]:
    """The result of each question of a round, without the cases that are `left_out`. Only for who sees all of it."""
    strata = now.cases.select("case_id", "stratum")
    first = now.open.filter(pl.col("reviewer") == 1).join(strata, on="case_id")
    read = now.cases.join(first, on="case_id", how="semi")
    said = [json.loads(each) for each in read["registered"]]
    found = []
    for measure in now.round.measures:
        registered = Registered(*now.round.registered.get(measure, (0, 0, 0)))
        covered_read = sum(measure in each for each in said)
        sizes = now.round.frame_sizes
        result = review.result(first, measure, sizes, registered.covered, covered_read)
        weighted = result.base > 0 and texts.percent(result.rate) != texts.percent(result.yes / result.base)
        title = BY_KEY[measure].title if measure in BY_KEY else measure
        found.append(Line(measure, title, result, registered, weighted))
    return found


def unread_strata(now: Standing) -> str:
    """`Endnu ikke læst: Nord og Syd.`; empty where every stratum has been read in."""
    read = set(now.cases.filter(pl.col("case_id").is_in(list(now.read)))["stratum"])
    left = [stratum(now.round.strata, name) for name in now.round.frame_sizes if name not in read]
    return f"Ingen sager er læst endnu i {' og '.join(left)}." if left and now.round.strata != "none" and read else ""


RESULT_HEADINGS = (
    "Spørgsmål",
    "Tilsyn",
    "Usikkerhed",
    "Ja",
    "Nej",
    "Ikke relevant",
    "Kan ikke afgøres",
    "Registeret",
    "Uden registrering",
)


def table(found: Sequence[Line]) -> pl.DataFrame:
    """The results in words and numbers, one row a question."""
    rows = [
        (
            line.title,
            line.said,
            line.sure.removeprefix("usikkerhed ") or texts.NONE,
            line.result.yes,
            line.result.no,
            line.result.not_covered,
            line.result.cannot_tell,
            line.beside.removeprefix("registeret "),
            line.registered.covered - line.registered.base,
        )
        for line in found
    ]
    kinds = [pl.String, pl.String, pl.String, pl.Int64, pl.Int64, pl.Int64, pl.Int64, pl.String, pl.Int64]
    return pl.DataFrame(rows, schema=dict(zip(RESULT_HEADINGS, kinds, strict=True)), orient="row")


def latest(engine: Any, scope: Scope, measure: str) -> str:
    """The newest result of a measure in one line, for who sees all centres; empty where there is none.

    A finished round comes before one that is being read.
    """
    if not scope.may("review") or scope.centers is not None or BY_KEY[measure].source != "tilsyn":
        return ""
    begun = ""
    for round_ in reviews.rounds(engine, scope):
        if measure not in round_.measures:
            continue
        now = standing(engine, scope, round_)
        [line] = [each for each in lines(now) if each.measure == measure]
        if not line.result.base:
            continue
        sure = f", {line.sure}" if line.sure else ""
        without = f", {LEFT_OUT}" if now.left_out else ""
        words = f"Seneste tilsyn: {line.said}{sure}, {round_.title}{without}"
        if now.finished:
            return f"{words}."
        begun = begun or f"{words}; foreløbigt, {progress(now)}."
    return begun


# --- one case -----------------------------------------------------------------------------------------


def registered_words(cases: pl.DataFrame, case_id: str, measure: str) -> str:
    """What the register says of a drawn case, in words."""
    said = json.loads(cases.row(by_predicate=pl.col("case_id") == case_id, named=True)["registered"])
    return SAID[said.get(measure)]


def read_table(now: Standing, case_id: str) -> pl.DataFrame:
    """What has been answered about a case, question by question, beside what the register says."""
    rows = now.answers.filter(pl.col("case_id") == case_id)
    said = {
        (measure, by): (answer, note)
        for measure, by, answer, note in rows.select("measure", "reviewer", "answer", "note").iter_rows()
    }
    two = 2 in set(rows["reviewer"])
    table = []
    for measure in now.round.measures:
        first, second = said.get((measure, 1)), said.get((measure, 2))
        notes = " · ".join(note for each in (first, second) if each and (note := each[1])) or texts.NONE
        answered = [ANSWERED[each[0]] if each else texts.NONE for each in ((first, second) if two else (first,))]
        table.append((QUESTIONS.get(measure, measure), *answered, notes, registered_words(now.cases, case_id, measure)))
    readers = ("Førstelæser", "Andenlæser") if two else ("Svar",)
    names = dict.fromkeys(("Spørgsmål", *readers, "Note", "Registeret siger"), pl.String)
    return pl.DataFrame(table, schema=names, orient="row")


# --- two reviewers ------------------------------------------------------------------------------------


def pairs(now: Standing) -> pl.DataFrame:
    """case_id, measure, first, second, first_note, second_note: what two have answered to the same."""
    first, second = (
        now.open.filter(pl.col("reviewer") == number).select("case_id", "measure", "answer", "note")
        for number in (1, 2)
    )
    both = first.join(second, on=["case_id", "measure"], suffix="_2").sort("case_id", "measure")
    return both.rename({"answer": "first", "note": "first_note", "answer_2": "second", "note_2": "second_note"})


def agreement(both: pl.DataFrame) -> Agreement:
    """How far two agree, from rows of `pairs`."""
    return review.agreement(both.select("first", "second").rows())


def agreement_words(found: Agreement) -> str:
    """`Samme svar i 88 % (35 af 40). Kappa 0,74 …`; of too few: `for få`."""
    if not found.enough:
        return f"for få til at gøre enigheden op ({texts.counts(found.pairs, 'svar', 'svar')} af to)"
    said = f"samme svar i {texts.rate_with_base(found.same, found.pairs)}"
    if found.kappa is None:
        return f"{said}; kappa kan ikke regnes ud, når alle svar er ens"
    return f"{said}, kappa {texts.number(found.kappa, 2)}"


def disagreements(both: pl.DataFrame) -> pl.DataFrame:
    """Where two did not answer alike, in words."""
    words = dict(ANSWERED)
    return both.filter(pl.col("first") != pl.col("second")).select(
        pl.col("case_id").alias("Sag"),
        pl.col("measure").replace(TITLES).alias("Spørgsmål"),
        pl.col("first").replace(words).alias("Førstelæser"),
        pl.col("second").replace(words).alias("Andenlæser"),
        pl.concat_str(
            pl.when(pl.col("first_note") != "").then("first_note"),
            pl.when(pl.col("second_note") != "").then("second_note"),
            separator=" · ",
            ignore_nulls=True,
        ).alias("Noter"),
    )


# --- follow-up ----------------------------------------------------------------------------------------


def to_follow_up(now: Standing, followed: pl.DataFrame) -> pl.DataFrame:
    """The cases found wanting: case_id, center, measure, note, state, follow_note, saved_at, saved_by; open ones first.

    `followed` as `reviews.FOLLOW_UPS`. What waits for a second reviewer is not among them.
    """
    wanting = now.open.filter((pl.col("reviewer") == 1) & (pl.col("answer") == review.NO))
    said = followed.select("case_id", "measure", "state", "saved_at", "saved_by", follow_note="note")
    order = {measure: place for place, measure in enumerate(now.round.measures)}
    return (
        wanting.select("case_id", "measure", "note")
        .join(now.cases.select("case_id", "center", "position"), on="case_id")
        .join(said, on=["case_id", "measure"], how="left")
        .with_columns(pl.col("state").fill_null("open"), pl.col("follow_note").fill_null(""))
        .sort(
            pl.col("state") == "done",
            "position",
            pl.col("measure").replace_strict(order, default=len(order), return_dtype=pl.Int64),
        )
        .select("case_id", "center", "measure", "note", "state", "follow_note", "saved_at", "saved_by")
    )


def follow_table(rows: pl.DataFrame) -> pl.DataFrame:
    """The follow-up list in words."""
    return rows.select(
        pl.col("case_id").alias("Sag"),
        pl.col("center").fill_null(texts.NO_CENTER).alias("Center"),
        pl.col("measure").replace(TITLES).alias("Svaret nej til"),
        pl.col("note").alias("Note fra tilsynet"),
        pl.col("state").replace(FOLLOWED_UP).alias("Status"),
        pl.col("follow_note").alias("Hvad er der gjort"),
        data_quality.local("saved_at").alias("Senest"),
        pl.col("saved_by").alias("Af"),
    )
