"""What the Predict page says beside its numbers."""

from pages.frame.lesson import Lesson
from pages.frame.weights_source import SOURCES

PREDICT_LESSON = Lesson(
    opening="The token becomes [MASK]: its own vector says nothing, and only attention can bring in the words around "
    "it. The prediction head compares what has arrived with the vector of every word.",
    notice="Small words, such as *a*, *the* or *are*, are often nearly certain; nouns are a choice among many that "
    "fit. Hide the verb in “The dogs are running through the snow.”: the smallest shape gives *are* "
    "only .30, the largest is all but sure. A true word that does not come first is no error: it is one word that "
    "fits, not the only one.",
    not_true_when="The encoder has read 145,000 picture captions and nothing else. What captions seldom say it "
    "takes for unlikely: with 3 layers, 4 heads and d_model 64 it expects a man or a woman where a dog may bark. "
    "Words outside its world come as pieces, and are guessed piece by piece. That the depths can be compared is due "
    "to the training, which asked every depth for predictions; in most encoders only the last layer's read-out "
    "means something.",
    question="Type “Two dogs are playing in the [MASK].” and choose 6 layers, 8 heads and d_model 128: *grass*, "
    "*snow* and *water* are among the first. What will remain of it with 1 layer, 1 head and d_model 16?",
    answer="Places outdoors that follow *in the*, whoever is there: *street* first, at .12, and the entropy rises from "
    "1.5 to 5.1 nats. Write *men* and *cooking*, and hardly a number changes; the largest shape then says *kitchen*.",
)

NO_HEAD = (
    "Random weights have no opinion about words: they come without a prediction head, and no word was ever hidden from "
    "them, so whatever they said would mean nothing."
)
CHOOSE_TRAINED = "Choose **trained** under *Weights* in the sidebar to see predictions."
NONE_HERE = "This server has no trained weights. `python -m encoder.learning.nested` makes them."


def no_predictions() -> str:
    """Say why there is nothing to predict, and what to do."""
    return f"{NO_HEAD} {CHOOSE_TRAINED if 'trained' in SOURCES else NONE_HERE}"
