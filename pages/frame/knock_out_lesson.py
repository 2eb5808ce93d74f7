"""What the Knock out page says beside its numbers."""

from encoder import ScaleHead
from pages.frame.knock_out import KnockOut
from pages.frame.lesson import Lesson

KNOCK_OUT_LESSON = Lesson(
    opening="Choose a part, and what is done to it. Edits add up, and the link carries them all.",
    notice=(
        "- **What stands before an edit never changes.** An edit in layer 1 leaves layer 0 exactly as it was. Remove "
        "an edge in layer 0 and measure over a token other than its query: in layer 0 nothing of it changes; in layer "
        "1 it looks at the query, and changes too.\n"
        "- **Heads are not worth the same.** Over the captions, head 0 of layer 0 is worth far more than any other. A "
        "likely reason, not tested here: every slice of these weights has it, so training could rely on it. With 6 "
        "layers, 8 heads and d_model 128 no single head of layers 3 to 5 is worth more than .003 of accuracy.\n"
        "- **[CLS] and [SEP] are sinks,** where weight goes and little comes from. With 6 layers, 8 heads and d_model "
        "128, a word of the captions gives the two together .82 to 1.00 of its weight in the heads of layers 2 to 5, "
        "on average. In the head that gives them most, layer 4, head 0, their values are short: in the example "
        "sentences ‖v‖ is about .1 there and about 3.5 at the other tokens. Without all edges to the two, not "
        "renormalized, the output moves by 1 to 2 %, without the head by 2 to 3 %. With 3 layers, 4 heads and d_model "
        "64 the heads of layer 2 give the two .46 to .81 on average."
    ),
    not_true_when=(
        "- **A silenced head adds 0.** Training has met that for the last heads of all layers at once, in slices with "
        "fewer heads, and never for head 0 or in one layer alone; made to look at all tokens alike, the same head can "
        "cost less.\n"
        "- **Effects do not add up.** Where two heads do the same job, each alone can go without harm, so a part "
        "without an effect is not a part without a job.\n"
        "- **A large relative change need not reach the prediction.** A LayerNorm's mean is close to 0, where a little "
        "is relatively much.\n"
        "- **The sinks are not these weights' alone.** BERT looks at [SEP] a great deal (Clark et al. 2019), and yet "
        "takes little from there (Kobayashi et al. 2020).\n"
        "- **With random weights** every number is as real, and none means anything."
    ),
    question="Type “The dogs [MASK] running through the snow.” and choose 3 layers, 4 heads and d_model 64: *are* "
    "comes first. Silence head 0 of layer 0. Will *are* stay first? And with 6 layers, 8 heads and d_model 128?",
    answer="In both it stays first, whichever single head is silenced. Without head 0 of layer 0 *are* falls from .92 "
    "to .64 in the small one, and from .97 to .93 in the large one. So it is in this sentence: over the captions the "
    "same head is worth .18 of accuracy in the small one and .16 in the large one.",
)

RELATIVE_CHANGE = (
    "Relative change: ‖after − before‖ / ‖before‖. 0 is exactly unchanged and marked =; ✎ marks a tensor that an edit "
    "is made in; 1 means that the difference is as long as the tensor was."
)
SCALED_HEADS = (
    "Silenced or scaled: {heads}. Such a head looks where it looked before; what it carries over, the last step of its "
    "arithmetic, is multiplied by its factor only then. Where the layers behind it look may change."
)
EDITED_WEIGHTS = (
    "Where an edit has changed scores or weights themselves, the steps of a cell's arithmetic are those without it, "
    "and the step *÷ Σ = α* says *edited*: the α in it is the one that was used."
)


def said_of_attention(now: KnockOut) -> str:
    """Say what the attention view of the edited pass shows otherwise than one might think."""
    scaled = [f"layer {edit.layer}, head {edit.head}" for edit in now.edits if isinstance(edit, ScaleHead)]
    notes = [SCALED_HEADS.format(heads="; ".join(scaled))] if scaled else []
    return " ".join(notes + [EDITED_WEIGHTS] * now.edits_attention)
