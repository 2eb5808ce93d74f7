"""Position: how does the encoder know where in the sentence a word stands?"""

import streamlit as st

from encoder.analysis import embedding_norms, gram_matrix, offset_profile, wavelengths
from pages.charts.curves import curves
from pages.charts.findings import curves_finding, lengths_finding, numbers_finding, offsets_finding
from pages.charts.gram import gram
from pages.charts.heatmap import heatmap
from pages.charts.limits import number
from pages.charts.norm_pair import norm_pair
from pages.charts.offset_curve import offset_curve
from pages.frame.chart import choose_format, draw_chart
from pages.frame.choices import choose_one, choose_several
from pages.frame.downloads import offer_view
from pages.frame.forward_pass import current_pass
from pages.frame.guard import guard
from pages.frame.lesson import draw_lesson
from pages.frame.position_lessons import POSITION_LESSONS, SHUFFLED
from pages.frame.position_table import position_table, telling_dimensions
from pages.frame.redraw import redrawn
from pages.frame.shuffle import current_places, shuffle_again, shuffle_gaps
from pages.frame.view_contents import position_contents
from pages.views.chart_care import look_after_charts
from pages.views.token_maps import position_file

guard()
st.title("How does the encoder know the order of the words?", anchor=False)
st.write("Attention sees a bag of words. So this encoder can add to each token a vector that tells its place alone.")


# Each section asks for the pass itself: a session keeps its fragments, and would keep a trace on the page with them.
@st.fragment
def every_number() -> None:
    """Draw the vectors that are added, and what they are added to."""
    shown = current_pass()
    paths = {"position P": "embedding.position", "token E[t]": "embedding.token", "sum x₀": "embedding.sum"}
    name = choose_one("Numbers of", [name for name, path in paths.items() if path in shown.trace.paths], "numbers_of")
    values = shown.trace[paths[name]].reshape(len(shown.encoding.ids), -1).numpy()
    draw_chart(heatmap(values, shown.encoding.pieces, name=name), alt=numbers_finding(name, values), key="numbers")


@st.fragment
def chosen_dimensions() -> None:
    """Draw a few dimensions as curves, along the sentence or along all positions of the table."""
    shown = current_pass()
    d_model, tokens, whole = shown.settings.d_model, shown.encoding.pieces, position_table(shown.trace)
    offered = telling_dimensions(d_model)
    chosen = choose_several("Dimensions", offered, [0, 1, *offered[4::4]], key=f"of_{d_model}")
    goes_on = st.toggle(f"Go on to all {len(whole)} positions", key="all_positions", bind="query-params")
    table = whole if goes_on else whole[: len(tokens)]
    waves = wavelengths(d_model).numpy() if shown.settings.positions == "sinusoidal" else None
    if chosen:
        draw_chart(curves(table, chosen, tokens, waves), curves_finding(chosen, len(table), waves), "curves")
    else:
        st.info("Choose at least one dimension.")


def likeness() -> None:
    """Draw how alike every two positions are, and whether their offset alone decides it."""
    shown = current_pass()
    products = gram_matrix(shown.trace["embedding.position"])
    profile = offset_profile(products)
    offsets = profile.mean.numpy(), profile.smallest.numpy(), profile.largest.numpy()
    finding = offsets_finding(*offsets)
    left, right = st.columns(2)
    with left:
        draw_chart(gram(products.numpy(), shown.encoding.pieces), alt=finding, key="gram")
    with right:
        draw_chart(offset_curve(*offsets), alt=finding, key="offsets")
    right.caption(f"{finding} The line is the mean, the band the range over all pairs.")


def lengths() -> None:
    """Draw how long each token's vector is beside its position's."""
    shown = current_pass()
    norms = embedding_norms(shown.trace)
    pair = norms.token[0].numpy(), None if norms.position is None else norms.position.numpy()
    finding = lengths_finding(*pair)
    draw_chart(norm_pair(*pair, shown.encoding.pieces), alt=finding, key="lengths")
    st.caption(finding)


@st.fragment
def shuffled_words() -> None:
    """Put the words in another order, and measure whether the encoder notices."""
    shown = current_pass()
    places = current_places(len(shown.encoding.ids))
    if len(places) < 4:
        st.info("One word alone has no other order. Type a second one.")
        return
    st.button("Shuffle again", on_click=shuffle_again, icon=":material/shuffle:")
    st.code(" ".join(shown.encoding.pieces[place] for place in places), language=None, wrap_lines=True)
    gaps = shuffle_gaps(shown.settings, shown.encoding.ids, places)
    measured = {f"With {shown.settings.positions} positions": gaps.as_it_is, "With positions off": gaps.positions_off}
    cases = [(case, gap) for case, gap in measured.items() if gap is not None]
    for column, (case, gap) in zip(st.columns(2), cases, strict=False):
        column.metric(case, number(gap), border=True)
    st.caption(SHUFFLED)


@redrawn
def sections() -> None:
    """Draw the page's sections, in their order."""
    positions = current_pass().settings.positions
    st.write(POSITION_LESSONS[positions].opening)
    every_number()
    if positions != "none":
        offer_view("Positions", current_pass(), position_file, position_contents)
        st.header("A few dimensions along the sentence", anchor=False)
        chosen_dimensions()
        st.header("How alike are two positions?", anchor=False)
        likeness()
    st.header("How long are the vectors?", anchor=False)
    lengths()
    st.header("Switch positions off, shuffle the words", anchor=False)
    shuffled_words()
    draw_lesson(POSITION_LESSONS[positions])
    choose_format()
    look_after_charts()
