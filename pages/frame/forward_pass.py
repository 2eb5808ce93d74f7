"""The forward pass that the page on the screen is about, shared by all visitors who ask for the same one."""

import contextlib
import functools
import threading
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from weakref import WeakSet

import numpy as np
import streamlit as st
import torch

from encoder import Edit, Edits, Encoder, EncoderConfig, Trace
from encoder.tokenizer import MAX_CHARACTERS, Encoding, Tokenizer
from pages.frame.byte_cache import ByteCache
from pages.frame.memory import give_back
from pages.frame.once import once
from pages.frame.planned_edits import Patch, PlannedEdit
from pages.frame.settings import Settings, current_settings
from pages.frame.weights_source import SOURCES

# A server whose first visitor has come takes about 360 MB and should stay below 450.
ENCODER_BYTES = 32 * 2**20
TRACE_BYTES = 16 * 2**20
SHARED_ENCODER_BYTES = 2**17  # of an encoder whose numbers are views: what its modules take
LARGE_BYTES = 64 * 2**20
SENTENCES_KEPT = 64


@dataclass(frozen=True)
class ForwardPass:
    """One sentence read by one encoder, edited if there are edits: what was asked for, the tokens, and every tensor.

    The pass is made when a tensor is first asked for, unless the server still has it. Patches take their numbers from
    the unedited pass of the other tokens.
    """

    settings: Settings
    encoding: Encoding
    edits: tuple[PlannedEdit, ...] = ()
    other_ids: tuple[int, ...] = ()

    @property
    def asked(self) -> tuple[Hashable, ...]:
        """What the tensors depend on, and nothing besides."""
        return _asked(self.settings, self.encoding.ids, self.edits, self.other_ids)

    @property
    def trace(self) -> Trace:
        """Every tensor."""
        kept = self.__dict__  # no `cached_property`: before Python 3.12 one large pass would hold up all other passes
        if "made" not in kept:
            kept["made"] = passes().trace(self.settings, self.encoding.ids, self.edits, self.other_ids)
        made: Trace = kept["made"]
        return made

    def of_every_layer(self, name: str) -> np.ndarray:
        """Return one tensor of all layers, such as "attention.weights", as one array [layer, ...]; no batch axis."""
        of_one_layer = attrgetter(name)  # a path of the trace is the attribute path
        # To NumPy first: each operation of torch lets another thread go before, even one that only takes a part.
        return np.stack([of_one_layer(layer).numpy()[0] for layer in self.trace.layers])


def current_pass() -> ForwardPass:
    """Return the forward pass of this visitor's sentence and settings.

    If there is no sentence, say what to do and end the page here.
    """
    settings = current_settings()
    encoding = encoded(settings.sentence)
    if encoding.is_empty:
        st.info("There is nothing to read yet. Type a sentence above, or choose an example.", icon=":material/edit:")
        st.stop()
    return ForwardPass(settings, encoding)


def pass_of(settings: Settings) -> ForwardPass:
    """Return the forward pass of these settings, whoever asks."""
    return ForwardPass(settings, encoded(settings.sentence))


@once
def tokenizer() -> Tokenizer:
    """Return the one tokenizer of this server."""
    return Tokenizer.load()


def encoded(sentence: str) -> Encoding:
    """Return the tokens of a sentence; those of the last sentences are kept, unless they are longer than is read."""
    return _kept_encoding(sentence) if len(sentence) <= MAX_CHARACTERS else tokenizer().encode(sentence)


@functools.lru_cache(maxsize=SENTENCES_KEPT)
def _kept_encoding(sentence: str) -> Encoding:
    return tokenizer().encode(sentence)


@once
def passes() -> "Passes":
    """Return the one store of encoders and traces of this server."""
    return Passes()


class Passes:
    """Encoders and their traces, each computed once and kept as long as there is room.

    What would not fit there by far is computed one after the other, so that a class that opens ten links to the largest
    encoder takes a host's memory once and not ten times.
    """

    def __init__(self) -> None:
        self._one_large = threading.RLock()
        self._encoders: ByteCache[Encoder] = ByteCache(ENCODER_BYTES, self._encoder_bytes, give_back)
        self._traces: ByteCache[Trace] = ByteCache(TRACE_BYTES, self._trace_bytes, give_back)
        self._of_shared_numbers: WeakSet[torch.nn.Module] = WeakSet()

    def trace(
        self,
        settings: Settings,
        token_ids: tuple[int, ...],
        edits: tuple[PlannedEdit, ...] = (),
        other_ids: tuple[int, ...] = (),
    ) -> Trace:
        """Return the trace of these tokens in the encoder that the settings describe, edited if there are edits.

        Patches take their numbers from the unedited pass of the other tokens. Raises ValueError if an edit has no place
        in the pass.
        """
        config = encoder_config(settings)

        def compute() -> Trace:
            edit = Edits(tuple(self._with_numbers(edit, settings, other_ids) for edit in edits))
            with torch.inference_mode():  # nobody can change a tensor that another visitor looks at
                return self.encoder(settings.weights, config)(torch.tensor([token_ids]), edit=edit)

        # Taken before the cache is asked: who waits for the lock holds no promise that its holder could wait for.
        with self.in_turn(config):
            return self._traces.get(_asked(settings, token_ids, edits, other_ids), compute)

    def in_turn(self, config: EncoderConfig) -> contextlib.AbstractContextManager[object]:
        """Return what to hold while something is computed with an encoder of this config: if it is large, the turn."""
        return self._one_large if _is_large(config) else contextlib.nullcontext()

    def _with_numbers(self, edit: PlannedEdit, settings: Settings, other_ids: tuple[int, ...]) -> Edit:
        return edit.taken_from(self.trace(settings, other_ids)) if isinstance(edit, Patch) else edit

    def encoder(self, weights: str, config: EncoderConfig) -> Encoder:
        """Return the encoder of this config, with parameters from this source."""

        def build() -> Encoder:
            encoder = SOURCES[weights].build(config).eval()
            if SOURCES[weights].is_shared:
                self._of_shared_numbers.add(encoder)
            return encoder

        return self._encoders.get((weights, config), build)

    def _trace_bytes(self, trace: Trace) -> int:
        # A trace keeps its encoder alive, so the encoder counts, even where several traces share it.
        kept_anyway = trace.encoder in self._of_shared_numbers
        return _bytes(tensor for _, tensor in trace.items()) + (
            0 if kept_anyway else self._encoder_bytes(trace.encoder)
        )

    def _encoder_bytes(self, encoder: torch.nn.Module) -> int:
        if encoder in self._of_shared_numbers:
            return SHARED_ENCODER_BYTES
        return _bytes([*encoder.parameters(), *encoder.buffers()])

    @property
    def bytes_kept(self) -> tuple[int, int]:
        """How many bytes the encoders take, and how many the traces."""
        return self._encoders.bytes_kept, self._traces.bytes_kept


def encoder_config(settings: Settings) -> EncoderConfig:
    """Return what these settings ask of their source of weights; the encoder's own config is `trace.config`.

    Trained weights follow the sizes alone, and bring their own d_head, positions, and prediction head.
    """
    return EncoderConfig(
        vocab_size=tokenizer().vocab_size,
        d_model=settings.d_model,
        n_heads=settings.heads,
        n_layers=settings.layers,
        seed=settings.seed,
        norm=settings.norm,
        positions=settings.positions,
    )


def _asked(
    settings: Settings, token_ids: tuple[int, ...], edits: tuple[PlannedEdit, ...], other_ids: tuple[int, ...]
) -> tuple[Hashable, ...]:
    # Never the sentence itself: one of a million characters has the tokens of a short one.
    patched_from = other_ids if any(isinstance(edit, Patch) for edit in edits) else ()
    return settings.weights, encoder_config(settings), token_ids, edits, patched_from


def _is_large(config: EncoderConfig) -> bool:
    n, d_model = config.max_length, config.d_model
    maps, vectors, parameters = 4 * config.n_heads * n**2, 20 * n * d_model, 12 * d_model**2  # of one layer, about
    return 4 * config.n_layers * (maps + vectors + parameters) > LARGE_BYTES


def _bytes(tensors: Iterable[torch.Tensor]) -> int:
    return sum(tensor.nbytes for tensor in tensors)
