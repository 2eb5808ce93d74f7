"""The learning rate over a run: up, flat, down; and the flat part is the same for every length of the run."""

import pytest

from encoder.learning.schedule import Schedule


def test_it_warms_up_linearly() -> None:
    schedule = Schedule(steps=1_000, warm_up=10)
    assert [schedule.factor(step) for step in range(10)] == pytest.approx([0.1 * n for n in range(1, 11)])


def test_it_ends_at_the_final_factor() -> None:
    assert Schedule(steps=101, warm_up=7, final=0.02).factor(100) == pytest.approx(0.02)


def test_it_shrinks_only_over_the_last_share() -> None:
    schedule = Schedule(steps=100, warm_up=1, decay_share=0.3, final=0.0)
    factors = [schedule.factor(step) for step in range(100)]
    assert factors[:70] == [1.0] * 70
    assert factors[70:] == sorted(factors[70:], reverse=True)
    assert factors[84] == pytest.approx(0.5)


def test_a_shorter_run_takes_the_same_steps_until_it_shrinks() -> None:
    long, short = Schedule(steps=1_000), Schedule(steps=800)
    assert [long.factor(step) for step in range(560)] == [short.factor(step) for step in range(560)]


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"steps": 0}, r"steps is 0; a run needs at least 1\. Give a larger number\."),
        ({"warm_up": -1}, r"warm_up is -1; it must be 0 or more steps\."),
        ({"decay_share": 1.5}, r"decay_share is 1\.5; it must be from 0 to 1\."),
        ({"final": -0.1}, r"final is -0\.1; it must be from 0 to 1\."),
    ],
)
def test_impossible_choices_are_refused(choices: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Schedule(**({"steps": 100} | choices))  # type: ignore[arg-type]
