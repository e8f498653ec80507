"""How long a sign-in lasts: it ends when it should, stays ended, and is in the log once."""

import datetime as dt
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from data_access import audit, sign_ins
from data_access.database import DatabaseUnavailable, reading, writing
from data_access.sign_ins import SignInEnded, end, key_of, seen
from tests.data_access.breaking import hurry

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
KEY = "a" * 64
EXPIRED, IDLE, OUT = "login er udløbet", "30 minutter uden brug", "Du er logget ud. Log ind"


def minutes(count: float) -> dt.timedelta:
    return dt.timedelta(minutes=count)


def use(
    engine: sa.Engine,
    after: float,
    *,
    key: str = KEY,
    user: str = "anna",
    issued: float = 0,
    expires: float | None = None,
) -> bool:
    """Use the sign-in so many minutes past noon; issued and expiring so many minutes past noon as well."""
    expires_at = None if expires is None else NOON + minutes(expires)
    return seen(engine, key, user, issued_at=NOON + minutes(issued), expires_at=expires_at, now=NOON + minutes(after))


def kept(engine: sa.Engine) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(sa.select(sign_ins._sign_in).order_by(sign_ins._sign_in.c.id)))


def log(engine: sa.Engine) -> list[tuple[Any, ...]]:
    with reading(engine) as connection:
        query = 'SELECT "user", action, purpose, rows FROM access_log ORDER BY id'
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def test_a_new_sign_in_is_recorded_and_logged_once(engine: sa.Engine) -> None:
    for after in (1, 1.5, 20):
        use(engine, after)
    [row] = kept(engine)
    assert (row.id, row.user, row.ended_at) == (KEY, "anna", None)
    assert (row.began_at, row.seen_at) == (NOON, NOON + minutes(20))
    assert log(engine) == [("anna", "sign_in", "", 0)]
    assert audit.verify(engine) == []


# minutes past noon of: issue, each use before, expiry, the use in question · what it says, if anything
LASTS: list[tuple[float, list[float], float | None, float, str | None]] = [
    (0, [], None, 0, None),
    (0, [], None, 29.9, None),
    (0, [], None, 30, EXPIRED),  # not known, and not new: as after a restore
    (0, [], None, 60 * 24 * 31, EXPIRED),
    (2, [], None, 0, None),  # the provider's clock is ahead of ours
    (2.1, [], None, 0, "ud i fremtiden"),
    (0, [1], None, 31, None),
    (0, [1], None, 31.1, IDLE),
    (0, [1, 31], None, 61, None),
    (0, [1, 31], None, 61.1, IDLE),
    (0, list(range(0, 470, 20)), None, 480, None),
    (0, list(range(0, 470, 20)), None, 480.1, "højst 8 timer"),
    (0, [1], 10, 12, None),
    (0, [1], 10, 12.1, EXPIRED),
    (0, [], 10, 12.1, EXPIRED),
    (0, list(range(0, 470, 20)), 900, 480.1, "højst 8 timer"),
]


@pytest.mark.parametrize(("issued", "before", "expires", "after", "says"), LASTS)
def test_a_sign_in_lasts(
    sqlite_engine: sa.Engine, issued: float, before: list[float], expires: float | None, after: float, says: str | None
) -> None:
    for earlier in before:
        use(sqlite_engine, earlier, issued=issued, expires=expires)
    if says is None:
        use(sqlite_engine, after, issued=issued, expires=expires)
    else:
        for _ in range(2):  # what has ended does not begin again
            with pytest.raises(SignInEnded, match=says):
                use(sqlite_engine, after, issued=issued, expires=expires)
    assert len(log(sqlite_engine)) == bool(before or says is None)


def test_a_provider_whose_clock_is_ahead_does_not_make_it_last_longer(engine: sa.Engine) -> None:
    use(engine, 0, issued=2)
    assert kept(engine)[0].began_at == NOON


def test_what_ended_for_want_of_use_does_not_come_back(engine: sa.Engine) -> None:
    use(engine, 1)
    for after in (32, 33, 400):
        with pytest.raises(SignInEnded, match=IDLE):
            use(engine, after)


def test_a_use_is_written_once_a_minute_at_most(engine: sa.Engine) -> None:
    written: list[dt.datetime] = []
    for seconds in range(0, 300, 10):
        use(engine, seconds / 60)
        written.append(kept(engine)[0].seen_at)
    assert sorted(set(written)) == [NOON + minutes(each) for each in range(5)]


def test_a_clock_that_is_set_back_does_not_turn_what_was_written(engine: sa.Engine) -> None:
    use(engine, 10)
    use(engine, 5)
    assert kept(engine)[0].seen_at == NOON + minutes(10)


def test_many_tabs_that_open_at_once_are_one_sign_in(engine: sa.Engine) -> None:
    with ThreadPoolExecutor(6) as tabs:
        list(tabs.map(lambda _: use(engine, 0), range(6)))
    assert (len(kept(engine)), len(log(engine))) == (1, 1)


def test_after_sign_out_the_cookie_is_dead_for_ever(engine: sa.Engine) -> None:
    use(engine, 0)
    use(engine, 0, key="b" * 64)
    end(engine, KEY)
    ended = kept(engine)[0].ended_at
    assert ended is not None
    end(engine, KEY)
    assert kept(engine)[0].ended_at == ended
    for after in (0, 1, 20, 60 * 24 * 40):
        with pytest.raises(SignInEnded, match=OUT):
            use(engine, after)
    use(engine, 1, key="b" * 64)


def test_the_first_sign_in_of_a_user_is_told_once(engine: sa.Engine) -> None:
    year = 60 * 24 * 365
    told = [
        use(engine, 0),
        use(engine, 0),  # another tab, or the same page again
        use(engine, 5, key="b" * 64, user="bo", issued=5),
        use(engine, year, key="c" * 64, issued=year),  # the first is swept since; the log remembers
        use(engine, year + 1, key="c" * 64, issued=year),
    ]
    assert told == [True, False, True, False, False]
    assert len(kept(engine)) == 1


def test_a_cookie_that_signs_out_before_it_was_seen_is_dead_too(engine: sa.Engine) -> None:
    end(engine, KEY)
    with pytest.raises(SignInEnded, match=OUT):
        seen(engine, KEY, "anna", issued_at=dt.datetime.now(dt.UTC), expires_at=None)
    assert log(engine) == []


def test_signing_out_in_many_tabs_at_once_is_one_sign_out(engine: sa.Engine) -> None:
    with ThreadPoolExecutor(6) as tabs:
        list(tabs.map(lambda _: end(engine, KEY), range(6)))
    assert len(kept(engine)) == 1


def test_old_sign_ins_are_swept_when_a_new_one_begins_and_stay_dead(engine: sa.Engine) -> None:
    use(engine, 0)
    later = 60 * 24 * 30
    use(engine, later, key="b" * 64, issued=later)
    assert [row.id[0] for row in kept(engine)] == ["a", "b"]
    use(engine, later + 1, key="c" * 64, issued=later + 1)
    assert [row.id[0] for row in kept(engine)] == ["b", "c"]
    with pytest.raises(SignInEnded, match=EXPIRED):
        use(engine, later + 1)


def test_the_clock_is_ours_unless_one_is_given(engine: sa.Engine) -> None:
    now = dt.datetime.now(dt.UTC)
    seen(engine, KEY, "anna", issued_at=now, expires_at=now + minutes(60))
    with pytest.raises(SignInEnded, match=EXPIRED):
        seen(engine, "b" * 64, "anna", issued_at=now - minutes(31), expires_at=None)


@pytest.mark.parametrize("year", [1, 9999])
def test_a_provider_s_odd_times_are_no_error(sqlite_engine: sa.Engine, year: int) -> None:
    odd = dt.datetime(year, 12, 31, 23, 59, 59, tzinfo=dt.UTC)
    with pytest.raises(SignInEnded):
        seen(sqlite_engine, KEY, "anna", issued_at=odd, expires_at=None, now=NOON)
    if year > 1:
        seen(sqlite_engine, KEY, "anna", issued_at=NOON, expires_at=odd, now=NOON)


# --- the database -------------------------------------------------------------------------------------


def test_while_a_delivery_is_taken_in_nobody_waits_or_is_signed_out(sqlite_engine: sa.Engine) -> None:
    use(sqlite_engine, 0)
    with writing(sqlite_engine):
        began = time.monotonic()
        for after in (5, 10, 29):
            use(sqlite_engine, after)
        assert time.monotonic() - began < 2
        assert kept(sqlite_engine)[0].seen_at == NOON
    use(sqlite_engine, 30)
    assert kept(sqlite_engine)[0].seen_at == NOON + minutes(30)
    with reading(sqlite_engine) as connection:  # the connection is patient again
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 5000


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (lambda engine: use(engine, 0), "Du kan ikke logges ind lige nu"),
        (lambda engine: end(engine, KEY), "Du er ikke"),
    ],
)
def test_what_must_be_written_and_cannot_be_is_said(
    sqlite_engine: sa.Engine, asked: Callable[[sa.Engine], object], says: str
) -> None:
    hurry(sqlite_engine)
    with writing(sqlite_engine), pytest.raises(DatabaseUnavailable, match=says):
        asked(sqlite_engine)
    assert (kept(sqlite_engine), log(sqlite_engine)) == ([], [])


def test_a_sign_in_that_cannot_be_logged_is_none(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        connection.exec_driver_sql("DROP TABLE access_log_cases")
        connection.exec_driver_sql("DROP TABLE access_log")
    with pytest.raises(DatabaseUnavailable, match="Du kan ikke logges ind"):
        use(engine, 0)
    assert kept(engine) == []


# --- what tells one sign-in from another --------------------------------------------------------------

CLAIMS: dict[str, object] = {"iss": "i", "sub": "s", "aud": "a", "iat": 1, "nonce": "n", "sid": "d", "jti": "j"}


@pytest.mark.parametrize("claim", CLAIMS)
def test_each_claim_that_tells_sign_ins_apart_does(claim: str) -> None:
    key = key_of(CLAIMS)
    assert len(key) == 64
    assert key == key_of(dict(reversed(CLAIMS.items())) | {"name": "Anna", "exp": 5, "roles": ["x"]})
    assert len({key, key_of(CLAIMS | {claim: "x"}), key_of({**CLAIMS, claim: None}), key_of({})}) == 4


@pytest.mark.parametrize(
    "value", [None, 5, 0.5, float("nan"), ["a", {}], {"a": 1}, object(), b"x", "\ud800", "x" * 10**6]
)
def test_a_key_is_made_of_whatever_a_provider_sends(value: object) -> None:
    assert len(key_of({"sub": value, "aud": value})) == 64
