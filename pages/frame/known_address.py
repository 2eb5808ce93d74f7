"""What Streamlit knows of the address bar, kept true.

Streamlit 1.67 reads the address when the page is turned, and not again. Whenever it then writes a parameter that the
app has set, it writes all others as it knew them, over what the visitor's controls have written since.
"""

from streamlit.runtime.scriptrunner import get_script_run_ctx


def renew_known_address() -> None:
    """Let Streamlit know the address as it was in the browser when it asked for this run."""
    run = get_script_run_ctx()
    if run is None:
        return
    with run.session_state.query_params() as known:
        known.populate_from_query_string(run.query_string, {run.pages_manager.main_script_hash, run.page_script_hash})
