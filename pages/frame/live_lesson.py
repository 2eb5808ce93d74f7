"""What the Live page says beside its views; every sentence says when it holds."""

from pages.frame.lesson import Lesson

# No word is italic: that font is 140 KB, and every visitor would wait for it.
LIVE_LESSON = Lesson(
    opening="Type, or move a control: everything below is computed anew. Every number comes out of the network’s own "
    "pass.",
    notice="Each row of a head’s map shares out 100 %: a query that looks much at one key has little left for the "
    "others. With the trained weights some heads of the first layers draw a line beside the diagonal: they look one "
    "token back, or one ahead, whatever the words are. Random weights have learned nothing, and what looks like a "
    "pattern means nothing.",
    not_true_when="A large weight says where a head takes something from, and not that it matters: what it hands on is "
    "α·v, and v may be short. And from the second layer on each vector already holds something of other tokens, so "
    "that “looks at dog” means: at the place of “dog”.",
    question="Choose trained weights, and move Heads from 4 to 1. Which numbers of layer 0, head 0 will change?",
    answer="None, up to rounding. The head reads the same vectors with the same parameters, whoever works beside it. "
    "In layer 1 the numbers change, because layer 0 now adds what one head found, and no longer four.",
)
