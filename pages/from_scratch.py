"""From scratch: which lines of code make these numbers, and do independent engines agree on them?"""

from collections.abc import Sequence

import streamlit as st

from pages.charts.limits import number
from pages.frame.choices import choose_layer, choose_one
from pages.frame.engines import engines_agreement
from pages.frame.forward_pass import current_pass
from pages.frame.from_scratch_lesson import FROM_SCRATCH_LESSON
from pages.frame.guard import guard
from pages.frame.lesson import draw_lesson
from pages.frame.redraw import drawn_once, redrawn
from pages.frame.scratch_steps import Step
from pages.frame.step_table import Table, steps_in_numbers
from pages.frame.token_choice import choose_token

guard()

st.title("Which lines of code make these numbers?", anchor=False)
st.write(
    "An encoder is about a hundred lines. "
    "Here they are twice, step by step, with the shapes and numbers of your sentence below each step."
)

# Streamlit's own colour of these words is too pale to be read on the code's background.
READABLE = "<style>.stCode .token:is(.keyword, .function) { color: light-dark(#1c63bb, #6cb2ff) !important; }</style>"
BOTH, ENGINES = "side by side", ("NumPy", "torch")
COLUMNS = {
    "numbers": st.column_config.TextColumn("first numbers of the token (of head 0)"),
    "difference": st.column_config.NumberColumn("largest difference, NumPy and torch", format="%.2e"),
}


def badges() -> None:
    """Run the other engines now, and show how far they are from the trace."""
    shown = current_pass()
    agreement = engines_agreement(shown.settings, shown.encoding.ids)
    left, right = st.columns(2)
    left.metric("Difference to NumPy, all tensors", number(agreement.to_numpy), border=True)
    if agreement.to_torch is not None:
        right.metric("Difference to torch.nn, output", number(agreement.to_torch), border=True)
    else:
        sizes = agreement.why_not.partition(";")[0]
        right.info(f"Here {sizes}. torch.nn.TransformerEncoder needs both equal, so it has no such encoder.")
    st.caption(
        "Each figure is the largest difference of any number; torch.nn stands for torch.nn.TransformerEncoder. "
        f"The largest number of this pass is {number(agreement.largest_number)}. float32 keeps about seven figures, "
        "and the engines add up in different orders, so that their last figures differ."
    )


# The section asks for the pass itself: a session keeps its fragments, and would keep a trace on the page with them.
@st.fragment
def steps() -> None:
    """Draw every step of the pass, through the layer that is chosen."""
    shown = current_pass()
    tokens = shown.encoding.pieces
    st.html(READABLE)
    with st.container(horizontal=True):
        layer = choose_layer(shown.settings.layers)
        engine = choose_one("Code", (BOTH, *ENGINES), "code")
    token = choose_token("Numbers of token", tokens, "token", bind="query-params")
    for step, table in steps_in_numbers(shown, layer, token):
        st.header(step.title, anchor=False)
        draw_step(step, table, ENGINES if engine == BOTH else (engine,))


def draw_step(step: Step, table: Table, engines: Sequence[str]) -> None:
    """Draw the code of these engines side by side, and what it computed."""
    if step.remark:
        st.caption(step.remark)
    else:
        code = dict(zip(ENGINES, (step.numpy_code, step.torch_code), strict=True))
        for column, engine in zip(st.columns(len(engines)), engines, strict=True):
            column.caption(engine)
            column.code(code[engine], wrap_lines=True)
    if step.paths:
        st.dataframe(table, column_config=COLUMNS, hide_index=True, height="content", key=f"numbers_{step.title}")


@redrawn
def sections() -> None:
    """Draw the page's sections, in their order."""
    st.write(FROM_SCRATCH_LESSON.opening)
    badges()
    steps()


@drawn_once
def lesson() -> None:
    """Say what to notice, and when this is not true."""
    draw_lesson(FROM_SCRATCH_LESSON)
