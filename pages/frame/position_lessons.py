"""What the Position page says about each kind of positions; every sentence holds for random and for trained weights."""

from pages.frame.lesson import Lesson

POSITION_LESSONS = {
    "sinusoidal": Lesson(
        opening="Two neighbouring dimensions are the sine and the cosine of one angle: a clock hand that turns with "
        "every token. The first hands are fast; the last are so slow that a sentence hardly moves them.",
        notice="The formula is fixed, so every sentence gets the same vectors, and all of them have the same length, "
        "√(d_model/2). P(p)·P(q) depends on the offset |p − q| alone: each diagonal of the map has one colour, and "
        "the band around the curve has no width. It is no ruler, though: further apart is not always less alike.",
        not_true_when="All of this is about P before it is added. A head compares x·W_Q with x·W_K, "
        "so what it makes of an offset depends on its parameters, and on the words too.",
        question="How long is P at every position after you double d_model?",
        answer="√2 times as long, because ‖P‖ = √(d_model/2). Move d_model, and read the diamonds above.",
    ),
    "learned": Lesson(
        opening="Each position has a vector of parameters of its own. "
        "Nothing forces neighbours to be alike: only training could make them so.",
        notice="With random weights a position is alike only to itself, and the band around the curve is wide: "
        "the offset alone does not decide. The trained weights have made neighbours alike: with d_model 64, over "
        "13 tokens, the mean of P(p)·P(q) is 3.7 at offset 0, 2.9 at offset 1, and 2.4 at offset 2.",
        not_true_when="No formula stands behind these vectors, so nothing here holds for every encoder. "
        "A position that never occurred in training keeps nearly the direction that it began with: weight decay made "
        "it shorter, though not all of its dimensions alike.",
        question="Where in the map of P(p)·P(q) would the large numbers be before any training?",
        answer="On the diagonal, where each position meets itself. Everywhere else they scatter about zero. To see it, "
        "choose random weights, and “learned” under Positions.",
    ),
    "none": Lesson(
        opening="Positions are switched off: x₀ is each token's own vector and nothing else. "
        "The encoder cannot tell one order of these words from another, and there is no encoding to show.",
        notice="Two equal words have equal vectors in every layer, because nothing tells them apart. "
        "The whole encoder treats the sentence as a bag of words.",
        not_true_when="This needs all of the encoder to be blind to order. "
        "A mask that hides the words to the right, as in a text generator, would give the order away.",
        question="Type a sentence that has one word twice. How different are its two rows at the output?",
        answer="Not at all, up to rounding. On the page Tokens, choose the encoder's output: the cosine is 1.",
    ),
}

SHUFFLED = (
    "The largest change of a number at the output, max|Π·f(X) − f(Π·X)|: f is the encoder, X the sentence, and Π puts "
    "the words in the order above, once after the encoder and once before it. With positions off only rounding is "
    "left: each word comes out the same, wherever it stood."
)
