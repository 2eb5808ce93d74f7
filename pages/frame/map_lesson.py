"""What the Map page says beside the map."""

from pages.frame.lesson import Lesson

MAP_LESSON = Lesson(
    opening="Every box is a tensor of this forward pass, and its rows are the tokens. Point at a cell: its sources "
    "light up in the boxes before it, and what it feeds in the boxes behind it.",
    notice="Between the embedding and the output, numbers of different tokens meet in attention only: in the dot "
    "products, where a query meets every key, and in the context, which mixes the values of all tokens. Everywhere "
    "else a cell’s sources stand in its own row.",
    not_true_when="A source is what a number was computed from, and says nothing about how much it matters: of the "
    "hundred products in a sum, a few may decide it. And with random weights a path through the map is arithmetic, "
    "not meaning.",
    question="Click a number of the box “attention output”, then one of the lit cells before it, and so on. In which "
    "box will the lit cells first lie in rows of other words?",
    answer="In the values, from which a context is made: it is a sum over all tokens. In the weights, its other "
    "source, the lit cells still lie in the word's own row, as in every box until there.",
)
