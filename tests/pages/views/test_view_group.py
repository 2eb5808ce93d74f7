"""Views that travel as one component have each their own block, root and payload."""

import pytest

from pages.views import attention, token_maps
from pages.views.payload import join
from pages.views.view_code import ENTRANCE, ViewCode
from pages.views.view_group import ViewGroup
from tests.pages.payloads import split


@pytest.mark.parametrize("payloads", [[b""], [b"once"], [b"once", b"", b"more" * 70_000]])
def test_payloads_come_apart_as_they_were_joined(payloads: list[bytes]) -> None:
    assert split(join(payloads), len(payloads)) == payloads


@pytest.mark.parametrize("code", [attention.CODE, token_maps.CODE])
def test_a_view_has_the_one_entrance_that_a_group_looks_for(code: ViewCode) -> None:
    assert code.js.count(ENTRANCE) == 1
    assert "template" not in code.html


def test_a_view_without_the_entrance_is_refused() -> None:
    with pytest.raises(ValueError, match="0 times 'export default function \\('; it must begin its one entrance so"):
        ViewGroup("nothing", [ViewCode("<p></p>", "", "const nothing = 0;\n")])
