"""A page with two token maps, one signed and one of sizes, and a choice of what they show."""

import streamlit as st

from pages.views.token_map import position_map, residual_map
from tests.browser.apps.token_tables import EXAMPLES

st.set_page_config(page_title="Token map", layout="wide")
st.title("Token map")
shown = EXAMPLES[st.radio("Example", list(EXAMPLES), horizontal=True, key="example", bind="query-params")]
position_map(shown.tokens, shown.encoding)
residual_map(shown.tokens, shown.norms, shown.sites, shown.groups)
