"""What the Tensors page says; every sentence says when it holds."""

from pages.frame.lesson import Lesson

TENSORS_LESSON = Lesson(
    opening="A forward pass returns every tensor that it computed, under a path. It is the same everywhere: here, in "
    "Python as `trace[path]`, and in every file below.",
    notice="Read the table downwards and you read the pass: token and position, their sum, and then layer by layer. "
    "Every row of `weights` sums to 1, so its mean is 1 / number of tokens, whatever the parameters are. Every "
    "`normalized` has the mean 0 and the std 1, but for ε.",
    not_true_when="Mean and std are over all numbers of a tensor at once and say nothing about a single token. "
    "A mask writes −∞ into `masked_scores`; such numbers are counted apart and left out of all figures. "
    "No sentence of this app needs a mask, because each is read alone.",
    question="`dot_products` is divided by √d_head to give `scores`. By how much is the std of scores smaller?",
    answer="By √d_head exactly, up to rounding: dividing all numbers divides their std. Compare the two rows.",
)
