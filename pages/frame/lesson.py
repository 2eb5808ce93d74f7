"""What a page says beside its charts: what to notice, when that is not true, and a prediction to make first."""

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
    """Draw everything but the opening, which stands above the charts."""
    st.header("What to notice", anchor=False)
    st.write(lesson.notice)
    st.header("When this is not true", anchor=False)
    st.write(lesson.not_true_when)
    st.header("Predict, then check", anchor=False)
    st.write(lesson.question)
    with st.expander("Check"):
        st.write(lesson.answer)
