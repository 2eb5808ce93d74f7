"""What is cut at its right end says so: it fades out there, and only there, and never under the focus ring."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

LONG = "+".join(["dog"] * 60)
AT_FIRST, AT_ITS_END = "100% 100%", "calc(100% + 40px) 100%"


def matrix_of(page: Page) -> Locator:
    return page.get_by_role("application", name="layer 0, head 0")


def fade(element: Locator) -> str:
    return element.evaluate("element => getComputedStyle(element).maskSize")


def test_the_matrix_of_a_long_sentence_fades_out_until_its_end_or_until_it_has_the_focus(
    visit: Callable[[str], Page],
) -> None:
    page = visit(f"/attention?weights=random&sentence={LONG}")
    matrix = matrix_of(page)
    expect(matrix).to_be_visible()
    assert matrix.evaluate("element => element.scrollWidth > element.clientWidth")
    assert fade(matrix) == AT_FIRST
    matrix.evaluate("element => element.scrollTo(1e5, 0)")
    page.wait_for_timeout(100)
    assert fade(matrix) == AT_ITS_END
    matrix.focus()
    page.keyboard.press("ArrowRight")
    assert matrix.evaluate("element => getComputedStyle(element).maskImage") == "none"


def test_what_fits_has_no_mask(visit: Callable[[str], Page]) -> None:
    page = visit("/attention?weights=random&sentence=two+dogs")
    assert matrix_of(page).evaluate("element => getComputedStyle(element).maskImage") == "none"
