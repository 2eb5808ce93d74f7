"""Which heads do what: how much of its attention each head gives to the tokens that a job is about."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from encoder.analysis.attention_entropy import attention_entropy, largest_entropy
from encoder.analysis.caption_grammar import is_word, nouns_of_determiners, subject_of_copula
from encoder.trace import Trace

Looks = list[tuple[int, tuple[int, ...]]]
"""Each query that a job is about, with the keys that a head with this job would look at."""


@final
@dataclass(frozen=True)
class Job:
    """One thing that a head can do: a head has the job if its figure is at least the threshold."""

    name: str
    threshold: float
    figure: str


def _previous(pieces: Sequence[str]) -> Looks:
    return [(q, (q - 1,)) for q in range(2, len(pieces) - 1)]  # from the second word on: [CLS] is no word


def _next(pieces: Sequence[str]) -> Looks:
    return [(q, (q + 1,)) for q in range(1, len(pieces) - 2)]


def _same(pieces: Sequence[str]) -> Looks:
    return [(q, tuple(k for k, key in enumerate(pieces) if key == pieces[q])) for q in _words(pieces)]


def _sink(pieces: Sequence[str]) -> Looks:
    return [(q, (0, len(pieces) - 1)) for q in _words(pieces)]


def _words(pieces: Sequence[str]) -> list[int]:
    return [q for q, piece in enumerate(pieces) if is_word(piece)]


def _nouns(pieces: Sequence[str]) -> Looks:
    return [(q, (noun,)) for q, noun in nouns_of_determiners(pieces) if noun - q >= 2]


def _subjects(pieces: Sequence[str]) -> Looks:
    return [(q, (subject,)) for q, subject in subject_of_copula(pieces) if q - subject >= 2]


_LOOKS: Mapping[Job, Callable[[Sequence[str]], Looks]] = {
    Job("previous token", 0.4, "mean weight on the token before, [CLS] and [SEP] apart"): _previous,
    Job("next token", 0.4, "mean weight on the token behind, [CLS] and [SEP] apart"): _next,
    Job("same token", 0.4, "mean weight of a word on itself and on its repetitions"): _same,
    Job("[CLS]/[SEP] sink", 0.5, "mean weight of a word on [CLS] and [SEP] together"): _sink,
    Job("determiner → noun", 0.3, "mean weight on the noun, with a word or more between"): _nouns,
    Job("is/are → subject", 0.3, "mean weight on the subject, with a word or more between"): _subjects,
}
BROAD = Job("broad", 0.9, "mean entropy of a word's weights, as a share of the largest, log T")
JOBS = (*_LOOKS, BROAD)


@final
@dataclass(frozen=True, eq=False)
class HeadFigures:
    """One figure per job and head, from 0 to 1, and at how many places each job was measured."""

    figures: Mapping[str, Float[Tensor, "layer head"]]
    places: Mapping[str, int]

    def jobs_of(self, layer: int, head: int) -> tuple[tuple[Job, float], ...]:
        """Return the jobs whose threshold this head reaches, with its figures; the clearest first, often none."""
        figures = [(job, float(self.figures[job.name][layer, head])) for job in JOBS]
        reached = [(job, figure) for job, figure in figures if figure >= job.threshold]
        return tuple(sorted(reached, key=lambda pair: pair[0].threshold / pair[1]))


def head_figures(passes: Iterable[tuple[Sequence[str], Trace]]) -> HeadFigures:
    """Measure every head of an encoder over sentences, each given as its pieces and its trace (a batch of one).

    For every job but "broad" the figure is Σ_key A[query, key] over the keys that the job is about, averaged over all
    queries that it is about, in all sentences; a job that no sentence has a place for gets 0. A sentence with nothing
    but one token to look at has no place for "broad". Nouns and subjects are found by word lists, see
    `encoder.analysis.caption_grammar`.

    Raises ValueError if there is no sentence, or if pieces and trace are not of one sentence.
    """
    sums: dict[str, Tensor] = {}
    places = dict.fromkeys([job.name for job in JOBS], 0)
    for pieces, trace in passes:
        if trace.token_ids.shape != (1, len(pieces)):
            raise ValueError(
                f"There are {len(pieces)} pieces and token_ids {tuple(trace.token_ids.shape)}; "
                f"they must be (1, {len(pieces)}). Give each sentence's own pieces, one sentence in a batch."
            )
        weights = torch.stack([layer.attention.weights[0] for layer in trace.layers]).double()
        for job, find in _LOOKS.items():
            looks = find(pieces)
            wanted = torch.zeros(len(pieces), len(pieces), dtype=weights.dtype)
            for query, keys in looks:
                wanted[query, list(keys)] = 1.0
            sums[job.name] = sums.get(job.name, 0) + torch.einsum("lhqk,qk->lh", weights, wanted)
            places[job.name] += len(looks)
        largest = largest_entropy(trace)[0]
        words = _words(pieces) if largest > 0 else []
        share = attention_entropy(trace)[:, :, 0, words] / largest
        sums[BROAD.name] = sums.get(BROAD.name, 0) + share.double().sum(dim=-1)
        places[BROAD.name] += len(words)
    if not sums:
        raise ValueError("There is no sentence to measure heads on; give at least one.")
    return HeadFigures({name: total / max(1, places[name]) for name, total in sums.items()}, places)
