"""What the Predict page says beside its numbers."""

from pages.frame.lesson import Lesson

PREDICT_LESSON = Lesson(
    opening="The token becomes [MASK]: its own vector says nothing, and only attention can bring in the words around "
    "it. The prediction head compares what has arrived with the vector of every word.",
    notice="Small words, such as *a*, *the*, *is* or *are*, are certain; nouns are a choice among many that fit. The "
    "first layers often know what kind of word is missing, the later ones which word. A low rank of the true word "
    "is no error: it is *a* word that fits, not the only one.",
    not_true_when="The encoder has read 145,000 picture captions and nothing else. What captions seldom say it takes "
    "for unlikely: it expects a woman or a man where a dog may bark. Words outside its world come as pieces, and are "
    "guessed piece by piece. That the depths can be compared is due to the training, which asked every depth for "
    "predictions; in most encoders only the last layer's read-out means something.",
    question="In “A man in a red [MASK] is riding a horse.” the encoder offers what one can wear. "
    "What will it offer with one layer, one head and d_model 16?",
    answer="Choose the example *Masked word*, and move the three controls. The smallest shape falls back on what is "
    "frequent everywhere. Watch the entropy: it says how undecided the encoder is.",
)

NO_HEAD = (
    "Random weights have no opinion about words: they come without a prediction head, and no word was ever hidden from "
    "them, so whatever they said would mean nothing."
)
CHOOSE_TRAINED = "Choose **trained** under *Weights* in the sidebar to see predictions."
NONE_HERE = "This server has no trained weights. `python -m encoder.learning.nested` makes them."
