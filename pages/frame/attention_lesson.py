"""What the Attention page says below its view; the figures are those of `assets/nested/heads.json`."""

from pages.frame.lesson import Lesson

ATTENTION_LESSON = Lesson(
    opening="In every head, each token shares out one unit of attention among all tokens. "
    "Choose a head, then a cell: its whole arithmetic stands beside it.",
    notice="Heads differ. In the trained weights with 3 layers, 4 heads and d_model 64, head 0 of layer 0 gives .66 of "
    "a token's weight to the next token, and head 0 of layer 1 gives .98 to the one before, on average over captions. "
    "In head 2 of layer 1 a determiner gives .51 of its weight to its noun, where a word or more stands between them, "
    "and head 0 of layer 2 gives .81 to [CLS] and [SEP]. Where such a job was measured, pointing at the head's small "
    "map names it.",
    not_true_when="A large weight is not a large effect. What a head carries over is α·v: v can be short, and layers "
    "behind can undo it. The page Knock out measures effects. With random weights no head has a job: its pattern "
    "comes from the draw and from the words' vectors.",
    question="With the trained weights, 3 layers, 4 heads and d_model 64: which two heads look at the word before? "
    "Look at the small maps before you point at them.",
    answer="Head 2 of layer 0 (.73) and head 0 of layer 1 (.98): a dark line just below the diagonal. A line just "
    "above it looks at the next word.",
)
