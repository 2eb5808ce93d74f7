"""What a page says beside its charts: what to notice, when that is not true, and a prediction to make first."""

import zlib
from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True)
class Lesson:
    """The words of one page for one kind of encoder, as Markdown; no word of a visitor's sentence belongs here."""

    opening: str
    notice: str
    not_true_when: str
    question: str
    answer: str


def draw_lesson(lesson: Lesson) -> None:
    """Draw everything but the opening, which stands above the charts.

    The texts are one element: a browser looks through all elements of a page with every move of a control.
    """
    st.markdown(
        f"## What to notice\n\n{lesson.notice}\n\n## When this is not true\n\n{lesson.not_true_when}\n\n"
        f"## Predict, then check\n\n{lesson.question}"
    )
    with st.expander("Check", key=f"answer_to_{zlib.crc32(lesson.question.encode())}"):  # closed for another question
        st.write(lesson.answer)
