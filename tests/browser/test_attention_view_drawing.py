"""What the attention view draws in a real browser: the numbers of the arrays, in colours and words for everybody."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.apps.softmax_attention import EXAMPLES, HOSTILE, PLAIN
from tests.browser.attention_on_screen import SHOWN, box_of, chip, exact, finding, headline, part, point_at, thumbnail

Open = Callable[..., Page]


def test_the_numbers_on_the_screen_are_the_numbers_of_the_arrays(open_attention: Open) -> None:
    page = open_attention()
    expect(headline(page)).to_have_text(finding(0, 0, query=1))
    for layer, head, query, key in [(0, 0, 0, 0), (2, 1, 6, 3), (1, 0, 4, 7)]:
        thumbnail(page, layer, head).click()
        point_at(page, query, key)
        expect(headline(page)).to_have_text(finding(layer, head, query, key))
        cell = (layer, head, query, key)
        assert exact(page, "dot") == SHOWN.dot_products[cell]
        assert exact(page, "score") == exact(page, "masked") == SHOWN.scores[cell]
        assert exact(page, "alpha") == exact(page, "tip") == SHOWN.weights[cell]
        scores = SHOWN.scores[layer, head, query]
        exponentials = np.exp(scores - scores.max())
        assert exact(page, "exponential") == pytest.approx(exponentials[key], rel=1e-6)
        division = f"{exponentials[key]:#.5g} ÷ {exponentials.sum():#.5g}"
        expect(part(page, "division")).to_have_text(division)


def test_the_products_of_all_dimensions_are_shown_with_their_sum(open_attention: Open) -> None:
    page = open_attention()
    point_at(page, query=2, key=6)
    page.mouse.down()
    page.mouse.up()
    q, k, v = SHOWN.query[0, 0, 2], SHOWN.key[0, 0, 6], SHOWN.value[0, 0, 6]
    alpha = np.full_like(v, SHOWN.weights[0, 0, 2, 6])
    for name, first, second in (("products", q, k), ("values", alpha, v)):
        part(page, name).focus()
        part(page, name).press("Home")
        for dimension in range(len(q)):
            expect(part(page, name)).to_have_attribute("aria-valuenow", str(dimension))
            text = (part(page, name).get_attribute("aria-valuetext") or "").replace("−", "-")
            numbers = [float(number) for number in re.findall(r"-?\d+\.\d+(?:e-\d+)?", text)]
            assert numbers == pytest.approx(
                [first[dimension], second[dimension], first[dimension] * second[dimension]], rel=1e-4
            )
            part(page, name).press("ArrowRight")
    assert exact(page, "dot") == pytest.approx((q * k).sum(), rel=1e-5)


def test_the_story_says_that_there_is_no_mask_and_the_score_stays_as_it_is(open_attention: Open) -> None:
    page = open_attention()
    step = part(page, "steps").locator("li").filter(has_text=re.compile("^mask"))
    expect(step).to_contain_text("none in this pass")
    key = int(SHOWN.weights[0, 0, 1].argmax())
    assert exact(page, "masked") == SHOWN.scores[0, 0, 1, key]


def test_the_average_says_what_it_is_and_lists_the_weights_of_the_heads(open_attention: Open) -> None:
    page = open_attention("?layer=1&head=mean&query=3")

    expect(headline(page)).to_have_text(finding(1, -1, query=3))
    expect(page.get_by_text("An average of the heads’ weights.")).to_be_visible()
    expect(part(page, "dot")).to_be_hidden()
    key = int(SHOWN.weights[1].mean(axis=0)[3].argmax())
    weights = SHOWN.weights[1, :, 3, key]
    expect(part(page, "headWeights").locator("li")).to_have_text(
        [re.compile(f"^head {head}: {weight:#.5g}$") for head, weight in enumerate(weights)]
    )


def test_arcs_lead_to_the_largest_weights_until_they_hold_the_wanted_share(open_attention: Open) -> None:
    page = open_attention()
    row = np.sort(SHOWN.weights[0, 0, 1])[::-1]
    arcs = part(page, "arcs").locator("path")
    expect(arcs).to_have_count(int(np.searchsorted(row.cumsum(), 0.7) + 1))
    part(page, "mass").press("Home")
    expect(arcs).to_have_count(int(np.searchsorted(row.cumsum(), 0.5) + 1))
    part(page, "mass").press("End")
    expect(arcs).to_have_count(len(PLAIN))


def test_rescaling_gives_full_colour_to_the_largest_weight_and_prints_it(open_attention: Open) -> None:
    page = open_attention()
    darkest = (
        "canvas => Math.max(...canvas.getContext('2d').getImageData(0, 0, 8, 8).data.filter((x, i) => i % 4 == 3))"
    )
    peak = SHOWN.weights[0, 0].max()
    expect(part(page, "limit")).to_have_text("1")
    assert part(page, "field").evaluate(darkest) == round(255 * float(peak))
    page.get_by_label("rescale").check()
    expect(part(page, "limit")).to_have_text(f"{peak:#.5g}")
    assert float(part(page, "limit").get_attribute("title") or "nan") == pytest.approx(peak)
    assert part(page, "field").evaluate(darkest) == 255
    page.get_by_label("rescale").uncheck()
    expect(part(page, "limit")).to_have_text("1")
    expect(part(page, "limit")).to_have_attribute("title", "1")


def test_all_heads_are_drawn_on_one_scale_whose_end_is_printed_beside_them(open_attention: Open) -> None:
    page = open_attention()
    darkest = """(canvas, [layer, column]) => Math.max(...canvas.getContext("2d")
        .getImageData(9 * column, 9 * layer, 8, 8).data.filter((x, i) => i % 4 == 3))"""
    heads = [(layer, head) for layer in range(3) for head in range(2)]
    peaks = [SHOWN.weights[place].max() for place in heads]
    for is_rescaled, limit in ((False, 1), (True, max(peaks))):
        page.get_by_label("rescale").set_checked(is_rescaled)
        expect(part(page, "allLimit")).to_have_text(f"{limit:#.5g}" if is_rescaled else "1")
        assert float(part(page, "allLimit").get_attribute("title") or "nan") == pytest.approx(limit)
        drawn = [part(page, "thumbnails").evaluate(darkest, [layer, head + 1]) for layer, head in heads]
        assert drawn == pytest.approx([255 * float(peak / limit) for peak in peaks], abs=1)
    expect(part(page, "limit")).to_have_text(f"{peaks[0]:#.5g}")  # the large matrix has a scale of its own
    assert peaks[0] < max(peaks)


def test_a_change_of_theme_is_followed_at_once(open_attention: Open) -> None:
    page = open_attention()
    root = page.locator(".attention")
    ink = "canvas => [...canvas.getContext('2d').getImageData(0, 0, 1, 1).data].slice(0, 3)"
    assert part(page, "field").evaluate(ink) == pytest.approx([0x7B, 0x3F, 0xB5], abs=8)
    painted = root.get_attribute("data-painted") or ""
    page.emulate_media(color_scheme="dark")
    expect(root).not_to_have_attribute("data-painted", painted)
    # Whatever else was to be painted may come first, in the colours of before.
    page.wait_for_function(f"canvas => ({ink})(canvas)[0] > 0xA0", arg=part(page, "field").element_handle())
    assert part(page, "field").evaluate(ink) == pytest.approx([0xC3, 0x9B, 0xFF], abs=8)


def test_hostile_tokens_are_shown_as_typed_and_never_run(open_attention: Open) -> None:
    dialogs: list[str] = []
    page = open_attention(
        "?example=hostile", before=lambda page: page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    )
    for token in range(len(HOSTILE)):
        chip(page, token).hover()
    for list_of_tokens in (part(page, "chips").locator("bdi"), part(page, "rows").locator("bdi")):
        assert list_of_tokens.all_text_contents() == list(HOSTILE)

    assert dialogs == []
    assert page.locator(".attention").locator("img, script, b:text-is('')").count() == 0


def test_an_unknown_word_looks_like_no_other_token_and_what_was_typed_is_read_out(open_attention: Open) -> None:
    page = open_attention("?example=unknown")
    look = "button => [getComputedStyle(button).borderRadius, getComputedStyle(button.firstChild).textDecorationStyle]"
    special, unknown, word = (chip(page, token).evaluate(look) for token in (0, 1, 3))
    assert unknown == [word[0], "wavy"]
    assert unknown[0] != special[0]
    assert word[1] == "solid"
    assert "query the looks" in headline(page).inner_text()  # the first word that the encoder knows
    chip(page, 1).focus()
    chip(page, 1).hover()
    expect(headline(page)).to_contain_text("query [UNK] “\u2068שלום\u2069” looks at key")
    expect(part(page, "aloud")).to_contain_text("query [UNK] “\u2068שלום\u2069” (token 1) looks at")
    chip(page, 2).hover()
    expect(headline(page)).to_contain_text("query [UNK] “\u2068<b>犬</b>\u2069” looks at key")
    expect(chip(page, 2)).to_have_attribute("title", "[UNK] “\u2068<b>犬</b>\u2069”")
    assert chip(page, 2).locator("bdi").inner_text() == "[UNK]"


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_axe_finds_nothing(color_scheme: str, open_attention: Open) -> None:
    page = open_attention("?example=hostile", color_scheme=color_scheme)
    for _ in range(2):
        found = Axe().run(page, context="[data-testid=stBidiComponentIsolated]").response["violations"]
        assert found == []
        page.get_by_label("rescale").check()  # full colour behind the words
        thumbnail(page, 1, -1).click()


def test_long_sentences_stay_aligned_and_follow_the_cell(open_attention: Open) -> None:
    page = open_attention("?example=long")
    matrix = part(page, "map")
    matrix.focus()
    matrix.press("End")
    for _ in range(60):
        matrix.press("ArrowDown")
    expect(headline(page)).to_have_text(finding(0, 0, 60, 127, shown=EXAMPLES["long"]))
    cell, box = box_of(page.locator(".cell")), box_of(matrix)
    label_of_row = box_of(part(page, "rows").locator("bdi").nth(60))
    label_of_column = box_of(part(page, "columns").locator("bdi").nth(127))
    assert box["x"] <= cell["x"] <= box["x"] + box["width"] - cell["width"] + 1
    assert box["y"] <= cell["y"] <= box["y"] + box["height"] - cell["height"] + 1
    assert label_of_row["y"] == pytest.approx(cell["y"], abs=1)
    assert label_of_column["x"] == pytest.approx(cell["x"], abs=1)
