"""What the Tokens page says with positions and without; every sentence says when it holds."""

from pages.frame.lesson import Lesson

_OPENING = (
    "The tokenizer cuts each word into the longest pieces that stand in its vocabulary. A piece's id is the number of "
    "a row in a table of parameters, and this row, E[t], stands for the piece from here on."
)
_NOTICE = (
    "Equal pieces have equal rows, wherever they stand: the cosine of their E[t] is 1, up to rounding. "
    "The id chooses the row and does nothing else: no step computes with it, so close ids need not be alike. "
)
_NOT_TRUE_WHEN = (
    "With random weights every row was drawn by chance, so two different pieces have a cosine near 0, whatever they "
    "mean; 1/√d_model is its typical size. And whatever the tokenizer cannot write in pieces becomes the one "
    "piece [UNK]: such words share one vector."
)
_QUESTION = "Type one word twice. What is the cosine of the two E[t], and what is that of the two x₀?"

_ADDED = Lesson(
    opening=_OPENING,
    notice=f"{_NOTICE}What the position adds makes two equal pieces different, before the first layer has read them.",
    not_true_when=_NOT_TRUE_WHEN,
    question=_QUESTION,
    answer="1 for E[t]: it is the same row. Less for x₀, because two different positions were added.",
)
_ALONE = Lesson(
    opening=f"{_OPENING} Positions are switched off, so x₀ is E[t] itself.",
    notice=f"{_NOTICE}Without positions nothing ever tells two equal pieces apart, in no layer.",
    not_true_when=_NOT_TRUE_WHEN,
    question=_QUESTION,
    answer="1 for both, up to rounding: nothing was added.",
)

TOKENS_LESSONS = {"sinusoidal": _ADDED, "learned": _ADDED, "none": _ALONE}
