"""A page with two token maps, one signed and one of sizes, and a choice of what they show."""

import streamlit as st

from pages.views.token_maps import CODE, small_maps_payload
from pages.views.view_group import ViewGroup
from tests.browser.apps.token_tables import EXAMPLES

st.set_page_config(page_title="Token map", layout="wide")
st.title("Token map")
shown = EXAMPLES[st.radio("Example", list(EXAMPLES), horizontal=True, key="example", bind="query-params")]
lengths = {"norms": shown.norms, "sites": shown.sites, "groups": shown.groups}
ViewGroup("token_maps", [CODE]).draw(small_maps_payload(shown.tokens, encoding=shown.encoding, **lengths))
