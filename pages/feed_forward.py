"""Feed-forward: what happens to each token's vector alone, in the feed-forward network and in LayerNorm?"""

import streamlit as st

from encoder.analysis.norm_steps import STEPS, norm_steps, stream_norm_paths
from encoder.analysis.unit_activity import active_shares, strongest_units
from pages.charts.findings import extremes_finding, numbers_finding
from pages.charts.gain_and_shift import gain_and_shift, gain_and_shift_finding
from pages.charts.heatmap import heatmap
from pages.charts.histogram_pair import histogram_finding, histogram_pair
from pages.charts.limits import number
from pages.charts.norm_lines import norm_lines
from pages.charts.site_heatmap import site_heatmap
from pages.frame.chart import choose_format, draw_chart
from pages.frame.choices import choose_layer, choose_listed, choose_one
from pages.frame.feed_forward_lessons import FEED_FORWARD_LESSONS
from pages.frame.forward_pass import current_pass
from pages.frame.guard import guard
from pages.frame.lesson import draw_lesson
from pages.frame.redraw import redrawn
from pages.frame.token_choice import choose_token
from pages.views.chart_care import look_after_charts

guard()

ADDED = "‖activation · W₂[unit]‖"
NAMES = ("pre_activation", "activation")
FOUR_DECIMALS = dict.fromkeys(
    (*NAMES, ADDED, "mean", "std", *(f"‖{step}‖" for step in STEPS)), st.column_config.NumberColumn(format="%.4f")
)

st.title("What happens to each token alone?", anchor=False)
st.write(
    "Attention carries findings from token to token. "
    "The feed-forward network and LayerNorm then work on each token's vector, and look at no other."
)


# Each section asks for the pass itself: a session keeps its fragments, and would keep a trace on the page with them.
@st.fragment
def network() -> None:
    """Draw what drives the hidden units of one layer, what they let through, and who adds most to one token."""
    shown = current_pass()
    tokens = shown.encoding.pieces
    layer = choose_layer(shown.trace.config.n_layers)
    before, after = (shown.trace[f"layers.{layer}.feed_forward.{name}"][0].numpy() for name in NAMES)
    finding = histogram_finding(before, after, NAMES)
    draw_chart(histogram_pair(before, after, NAMES), alt=finding, key="histogram")
    st.caption(finding)
    name = choose_one("Numbers of", NAMES, "units_of")
    values = before if name == NAMES[0] else after
    units = heatmap(values, tokens, name=name, column="unit", below="hidden unit")
    draw_chart(units, alt=numbers_finding(name, values), key="units")
    st.write("**The units that add most to one token**")
    token = choose_token("Token", tokens, "token", bind="query-params")
    strongest = strongest_units(shown.trace, layer, token)
    columns = {
        "unit": strongest.units,
        "pre_activation": strongest.pre_activation,
        "activation": strongest.activation,
        ADDED: strongest.added,
    }
    table = {title: column.numpy() for title, column in columns.items()}
    st.dataframe(table, column_config=FOUR_DECIMALS, hide_index=True, height="content")
    st.caption("Each hidden unit adds its activation times its own row of W₂ to the token's vector.")


def activity() -> None:
    """Draw the share of active units, for every token and layer."""
    shown = current_pass()
    shares = active_shares(shown.trace)[:, 0].T.numpy()
    layers = [f"layer {layer}" for layer in range(shares.shape[1])]
    name = "share of units active"
    figure = site_heatmap(shares, shown.encoding.pieces, layers, layers, name=name)
    draw_chart(figure, alt=extremes_finding(name, shares, shown.encoding.pieces, layers), key="activity")
    st.caption("A unit is counted as active for a token if its pre-activation is above 0.")


@st.fragment
def layer_norm() -> None:
    """Draw one LayerNorm: the vectors before and after, their lengths at each step, and γ and β."""
    shown = current_pass()
    trace, tokens = shown.trace, shown.encoding.pieces
    paths = stream_norm_paths(trace)
    steps = norm_steps(trace, choose_listed("Which LayerNorm", paths, "layer_norm", paths[0]))
    lengths, radius = steps.lengths[:, 0].T.numpy(), trace.config.d_model**0.5
    followed = choose_token("Follow a token", tokens, "follow", bind="query-params")
    finding = f"‖(x − μ)/σ‖ is {number(lengths[:, 2].min())} to {number(lengths[:, 2].max())}; √d_model is "
    lines = norm_lines(lengths, tokens, STEPS, STEPS, followed=followed, name="length")
    draw_chart(lines, alt=finding + number(radius), key="steps")
    st.metric("Distance from the sphere, max|‖(x − μ)/σ‖ − √d_model|", number(steps.off_sphere), border=True)
    moments = {"position": range(len(tokens)), "token": list(tokens)} | {
        name: trace[f"{steps.norm}.{name}"][0].numpy() for name in ("mean", "std")
    }
    moments |= {f"‖{step}‖": lengths[:, at] for at, step in enumerate(STEPS)}
    st.dataframe(moments, column_config=FOUR_DECIMALS, hide_index=True, key="moments")
    vectors = {"x": steps.before, "(x − μ)/σ": f"{steps.norm}.normalized", "LN(x)": f"{steps.norm}.output"}
    name = choose_one("Vectors", list(vectors), "vectors")
    values = trace[vectors[name]][0].numpy()
    draw_chart(heatmap(values, tokens, name=name), alt=numbers_finding(name, values), key="vectors")
    gamma, beta = (trace.encoder.get_parameter(f"{steps.norm}.{name}").detach().numpy() for name in ("gamma", "beta"))
    draw_chart(gain_and_shift(gamma, beta), alt=gain_and_shift_finding(gamma, beta), key="gamma_beta")


@redrawn
def sections() -> None:
    """Draw the page's sections, in their order."""
    lesson = FEED_FORWARD_LESSONS[current_pass().trace.config.activation]
    st.write(lesson.opening)
    st.header("The hidden units of one layer", anchor=False)
    network()
    st.header("How many units are active?", anchor=False)
    activity()
    st.header("LayerNorm, step by step", anchor=False)
    layer_norm()
    draw_lesson(lesson)
    choose_format()
    look_after_charts()
