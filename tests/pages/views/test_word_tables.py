"""The tables of words: every word and number in its place, and no word is markup."""

import re

from pages.views.word_tables import depth_table_html, job_table_html, word_table_html

WORDS = [("dog", 0.5), ("<b>", 0.25), ("dog's", 0.001)]


def cells(table: str) -> list[list[str]]:
    rows = re.findall("<tr>(.*?)</tr>", table)
    return [[re.sub("<.*?>", "", cell).strip() for cell in re.findall("<t[hd].*?</t[hd]>", row)] for row in rows]


def test_each_word_has_its_rank_and_its_probability() -> None:
    assert cells(word_table_html(WORDS, None)) == [
        ["rank", "word", "probability", ""],
        ["1", "dog", "50.0 %", ""],
        ["2", "&lt;b&gt;", "25.0 %", ""],
        ["3", "dog&#x27;s", "0.100 %", ""],
    ]


def test_only_the_true_word_is_marked() -> None:
    table = word_table_html(WORDS, "dog")
    assert re.findall('class="true"><bdi>(.*?)</bdi>', table) == ["dog"]
    assert 'class="true"' not in word_table_html(WORDS, None)


def test_each_layer_has_a_row() -> None:
    assert cells(depth_table_html([WORDS[:2], WORDS[1:]], None)) == [
        ["after", "1.", "2."],
        ["layer 0", "dog 50.0 %", "&lt;b&gt; 25.0 %"],
        ["layer 1", "&lt;b&gt; 25.0 %", "dog&#x27;s 0.100 %"],
    ]


def test_a_head_without_a_job_says_so() -> None:
    assert cells(job_table_html([["", "next token 0.77"], ["determiner → noun 0.31", ""]])) == [
        ["", "head 0", "head 1"],
        ["layer 0", "no job", "next token 0.77"],
        ["layer 1", "determiner → noun 0.31", "no job"],
    ]
