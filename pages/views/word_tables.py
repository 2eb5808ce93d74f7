"""Words and their probabilities as tables that a screen reader can read and nobody's words can break."""

import html
from collections.abc import Iterable, Sequence

import streamlit as st

from pages.views.view_code import view_code

STYLE = f"<style>{view_code('word_tables', 'fading').css}</style>"

Words = Sequence[tuple[str, float]]
"""Words with their probabilities, the likeliest first."""


def word_table(words: Words, true_word: str | None, caption: str = "The likeliest words") -> None:
    """Draw the likeliest words, one row each, with a bar for each probability; the true word is underlined."""
    st.html(STYLE + word_table_html(words, true_word, caption))


def depth_table(words_by_layer: Sequence[Words], true_word: str | None) -> None:
    """Draw the likeliest words after each layer, one row per layer."""
    st.html(STYLE + depth_table_html(words_by_layer, true_word))


def job_table(jobs: Sequence[Sequence[str]]) -> None:
    """Draw what each head does, one row per layer and one column per head; an empty text is "no job"."""
    st.html(STYLE + job_table_html(jobs))


def word_table_html(words: Words, true_word: str | None, caption: str = "The likeliest words") -> str:
    """Return the table of the likeliest words."""
    rows = (
        f'<tr><td class="number">{rank}</td><th scope="row">{_word(word, true_word)}</th>'
        f'<td class="number">{percent(probability)}</td>'
        f'<td aria-hidden="true"><span class="bar" style="width: {100 * probability:.2f}%"></span></td></tr>'
        for rank, (word, probability) in enumerate(words, start=1)
    )
    head = '<tr><th scope="col">rank</th><th scope="col">word</th><th scope="col">probability</th><td></td></tr>'
    return _table(caption, head, rows)


def depth_table_html(words_by_layer: Sequence[Words], true_word: str | None) -> str:
    """Return the table of layers."""
    ranks = range(1, max(map(len, words_by_layer)) + 1)
    head = '<tr><th scope="col">after</th>' + "".join(f'<th scope="col">{rank}.</th>' for rank in ranks) + "</tr>"
    rows = (
        f'<tr><th scope="row">layer {layer}</th>'
        + "".join(
            f"<td>{_word(word, true_word)} <small>{percent(probability)}</small></td>" for word, probability in words
        )
        + "</tr>"
        for layer, words in enumerate(words_by_layer)
    )
    return _table("The likeliest words after each layer", head, rows)


def job_table_html(jobs: Sequence[Sequence[str]]) -> str:
    """Return the table of heads."""
    heads = range(max(map(len, jobs)))
    head = "<tr><td></td>" + "".join(f'<th scope="col">head {number}</th>' for number in heads) + "</tr>"
    rows = (
        f'<tr><th scope="row">layer {layer}</th>'
        + "".join(f"<td>{html.escape(job) or 'no job'}</td>" for job in row)
        + "</tr>"
        for layer, row in enumerate(jobs)
    )
    return _table("What each head does", head, rows, kind="jobs")


def percent(probability: float) -> str:
    """Return a probability with three figures, or fewer where it is tiny.

    >>> percent(0.41234), percent(0.00051), percent(3e-9)
    ('41.2 %', '0.051 %', 'below 0.0001 %')
    """
    if probability < 1e-6:
        return "below 0.0001 %"
    decimals = 1 if probability >= 0.1 else 2 if probability >= 0.01 else 3 if probability >= 1e-4 else 4
    return f"{100 * probability:.{decimals}f} %"


def _word(word: str, true_word: str | None) -> str:
    shown = f"<bdi>{html.escape(word)}</bdi>"
    return f'<span class="true">{shown}</span>' if word == true_word else shown


def _table(caption: str, head: str, rows: Iterable[str], kind: str = "") -> str:
    body = "".join(rows)
    return (
        f'<div class="word-tables sideways" role="region" tabindex="0" aria-label="{caption}"><table class="{kind}">'
        f"<caption>{caption}</caption><thead>{head}</thead><tbody>{body}</tbody></table></div>"
    )
