"""How many bytes a page's main view gets at each number of heads, so that the bare page can draw as many."""

from streamlit.testing.v1 import AppTest

from tests.browser.app_server import ROOT

BARE_PAGE = ROOT / "tests" / "benchmarks" / "bare_page.py"


def payload_sizes(page_name: str = "live", **query: str) -> list[int]:
    """The bytes of the page's first view for 1 to 16 heads, at the given URL parameters."""
    sizes = []
    for heads in range(1, 17):
        page = AppTest.from_file(ROOT / "app.py", default_timeout=60)
        page.query_params.update(
            query | {"heads": str(heads), "layer": "0"}
        )  # so that the map need not ask what to open
        page.run()
        if page_name != "live":
            page.switch_page(f"pages/{page_name}.py").run()
        sizes.append(len(page.get("bidi_component")[0].proto.bytes))
    return sizes
