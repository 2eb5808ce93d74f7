import pytest
import torch

from encoder import Edits, Encoder, EncoderConfig, PatchToken, Replace, Trace
from pages.frame.planned_edits import Patch

CONFIG = EncoderConfig(vocab_size=11, d_model=6, n_heads=2, n_layers=3)
ENCODER = Encoder(CONFIG)
VALUE = "layers.1.attention.value"


def trace(*ids: int, edits: Edits | None = None) -> Trace:
    with torch.inference_mode():
        return ENCODER(torch.tensor([ids]), edit=edits or Edits())


def test_a_patch_takes_the_whole_tensor_of_the_other_pass() -> None:
    other = trace(5, 6, 7)
    edit = Patch(VALUE).taken_from(other)
    assert isinstance(edit, Replace)
    assert torch.equal(trace(1, 2, 3, edits=Edits((edit,)))[VALUE], other[VALUE])


def test_a_patch_takes_the_other_token_of_a_sentence_of_another_length() -> None:
    other, before = trace(5, 6, 7, 8, 9), trace(1, 2, 3)
    edit = Patch(VALUE, 1, 4).taken_from(other)
    assert isinstance(edit, PatchToken)
    after = trace(1, 2, 3, edits=Edits((edit,)))[VALUE]
    assert torch.equal(after[:, :, 1], other[VALUE][:, :, 4])
    assert torch.equal(after[:, :, [0, 2]], before[VALUE][:, :, [0, 2]])


@pytest.mark.parametrize(
    ("patch", "n_other", "message"),
    [
        (Patch("layers.1.attention.valeu"), 3, "the nearest one is 'layers.1.attention.value'"),
        (Patch("layers.3.attention.value"), 3, "no path of this trace"),
        (Patch("token_ids"), 3, "no path of this trace"),
        (Patch(VALUE, 3, 0), 3, "There is no token 3; this sentence has the tokens 0 to 2."),
        (Patch(VALUE, 0, 5), 5, "There is no token 5; the other sentence has the tokens 0 to 4."),
        (Patch(VALUE), 5, "The other sentence has 5 tokens and this one has 3"),
        (Patch(VALUE), 0, "There is no other sentence to take this from."),
    ],
)
def test_a_patch_without_a_place_says_why(patch: Patch, n_other: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        patch.check(CONFIG, n_tokens=3, n_other=n_other)
