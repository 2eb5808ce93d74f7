"""A page with nothing but the attention view, and a choice of what it shows."""

import streamlit as st

from pages.views.attention import attention_payload, attention_view
from tests.browser.apps.softmax_attention import EXAMPLES

st.set_page_config(page_title="Attention view", layout="wide")
st.title("Attention view")
shown = EXAMPLES[st.radio("Example", list(EXAMPLES), horizontal=True, key="example", bind="query-params")]
payload = attention_payload(
    shown.tokens,
    kinds=shown.kinds,
    typed=shown.typed,
    query=shown.query,
    key=shown.key,
    value=shown.value,
    dot_products=shown.dot_products,
    weights=shown.weights,
)
attention_view(payload)
