"""What the Knock out page says of the shipped weights is what they do."""

import pytest
import torch

from encoder import Edits, Encoder, RemoveEdge, ScaleHead
from encoder.tables.head_effect_table import HeadEffectTable
from encoder.tables.head_table import HeadTable
from encoder.tokenizer import Tokenizer
from encoder.weights import checkpoint
from encoder.weights.nested import NestedEncoder, Shape
from pages.frame.examples import EXAMPLES
from pages.frame.knock_out_lesson import KNOCK_OUT_LESSON
from pages.frame.weights_source import NESTED_FOLDER

WEIGHTS = NESTED_FOLDER / "encoder.safetensors"
SMALL, LARGE = Shape(3, 4, 64), Shape(6, 8, 128)
LAYER, HEAD = 4, 0

pytestmark = [
    pytest.mark.skipif(not WEIGHTS.exists(), reason="needs trained weights"),
    pytest.mark.usefixtures("_no_gradients"),
]


@pytest.fixture
def _no_gradients() -> object:
    with torch.inference_mode():
        yield


@pytest.fixture(scope="module")
def nested() -> NestedEncoder:
    return NestedEncoder(checkpoint.load(WEIGHTS))


def of(nested: NestedEncoder, shape: Shape) -> Encoder:
    return nested.at(shape.n_layers, shape.n_heads, shape.d_model)


def test_the_late_heads_look_at_the_ends_and_in_the_large_encoder_at_little_else() -> None:
    measured = HeadTable.load(NESTED_FOLDER / "heads.json").figures
    small, large = (measured[shape].figures["[CLS]/[SEP] sink"] for shape in (SMALL, LARGE))
    late, last = large[2:], small[2]
    assert (round(float(late.min()), 2), round(float(late.max()), 2)) == (0.82, 1.00)
    assert divmod(int(large.argmax()), LARGE.n_heads) == (LAYER, HEAD)
    assert (round(float(last.min()), 2), round(float(last.max()), 2)) == (0.46, 0.81)
    assert ".82 to 1.00 of its weight in the heads of layers 2 to 5" in KNOCK_OUT_LESSON.notice
    assert "layer 2 give the two .46 to .81" in KNOCK_OUT_LESSON.notice


def test_little_comes_from_the_sinks(nested: NestedEncoder) -> None:
    encoder = of(nested, LARGE)
    without_edges, without_head, at_the_ends, elsewhere = [], [], [], []
    for example in EXAMPLES.values():
        token_ids = torch.tensor([Tokenizer.load().encode(example.sentence).ids])
        length = token_ids.shape[1]
        trace = encoder(token_ids)
        edges = Edits(
            tuple(RemoveEdge(LAYER, HEAD, query, key, False) for query in range(length) for key in (0, length - 1))
        )
        for edit, changes in ((edges, without_edges), (Edits((ScaleHead(LAYER, HEAD, 0.0),)), without_head)):
            changes.append(float((encoder(token_ids, edit=edit).output - trace.output).norm() / trace.output.norm()))
        lengths = trace[f"layers.{LAYER}.attention.value"][0, HEAD].norm(dim=-1)
        at_the_ends.append(lengths[[0, -1]])
        elsewhere.append(lengths[1:-1])
    assert (round(min(without_edges), 2), round(max(without_edges), 2)) == (0.01, 0.02)
    assert (round(min(without_head), 2), round(max(without_head), 2)) == (0.02, 0.03)
    assert float(torch.cat(at_the_ends).mean()) == pytest.approx(0.1, abs=0.05)
    assert float(torch.cat(elsewhere).mean()) == pytest.approx(3.5, abs=0.05)


@pytest.mark.parametrize(("shape", "with_all", "without"), [(SMALL, 0.92, 0.64), (LARGE, 0.97, 0.93)])
def test_are_stays_first_whichever_head_is_silenced(
    nested: NestedEncoder, shape: Shape, with_all: float, without: float
) -> None:
    encoder, tokenizer = of(nested, shape), Tokenizer.load()
    asked, are = tokenizer.encode("The dogs [MASK] running through the snow."), tokenizer.encode("are").ids[1]

    def probabilities(edit: Edits) -> torch.Tensor:
        prediction = encoder(torch.tensor([asked.ids]), edit=edit).prediction
        assert prediction is not None
        return prediction.logits[0, asked.pieces.index("[MASK]")].softmax(dim=-1)

    assert round(float(probabilities(Edits())[are]), 2) == with_all
    assert round(float(probabilities(Edits((ScaleHead(0, 0, 0.0),)))[are]), 2) == without
    for layer in range(shape.n_layers):
        for head in range(shape.n_heads):
            assert int(probabilities(Edits((ScaleHead(layer, head, 0.0),))).argmax()) == are


def test_over_captions_the_first_head_is_worth_what_the_answer_says() -> None:
    effects = HeadEffectTable.load(NESTED_FOLDER / "head_effects.json").effects
    losses = [-float(effects[shape].accuracy_changes[0, 0]) for shape in (SMALL, LARGE)]
    assert [round(loss, 2) for loss in losses] == [0.18, 0.16]
    assert "worth .18 of accuracy in the small one and .16 in the large one" in KNOCK_OUT_LESSON.answer


def test_over_captions_the_first_head_is_worth_most_and_late_ones_of_the_large_encoder_next_to_nothing() -> None:
    effects = HeadEffectTable.load(NESTED_FOLDER / "head_effects.json").effects
    for shape in (SMALL, LARGE):
        first, second = (-effects[shape].accuracy_changes).flatten().topk(2).values
        assert first == -effects[shape].accuracy_changes[0, 0]
        assert first > 2 * second
    assert round(float((-effects[LARGE].accuracy_changes[3:]).max()), 3) == 0.003
    assert "no single head of layers 3 to 5 is worth more than .003" in KNOCK_OUT_LESSON.notice
