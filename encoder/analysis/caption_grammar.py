"""A little grammar of picture captions, by word lists alone: which noun a determiner belongs to, and what is or are.

There is no parser behind it. Where the lists leave a doubt, no answer is given, so it finds few places, and clear ones.
"""

from collections.abc import Sequence


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


DETERMINERS = _words("a an the his her their its this that these those some several two three four five")
COPULAS = _words("is are")
NOUNS = _words(
    """
    man men woman women boy boys girl girls child children kid kids baby lady person people guy guys toddler
    player players worker workers dancer rider driver surfer runner swimmer skateboarder cyclist cowboy dog dogs cat
    horse horses bird ball shirt shirts hat jacket dress shorts pants jeans coat sweater skirt suit uniform uniforms
    outfit vest sunglasses glasses helmet hair street sidewalk beach water pool snow field park road path wall building
    house store restaurant kitchen room table chair bench couch bed car truck bus train boat bike bicycle motorcycle
    skateboard guitar camera book phone microphone umbrella flag tree trees rock rocks grass mountain hill lake river
    ocean fence stage face hand hands head mouth arms game picture sign
    """
)
_PREPOSITIONS = _words("of in on at with by for to from into onto over under near behind beside through")
_NEW_CLAUSE = COPULAS | _words("and or while as who which that there , .")
_PHRASE_ENDS = DETERMINERS | _PREPOSITIONS | _NEW_CLAUSE


def is_word(piece: str) -> bool:
    """Whether a token stands for something that was written: not [CLS], [SEP], [MASK] and the like.

    >>> is_word("dog"), is_word("##s"), is_word("[SEP]")
    (True, True, False)
    """
    return not (piece.startswith("[") and piece.endswith("]") and len(piece) > 1)


def nouns_of_determiners(pieces: Sequence[str]) -> list[tuple[int, int]]:
    """Return the places (determiner, noun): the last noun of the first row of nouns behind it, in the same phrase.

    >>> nouns_of_determiners(["[CLS]", "the", "tall", "baseball", "player", "in", "a", "hat", "[SEP]"])
    [(1, 4), (6, 7)]
    >>> nouns_of_determiners(["[CLS]", "a", "dog", "catcher", "[SEP]"])
    []
    """
    found = ((place, _noun_behind(pieces, place)) for place, piece in enumerate(pieces) if piece in DETERMINERS)
    return [(place, noun) for place, noun in found if noun is not None]


def subject_of_copula(pieces: Sequence[str]) -> list[tuple[int, int]]:
    """Return the places (is or are, subject) of a caption's first clause, or nothing if in doubt.

    >>> subject_of_copula(["[CLS]", "a", "man", "in", "a", "hat", "is", "old", "[SEP]"])
    [(6, 2)]
    >>> subject_of_copula(["[CLS]", "a", "man", "and", "a", "boy", "are", "old", "[SEP]"])
    []
    """
    # A copula at the very start, 0, has no subject before it either.
    copula = next((place for place, piece in enumerate(pieces) if piece in COPULAS), None)
    if not copula or any(piece in _NEW_CLAUSE for piece in pieces[1:copula]):
        return []
    first = pieces[1]
    subject = _noun_behind(pieces, 1) if first in DETERMINERS else 1 if first in NOUNS else None
    return [] if subject is None or subject >= copula else [(copula, subject)]


def _noun_behind(pieces: Sequence[str], determiner: int) -> int | None:
    noun = None
    for place in range(determiner + 1, len(pieces)):
        piece = pieces[place]
        if piece in NOUNS:
            noun = place
        elif piece in _PHRASE_ENDS or not is_word(piece):
            return noun
        elif noun is not None:
            return noun if piece.endswith("ing") else None  # any other word may be a noun that is not listed
    return noun
