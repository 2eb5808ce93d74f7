import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.frame.settings import DEFAULTS, DEPENDENT_NAMES, nearest, nearest_weights
from pages.frame.weights_source import SOURCES


def possible(name: str, weights: str) -> tuple:
    source = SOURCES[weights]
    return tuple(source.numbers[name] if name in source.numbers else source.words[name])


@pytest.mark.usefixtures("trained")
def test_every_source_of_weights_says_what_it_offers_for_every_control() -> None:
    assert len(SOURCES) == 2
    for source in SOURCES.values():
        assert {*source.numbers, *source.words} == set(DEPENDENT_NAMES)


@given(name=st.sampled_from(DEPENDENT_NAMES), value=st.one_of(st.text(), st.integers(), st.floats(), st.none()))
def test_the_nearest_value_is_always_a_possible_one(name: str, value: object) -> None:
    assert nearest(name, value, "random") in possible(name, "random")


@pytest.mark.parametrize("name", DEPENDENT_NAMES)
def test_a_possible_value_stays_as_it_is(name: str) -> None:
    assert all(nearest(name, str(value), "random") == value for value in possible(name, "random"))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("layers", "0", 1),
        ("layers", "-7", 1),
        ("layers", "1e999", 12),
        ("layers", "9" * 5000, 12),
        ("layers", "nan", DEFAULTS.layers),
        ("heads", "sixteen", DEFAULTS.heads),
        ("d_model", "100", 96),
        ("d_model", "500000", 512),
        ("seed", "-1", 0),
        ("seed", "3.9", 4),
        ("norm", "PRE", "pre"),
        ("positions", "sinus", "sinusoidal"),
        ("positions", "<script>", DEFAULTS.positions),
    ],
)
def test_an_impossible_value_moves_to_the_nearest_possible_one(name: str, value: str, expected: object) -> None:
    assert nearest(name, value, "random") == expected


@given(st.text())
def test_the_nearest_weights_always_exist(value: str) -> None:
    assert nearest_weights(value) in SOURCES
