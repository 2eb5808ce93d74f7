"""What the From scratch page says; every sentence says when it holds."""

from pages.frame.lesson import Lesson

FROM_SCRATCH_LESSON = Lesson(
    opening="One is NumPy alone, to be read in one sitting. The other is the torch encoder that computes every number "
    "of this app. The code is read from the files that ran for your sentence, and below it stand its numbers.",
    notice="The two engines share parameters and names and not one line of code, and they agree up to rounding: both "
    "add the same products, but in another order. The whole network is matrix products, additions, one softmax, one "
    "activation function and LayerNorm.",
    not_true_when="Rounding has no fixed size: it is larger where numbers are large, and can add up over many layers. "
    "`torch.nn.TransformerEncoder` has neither embedding nor prediction head, so only what lies between is compared "
    "with it; and its heads always share d_model among them, so it has no encoder where n_heads · d_head ≠ d_model.",
    question="A float32 number carries about seven digits. How far apart would you expect two engines to be?",
    answer="A few units in the seventh digit. Read the figures at the top, and the last column of each table: the "
    "differences are largest where the numbers are, and more layers need not make the largest one larger.",
)
