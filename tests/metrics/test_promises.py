"""The four promises are those of the evaluation, and every part of them is a measure that exists."""

import pytest

from metrics.assess import BY_KEY
from metrics.promises import PROMISES, Promise


def test_the_four_promises_stand_in_the_order_of_the_evaluation() -> None:
    assert [promise.title for promise in PROMISES] == [
        "Én indgang",
        "Én plan",
        "Én ungeguide",
        "Én sammenhængende indsats",
    ]


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.key)
def test_every_part_is_in_the_catalogue(promise: Promise) -> None:
    assert len(promise.parts) >= 3
    assert [key for key in promise.parts if key not in BY_KEY] == []


def test_no_measure_is_part_of_two_promises() -> None:
    parts = [key for promise in PROMISES for key in promise.parts]
    assert len(set(parts)) == len(parts)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.key)
def test_what_cannot_be_measured_is_said(promise: Promise) -> None:
    assert promise.unmeasured.endswith(".")
    assert promise.text.endswith(".")
