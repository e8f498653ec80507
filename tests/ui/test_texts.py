"""What a user reads: numbers, dates, rates and comparisons in Danish."""

import datetime as dt

import polars as pl
import pytest

from data_access.models import CATEGORIES
from metrics.limits import ALWAYS, Life, Version
from metrics.measure import OUTCOMES, Benchmark, national
from metrics.statistics import wilson
from ui import texts

_ = texts.SPACE


@pytest.mark.parametrize(
    ("value", "decimals", "said"),
    [
        (0, 0, "0"),
        (999, 0, "999"),
        (1203, 0, "1.203"),
        (1234567, 0, "1.234.567"),
        (162.34, 1, "162,3"),
        (1203.5, 1, "1.203,5"),
        (-4, 0, "−4"),
        (-0.01, 1, "0,0"),
    ],
)
def test_number(value: float, decimals: int, said: str) -> None:
    assert texts.number(value, decimals) == said


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (None, "intet grundlag"),
        (0.0, f"0{_}%"),
        (1.0, f"100{_}%"),
        (0.92, f"92{_}%"),
        (0.875, f"88{_}%"),
        (173 / 200, f"87{_}%"),
        (57 / 200, f"29{_}%"),
        (2 / 3, f"67{_}%"),
        (299 / 300, f"99,7{_}%"),
        (99999 / 100000, f"99,9{_}%"),
        (1 / 300, f"0,3{_}%"),
        (1 / 100000, f"0,1{_}%"),
    ],
)
def test_percent_never_rounds_to_all_or_nothing(share: float | None, said: str) -> None:
    assert texts.percent(share) == said


def interval(met: int, base: int) -> tuple[float, float]:
    ends = pl.select(*(end.alias(name) for end, name in zip(wilson(pl.lit(met), pl.lit(base)), "lh", strict=True)))
    return ends["l"][0], ends["h"][0]


@pytest.mark.parametrize(
    ("met", "base", "value", "note", "together"),
    [
        (0, 0, "intet grundlag", "", "intet grundlag"),
        (1, 1, "1 af 1", "for få til en procent", "1 af 1"),
        (3, 4, "3 af 4", "for få til en procent", "3 af 4"),
        (0, 5, f"0{_}%", f"0 af 5 · usikkerhed 0–43{_}%", f"0{_}% (0 af 5)"),
        (7, 9, f"78{_}%", f"7 af 9 · usikkerhed 45–94{_}%", f"78{_}% (7 af 9)"),
        (9, 10, f"90{_}%", "9 af 10", f"90{_}% (9 af 10)"),
        (23, 25, f"92{_}%", "23 af 25", f"92{_}% (23 af 25)"),
        (1203, 1500, f"80{_}%", "1.203 af 1.500", f"80{_}% (1.203 af 1.500)"),
    ],
)
def test_a_rate_is_said_by_the_size_of_its_base(met: int, base: int, value: str, note: str, together: str) -> None:
    low, high = interval(met, base) if base else (None, None)
    assert texts.rate_value(met, base) == value
    assert texts.rate_note(met, base, low, high) == note
    assert texts.rate_with_base(met, base) == together


def test_bounds_count_the_unknown_as_no_and_as_yes() -> None:
    assert texts.bounds(60, 80, 20) == f"mellem 60{_}% og 80{_}%"


@pytest.mark.parametrize(
    ("change", "said", "short"),
    [
        (8.2, f"+8,2{_}procentpoint", f"+8,2{_}pp"),
        (-18.66, f"−18,7{_}procentpoint", f"−18,7{_}pp"),
        (0.04, "uændret", "uændret"),
        (-0.04, "uændret", "uændret"),
    ],
)
def test_points(change: float, said: str, short: str) -> None:
    assert texts.points(change) == said
    assert texts.points(change, short=True) == short


def test_dates() -> None:
    day = dt.date(2026, 3, 2)
    assert texts.date(day) == "02-03-2026"
    assert texts.date(None) == "–"
    assert texts.long_date(day) == "2. marts 2026"
    assert texts.month(day) == "marts 2026"
    assert texts.period(day, dt.date(2026, 11, 22)) == "02-03-2026 til 22-11-2026"
    assert texts.period(day, day) == "02-03-2026"


@pytest.mark.parametrize(("count", "said"), [(0, f"0{_}dage"), (1, f"1{_}dag"), (1203, f"1.203{_}dage")])
def test_days(count: int, said: str) -> None:
    assert texts.days(count) == said


def test_every_outcome_and_category_has_a_danish_name() -> None:
    assert set(texts.OUTCOMES) == set(texts.OUTCOME_MEANINGS) == set(OUTCOMES)
    assert texts.outcome("met") == "Overholdt"
    assert texts.outcome("met", duty=False) == "Ja"
    assert [texts.category(code) for code in CATEGORIES] == list(CATEGORIES.values())
    assert texts.category(None) == "Ikke visiteret"
    assert texts.center(None) == "Uden center"


# base, low and high decide; the benchmark is 92 % unless said otherwise
@pytest.mark.parametrize(
    ("base", "low", "high", "options", "said", "tone"),
    [
        (200, 0.9201, 0.97, {}, "tydeligt over landet", "good"),
        (200, 0.92, 0.97, {}, "kan ikke skelnes fra landet", "neutral"),
        (200, 0.80, 0.9199, {}, "tydeligt under landet", "bad"),
        (200, 0.80, 0.92, {}, "kan ikke skelnes fra landet", "neutral"),
        (200, 0.93, 0.97, {"lower_is_better": True}, "tydeligt over landet", "bad"),
        (200, 0.80, 0.91, {"lower_is_better": True}, "tydeligt under landet", "good"),
        (9, 0.01, 0.40, {}, "for få sager til at sammenligne", "neutral"),
        (0, None, None, {}, "for få sager til at sammenligne", "neutral"),
        (200, 0.80, 0.91, {"against": "målet"}, "tydeligt under målet", "bad"),
        (200, 0.80, 0.95, {"against": "målet"}, "kan ikke skelnes fra målet", "neutral"),
        (200, 0.80, 0.91, {"against": "Rebild"}, "tydeligt under Rebild", "bad"),
        (
            200,
            0.1,
            0.2,
            {"not_comparable": "andet grundlag"},
            "ikke sammenlignelig med landet: andet grundlag",
            "neutral",
        ),
    ],
)
def test_verdict(
    base: int, low: float | None, high: float | None, options: dict[str, object], said: str, tone: str
) -> None:
    judged = texts.verdict(base, low, high, 0.92, **options)  # type: ignore[arg-type]
    assert (judged.text, judged.tone) == (said, tone)


def test_a_rate_that_rounds_to_the_benchmark_is_still_judged_unrounded() -> None:
    low, high = interval(18500, 20000)  # 92.5 %, interval from 92.13 %: shown as 92 %
    assert texts.percent(low) == f"92{_}%"
    assert texts.verdict(20000, low, high, 0.92).text == "tydeligt over landet"


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (Version(7, "days", "LAB § 31"), "7 dage (LAB § 31)"),
        (
            Version(1, "months", "BEK § 48", dt.date(2020, 1, 1), checked=False),
            "1 måned fra 01-01-2020 (BEK § 48, afventer bekræftelse)",
        ),
    ],
)
def test_rule_version(version: Version, said: str) -> None:
    assert texts.rule_version(version) == said


@pytest.mark.parametrize(
    ("against", "said"),
    [
        (national(92), f"92{_}% (fokusrevisionen, december 2021)"),
        (
            national(29, audit=True),
            f"29{_}% (fokusrevisionen, december 2021), sammenlignes med revisionens opgørelse, "
            "hvor gyldige grunde tæller med i grundlaget",
        ),
        (Benchmark("hele landet", 0.5, source="Rigsrevisionen, 2020"), f"50{_}% (Rigsrevisionen, 2020)"),
        (
            national(80, not_comparable="tæller samtaler"),
            f"80{_}% (fokusrevisionen, december 2021); ikke sammenlignelig: tæller samtaler",
        ),
    ],
)
def test_benchmark(against: Benchmark, said: str) -> None:
    assert texts.benchmark(against) == said


@pytest.mark.parametrize(
    ("standing", "tone", "short", "sign"),
    [
        ("above", "good", "Tydeligt over", "✓"),
        ("above", "bad", "Tydeligt over", "!"),
        ("above", "neutral", "Tydeligt over", "↑"),
        ("below", "neutral", "Tydeligt under", "↓"),
        ("same", "neutral", "Kan ikke skelnes", "≈"),
        ("few", "neutral", "For få sager til at sammenligne", "–"),
        ("not_comparable", "neutral", "Ikke sammenlignelig", "≠"),
    ],
)
def test_a_badge_has_words_and_a_sign(standing: texts.Standing, tone: texts.Tone, short: str, sign: str) -> None:
    judged = texts.Verdict(standing, tone, "landet")
    assert (judged.short, judged.sign) == (short, sign)


M25 = dt.date(2025, 3, 1)


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        # a signal of one point, by its length
        (texts.signal("low", M25, M25, 1, 1, 6, 14), "lavere end forventet i marts 2025: 6 af 14"),
        (texts.signal("high", M25, M25, 1, 1, 14, 14), "højere end forventet i marts 2025: 14 af 14"),
        (
            texts.signal("low", dt.date(2025, 4, 1), dt.date(2025, 6, 30), 1, 3, 6, 14),
            "lavere end forventet i 2. kvartal 2025: 6 af 14",
        ),
        (
            texts.signal("low", dt.date(2025, 1, 1), dt.date(2025, 12, 31), 1, 12, 6, 1400),
            "lavere end forventet i 2025: 6 af 1.400",
        ),
        # a run
        (
            texts.signal("low", M25, dt.date(2025, 10, 1), 8, 1, 55, 72),
            "lavere end forventet 8 måneder i træk (marts 2025 til oktober 2025): 55 af 72",
        ),
        (
            texts.signal("high", dt.date(2023, 1, 1), dt.date(2024, 7, 1), 7, 3, 71, 72),
            "højere end forventet 7 kvartaler i træk (1. kvartal 2023 til 3. kvartal 2024): 71 af 72",
        ),
        (
            texts.signal("low", dt.date(2026, 1, 1), dt.date(2026, 6, 30), 1, 12, 6, 14),
            "lavere end forventet i januar 2026 til juni 2026: 6 af 14",  # what a rule change has cut
        ),
        (
            texts.signal("low", M25, dt.date(2026, 6, 30), 7, 1, 55, 72),
            "lavere end forventet 7 måneder med få eller ingen imellem (marts 2025 til juni 2026): 55 af 72",
        ),
        # the level
        (
            texts.level(0.874, dt.date(2024, 1, 1), dt.date(2024, 12, 31), 12, 12),
            f"Forventet niveau: 87{_}%, talt januar 2024 til december 2024.",
        ),
        (
            texts.level(0.874, dt.date(2024, 1, 1), dt.date(2024, 7, 31), 7, 12),
            f"Forventet niveau: 87{_}%, talt januar 2024 til juli 2024; foreløbigt, kun 7{_}måneder af 12.",
        ),
        (
            texts.level(0.5, M25, dt.date(2025, 3, 31), 1, 12),
            f"Forventet niveau: 50{_}%, talt i marts 2025; foreløbigt, kun 1{_}måned af 12.",
        ),
        # preliminary
        (texts.preliminary(M25, M25, 12, "sager"), "Marts 2025 er foreløbig: 12 sager er ikke forfaldne endnu."),
        (texts.preliminary(M25, M25, 0, "sager"), "Marts 2025 er foreløbig."),
        (
            texts.preliminary(dt.date(2025, 2, 1), M25, 1, "sager"),
            "Februar 2025 til marts 2025 er foreløbige: 1 er ikke forfalden endnu.",
        ),
        # what so many unknown may mean, and what the field itself can bear
        (
            texts.unknowns(60, 80, 20, 100),
            f"Der mangler data for 20 af 100. Alt efter hvad de viser sig at være, er andelen mellem 60{_}% og 80{_}%.",
        ),
        (texts.audited(29, 100), f"Revisionens opgørelse, hvor de undtagne bliver i grundlaget: 29{_}% (29 af 100)."),
        (
            texts.registered(180, 198),
            f"En faglig vurdering, læst i det registrerede felt: feltet er udfyldt i 91{_}% (180 af 198).",
        ),
        (texts.registered(3, 4), "En faglig vurdering, læst i det registrerede felt: feltet er udfyldt i 3 af 4."),
        (texts.HIDDEN, "skjult"),
        (texts.nothing_unexpected(39, 39), "Ingen nøgletal falder uden for det forventede."),
        (
            texts.nothing_unexpected(13, 39),
            "Ingen af de 13 nøgletal, der kan vurderes, falder uden for det forventede.",
        ),
        (
            texts.nothing_unexpected(0, 39),
            "Udviklingen kan ikke vurderes for det valgte: der er intet forventet niveau at holde den op mod.",
        ),
        (
            texts.saved_target("Mentorstøtte", 0.925, dt.date(2027, 1, 1)),
            f"Gemt: mål 92,5{_}% for Mentorstøtte fra 01-01-2027.",
        ),
        (
            texts.saved_target("Mentorstøtte", None, dt.date(2027, 1, 1)),
            "Gemt: intet mål for Mentorstøtte fra 01-01-2027.",
        ),
        (
            texts.saved_event("Ny leder", dt.date(2026, 7, 1), "Organisation · Hele kommunen", rebase=True),
            "Gemt: Ny leder, 01-07-2026 (Organisation · Hele kommunen). Det forventede niveau bliver talt forfra fra "
            "den måned.",
        ),
        # a trend in words
        (
            texts.trend("Mentor", ("oktober 2026", 13, 15), []),
            f"Mentor. Oktober 2026: 87{_}% (13 af 15). Ingen måneder falder uden for det forventede. "
            "De samme tal står under Tallene som tabel.",
        ),
        (
            texts.trend("Mentor", None, ["lavere end forventet i marts 2025: 6 af 14"]),
            "Mentor. Lavere end forventet i marts 2025: 6 af 14. De samme tal står under Tallene som tabel.",
        ),
    ],
)
def test_sentences(said: str, wanted: str) -> None:
    assert said == wanted


@pytest.mark.parametrize(
    ("bases", "low", "high", "said"),
    [
        ((20, 20), 0.01, 0.2, "tydeligt over de øvrige centre"),
        ((20, 20), -0.2, -0.01, "tydeligt under de øvrige centre"),
        ((20, 20), -0.1, 0.1, "kan ikke skelnes fra de øvrige centre"),
        ((20, 20), 0.0, 0.1, "kan ikke skelnes fra de øvrige centre"),
        ((9, 200), 0.01, 0.2, "for få sager til at sammenligne"),
        ((200, 9), 0.01, 0.2, "for få sager til at sammenligne"),
        ((200, 0), None, None, "for få sager til at sammenligne"),
    ],
)
def test_a_centre_beside_the_others(bases: tuple[int, int], low: float | None, high: float | None, said: str) -> None:
    judged = texts.difference(*bases, low, high, "de øvrige centre")
    assert (judged.text, judged.tone) == (said, "neutral")


def test_a_difference_is_said_with_its_interval() -> None:
    assert texts.difference_points(-0.12, -0.204, -0.035) == f"−12,0{_}procentpoint (usikkerhed −20 til −4)"
    assert texts.difference_points(0.02, -0.004, 0.05) == f"+2,0{_}procentpoint (usikkerhed −0,4 til +5)"


@pytest.mark.parametrize(
    ("before", "after", "low", "high", "said"),
    [
        ((35, 50), (43, 51), 0.01, 0.3, f"Tydeligt højere: +14,3{_}procentpoint (usikkerhed +1 til +30)."),
        ((35, 50), (43, 51), -0.3, -0.01, f"Tydeligt lavere: +14,3{_}procentpoint (usikkerhed −30 til −1)."),
        (
            (35, 50),
            (43, 51),
            -0.1,
            0.3,
            f"Ingen tydelig ændring: +14,3{_}procentpoint (usikkerhed −10 til +30).",
        ),
        ((5, 9), (43, 51), 0.1, 0.3, "For få sager til at sammenligne."),
        ((0, 0), (43, 51), None, None, "Der er ikke et grundlag på begge sider af datoen."),
    ],
)
def test_before_and_after(
    before: tuple[int, int], after: tuple[int, int], low: float | None, high: float | None, said: str
) -> None:
    value = None if low is None else 43 / 51 - 35 / 50
    sides = " til ".join(texts.rate_with_base(*side) for side in (before, after))
    assert texts.change_between(before, after, value, low, high) == f"Fra {sides}. {said}"


@pytest.mark.parametrize(
    ("median", "low", "high", "units", "said"),
    [
        (None, None, None, 0, ("intet grundlag", "")),
        (5, 2, 9, 4, ("for få", f"kun 4{_}forløb; se dem enkeltvis")),
        (5, 2, 9, 9, ("for få", f"kun 9{_}forløb; se dem enkeltvis")),
        (12, 9, 15, 140, (f"12{_}dage", f"usikkerhed 9–15{_}dage")),
        (12, 9, None, 140, (f"12{_}dage", f"usikkerhed mindst 9{_}dage")),
        (None, 40, None, 140, ("ikke nået", "under halvdelen er nået dertil")),
    ],
)
def test_a_median_wait(
    median: int | None, low: int | None, high: int | None, units: int, said: tuple[str, str]
) -> None:
    assert texts.reached(median, low, high, units) == said


@pytest.mark.parametrize(
    ("side", "first", "points", "months", "said"),
    [
        ("low", "2026-10-01", 1, 1, "lavere end forventet i okt. 2026"),
        ("high", "2026-05-01", 1, 1, "højere end forventet i maj 2026"),
        ("low", "2026-10-01", 1, 3, "lavere end forventet i 4. kvt. 2026"),
        ("low", "2026-01-01", 1, 12, "lavere end forventet i 2026"),
        ("low", "2026-01-01", 8, 1, f"lavere end forventet i 8{_}mdr."),
        ("low", "2025-01-01", 7, 3, f"lavere end forventet i 7{_}kvt."),
        ("high", "2019-01-01", 7, 12, f"højere end forventet i 7{_}år"),
    ],
)
def test_a_signal_in_a_few_words(side: str, first: str, points: int, months: int, said: str) -> None:
    begun = dt.date.fromisoformat(first)
    last = begun.replace(month=begun.month + months - 1, day=28) if begun.month + months <= 13 else begun
    assert texts.signal_short(side, begun, last, points, months) == said


@pytest.mark.parametrize(
    ("side", "tone", "sign"),
    [
        ("low", "bad", "!"),
        ("high", "bad", "!"),
        ("high", "good", "✓"),
        ("low", "neutral", "↓"),
        ("high", "neutral", "↑"),
    ],
)
def test_the_sign_of_a_signal(side: str, tone: texts.Tone, sign: str) -> None:
    assert texts.signal_sign(side, tone) == sign


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (0.95, f"mål 95{_}%"),
        (0.925, f"mål 92,5{_}%"),
        (1.0, f"mål 100{_}%"),
        (0.285, f"mål 28,5{_}%"),
        (0.29, f"mål 29{_}%"),
    ],
)
def test_an_own_target_is_said_as_it_was_set(rate: float, said: str) -> None:
    assert texts.target(rate) == said


def test_a_movement_is_said_by_its_ends_and_the_size_of_their_bases() -> None:
    said = texts.movement(("maj 2025", 3, 4), ("oktober 2026", 9, 10))
    assert said == f"Udvikling: 3 af 4 i maj 2025, 90{_}% (9 af 10) i oktober 2026."


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        # beside the three figures of a wait
        (texts.of_period("120 af 140", "frister"), "120 af 140 · frister i perioden"),
        (texts.of_period("", "frister"), "ingen frister i perioden"),
        (texts.waited_by("usikkerhed 9–15 dage", 10), f"usikkerhed 9–15 dage · 10{_}ventetider i perioden"),
        (texts.waited_by("kun 9 forløb; se dem enkeltvis", 9), "kun 9 forløb; se dem enkeltvis"),
        (texts.waited_by("", 0), "ingen ventetider i perioden"),
        (texts.waiting_now(1203), f"længst i 1.203{_}dage · uanset perioden"),
        (texts.waiting_now(None), "uanset perioden"),
        # the curve
        (
            texts.waits("Ventetid", 12, 9, 15, 140),
            f"Ventetid: 140{_}ventetider i perioden. Halvdelen har ventet højst 12{_}dage "
            f"(usikkerhed 9–15{_}dage). De samme tal står under Tallene som tabel.",
        ),
        (
            texts.waits("Ventetid", None, 9, None, 140),
            f"Ventetid: 140{_}ventetider i perioden. Under halvdelen er nået dertil. "
            "De samme tal står under Tallene som tabel.",
        ),
        (texts.beyond(14, 3, 72), f"Vist til 14{_}dage; 3 af 72 ventede længere."),
        # one wait
        (texts.took(1), f"tog 1{_}dag"),
        (texts.ended_without(9), f"sagen sluttede efter 9{_}dage, før det skete"),
        (texts.still_waits(41, M25, over=True), f"har ventet 41{_}dage · frist 01-03-2025, overskredet"),
        (texts.still_waits(0, M25, over=False), f"har ventet 0{_}dage · frist 01-03-2025"),
        (texts.listed(10, 1203), "De 10, der har ventet længst, af 1.203."),
        (texts.all_overdue(1), "Se den over fristen"),
        (texts.all_overdue(1203), "Se alle 1.203 over fristen"),
        # the queue: whole numbers within the limits
        (texts.expected_count(6.6, 16.3), "7–16"),
        (texts.expected_count(0.0, 3.6), "0–3"),
        (texts.expected_count(4.0, 4.0), "4"),
        (texts.expected_count(3.1, 3.9), "3,1–3,9"),
        (texts.expected_count(1200.5, 1300.5), "1.201–1.300"),
        (texts.queue_side("low"), "færre end forventet"),
        (texts.queue_signal("high", M25, 1203), "Flere end forventet i marts 2025: 1.203"),
        (
            texts.queue("Ventetid", dt.date(2025, 3, 22), 14, 3, 6.6, 16.3),
            "Ventetid: 14 ventede 22-03-2025, heraf 3 over fristen. "
            "Forventet: 7–16. Det sidste punkt er pr. 22-03-2025.",
        ),
        (
            texts.expected_queue(None, None, dt.date(2025, 3, 22)),
            "For få i kø til at vurdere udsving. Det sidste punkt er pr. 22-03-2025.",
        ),
    ],
)
def test_sentences_about_waiting(said: str, wanted: str) -> None:
    assert said == wanted


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        # what a point was expected to be
        (texts.expected(0.7, 0.98), f"70–98{_}%"),
        (texts.expected(0.0, 1.0), f"0–100{_}%"),
        (texts.expected(None, None), "–"),
        # months shown together, and those cut short
        (texts.joined(3, "afvigelser"), "Vist pr. kvartal, fordi der er så få afvigelser."),
        (texts.joined(12, "overholdte sager"), "Vist pr. år, fordi der er så få overholdte sager."),
        (texts.stretch(M25, dt.date(2025, 3, 31), 1), "marts 2025"),
        (texts.stretch(dt.date(2025, 4, 1), dt.date(2025, 6, 30), 3), "2. kvartal 2025"),
        (texts.stretch(dt.date(2025, 5, 1), dt.date(2025, 6, 30), 3), "maj 2025 til juni 2025"),
        (texts.stretch(dt.date(2025, 10, 1), dt.date(2025, 12, 31), 3), "4. kvartal 2025"),
        (texts.stretch(dt.date(2025, 10, 1), dt.date(2025, 11, 30), 3), "oktober 2025 til november 2025"),
        (texts.stretch(dt.date(2025, 1, 1), dt.date(2025, 12, 31), 12), "2025"),
        (texts.stretch(dt.date(2025, 7, 1), dt.date(2025, 12, 31), 12), "juli 2025 til december 2025"),
        (texts.preliminary(dt.date(2025, 1, 1), dt.date(2025, 7, 1), 0, "sager", 12), "2025 er foreløbigt."),
        (
            texts.preliminary(dt.date(2025, 7, 1), dt.date(2025, 10, 1), 7, "sager", 3),
            "3. kvartal 2025 til 4. kvartal 2025 er foreløbige: 7 sager er ikke forfaldne endnu.",
        ),
        (texts.trend("Mentor", None, [], 3)[:50], "Mentor. Ingen kvartaler falder uden for det forven"),
        # no level
        (
            texts.unjudged(3, "pålæg", M25, dt.date(2025, 3, 31)),
            "Intet forventet niveau endnu: ingen hel måned fra marts 2025 har haft 3 pålæg.",
        ),
        (texts.unjudged(3, "pålæg", M25, dt.date(2025, 2, 28)), "Forventede niveauer tælles fra marts 2025."),
        (
            texts.no_level_before(M25),
            "Det forventede niveau begynder først i marts 2025. Vælg en senere dato, eller gem hændelsen uden flueben: "
            "så er den et mærke.",
        ),
        (
            texts.waits_for_category(58, 398),
            "58 af 398 har ingen kategori endnu. Kategorien gives først ved visitationen, så den, der når frem for "
            "sent, tæller ikke med i en kategori: læs kategorierne her med varsomhed.",
        ),
        (
            texts.trend("Mentor", None, [], judged=False),
            "Mentor. Intet forventet niveau at vurdere mod. De samme tal står under Tallene som tabel.",
        ),
        (texts.uncertainty(0.871, 0.995), f"usikkerhed 87–99,5{_}%"),  # not quite everything
        (texts.uncertainty(0.0, 0.43), f"usikkerhed 0–43{_}%"),
        # what happened on the way
        (texts.event(2, M25, "Ny organisering", "Organisation"), "2. 01-03-2025 Ny organisering (Organisation)"),
        (texts.event(1, M25, "ledig lederstilling", "Ledig lederstilling"), "1. 01-03-2025 ledig lederstilling"),
        (
            texts.rule_changed(Version(7, "days", "LAB § 31", M25), M25),
            "Regel ændret: 7 dage fra 01-03-2025 (LAB § 31)",
        ),
        (
            texts.rule_changed(Version(6, "months", "LAB § 105", M25), dt.date(2025, 9, 1)),
            "Regel ændret: 6 måneder fra 01-03-2025 (LAB § 105). "
            "De første frister efter den nye regel udløber 01-09-2025",
        ),
        (texts.rule_ended(ALWAYS), ""),
        (texts.rule_ended(Life(valid_to=M25)), "Reglen gjaldt til 01-03-2025."),
        (
            texts.rule_ended(Life(valid_to=M25, checked=False)),
            "Reglen ventes ophævet 01-03-2025 (afventer bekræftelse).",
        ),
        (
            texts.rule_life(Life(dt.date(2016, 4, 1), M25, "lov nr. 1655/2024")),
            "Reglen gjaldt fra 01-04-2016 til 01-03-2025: lov nr. 1655/2024. "
            "Hvad der begynder uden for reglens tid, er ikke med.",
        ),
        (
            texts.rule_life(Life(None, M25, "politisk aftale", checked=False)),
            "Reglen ventes ophævet 01-03-2025 (afventer bekræftelse): politisk aftale. "
            "Hvad der begynder uden for reglens tid, er ikke med.",
        ),
        (texts.rule_between(M25), "Reglen blev ændret 01-03-2025: de to sider er ikke målt efter helt samme regel."),
        # a centre and its youths
        (texts.alike(0.714), f"lignende unge 71{_}%"),
        (
            texts.unplaced(58, 1453),
            "Ikke regnet ud: 58 af 1.453 var ikke visiteret, og det kan være en følge af selve det, som tallet måler.",
        ),
        (texts.difference_points(0.0, -0.12, 0.12), f"0,0{_}procentpoint (usikkerhed −12 til +12)"),
    ],
)
def test_sentences_about_a_measure(said: str, wanted: str) -> None:
    assert said == wanted
