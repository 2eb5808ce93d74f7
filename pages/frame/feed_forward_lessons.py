"""What the Feed-forward page says about each activation function; every sentence says when it holds."""

from pages.frame.lesson import Lesson

_NOTICE = (
    "The page calls a unit active if its pre-activation is above 0. With random weights about half of them are, for "
    "every token, and no unit means anything. Further down: whatever a vector's length was, dividing by σ brings it to "
    "√d_model, so that all tokens lie on one sphere."
)
_NOT_TRUE_WHEN = (
    "The sphere is exact only where a vector's variance is large against ε: the length is "
    "√d_model · √(variance/(variance + ε)), always a little less than √d_model. γ and β then move the points off the "
    "sphere; with random weights γ is 1 and β is 0, and nothing moves. And a large activation is not an important "
    "unit: what it adds depends on its row of W₂ too, and other units may add the opposite."
)
_QUESTION = "Suppose that a token's vector were ten times as long. What would its LayerNorm give?"
_ANSWER = (
    "The same, but for ε: the mean and σ would be ten times as large, too. Dividing by σ keeps the direction of x − μ "
    "and forgets its length; γ and β, where they are trained, then turn it, for some tokens far."
)

FEED_FORWARD_LESSONS = {
    "gelu": Lesson(
        opening="The feed-forward network reads one token's vector at a time; no token sees another in it. "
        "Its activation function is GELU, x·Φ(x), with Φ the share of a normal distribution below x.",
        notice=f"GELU leaves a large number nearly as it is, and of a negative one at most −0.17. {_NOTICE}",
        not_true_when=_NOT_TRUE_WHEN,
        question=_QUESTION,
        answer=_ANSWER,
    ),
    "relu": Lesson(
        opening="The feed-forward network reads one token's vector at a time; no token sees another in it. "
        "Its activation function is ReLU, max(0, x).",
        notice=f"ReLU leaves a positive number as it is, and nothing of a negative one. {_NOTICE}",
        not_true_when=_NOT_TRUE_WHEN,
        question=_QUESTION,
        answer=_ANSWER,
    ),
}
