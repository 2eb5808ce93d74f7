"""What the tests of the pages share."""

import pytest
from streamlit.components.v2 import manifest_scanner


@pytest.fixture(autouse=True)
def _no_search_for_packaged_components(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare each app test the half second in which Streamlit reads the metadata of every installed package."""
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", list)
