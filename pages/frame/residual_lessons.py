"""What the Residual stream page says about each placement of LayerNorm; every sentence says when it holds."""

from pages.frame.lesson import Lesson

_QUESTION = (
    "Choose random weights, then “pre” under LayerNorm in the sidebar, then “post” again. With which of the two do the "
    "lines come back to one length after every step?"
)
_ANSWER = (
    "With post: each step ends with a LayerNorm in the stream itself, and with random weights all lines are back at "
    "√d_model. In pre-LN the LayerNorms stand beside the stream, in front of each sublayer. Nothing takes away what "
    "was added, except for one last LayerNorm at the end."
)

RESIDUAL_LESSONS = {
    "post": Lesson(
        opening="Post-LN, as in the paper: each sublayer's output is added to the stream, and the sum goes through a "
        "LayerNorm that stands in the stream itself. With random weights expect a saw: usually up when something is "
        "added, back to √d_model after each LayerNorm. Trained γ and β can lengthen a vector, too.",
        notice="A LayerNorm gives every token's vector the mean 0 and the spread 1, which puts it on a sphere of "
        "radius √d_model; then γ stretches and β shifts it. With random weights γ is 1 and β is 0, so all lines meet "
        "at √d_model after each LayerNorm, whatever was added before.",
        not_true_when="Trained γ and β bend the sphere, and the lines no longer meet in one point. "
        "And where a vector's variance is not large against ε, its length stays below √d_model.",
        question=_QUESTION,
        answer=_ANSWER,
    ),
    "pre": Lesson(
        opening="Pre-LN: each sublayer reads a normalized copy of the stream, and its output is added to the stream "
        "as it is. Expect no saw: what was added stays, until one last LayerNorm at the very end.",
        notice="The stream before the last LayerNorm is exactly a sum: the embedding plus every update so far. "
        "Its length is free, and an update of the same size counts for less in a vector that has grown.",
        not_true_when="Longer with every layer is the usual course with random weights, and no law: an update whose "
        "cosine with the stream is negative enough makes the vector shorter. "
        "The sublayers see none of this growth, because they read LN(x).",
        question=_QUESTION,
        answer=_ANSWER,
    ),
}
