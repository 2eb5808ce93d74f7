"""The forward pass as steps, each with the code that ran: NumPy's functions, and the torch modules' own `forward`."""

import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from encoder import Trace, numpy_encoder
from encoder.affine import affine
from encoder.positions import angular_frequencies, sinusoidal_encoding
from encoder.stream import LAYER_READS

Function = Callable[..., Any]

SAME_CODE = "The same code as above, with other parameters."
IN_THE_LAYER = "This addition is one line of the layer's code, above."
_TITLES = {
    "attention": "Attention",
    "attention_residual": "Attention is added to the stream",
    "attention_norm": "Attention's LayerNorm",
    "feed_forward": "The feed-forward network",
    "feed_forward_residual": "The network's output is added to the stream",
    "feed_forward_norm": "The feed-forward network's LayerNorm",
}


@dataclass(frozen=True)
class Step:
    """One step of the pass: its code in both engines, and the paths of the tensors that it computes.

    Where the code was shown before, both are empty and the remark says so.
    """

    title: str
    numpy_code: str
    torch_code: str
    remark: str
    paths: tuple[str, ...]


def scratch_steps(trace: Trace, layer: int) -> list[Step]:
    """Return the steps of a pass in the order of computation; of the layers, the chosen one.

    The torch code is that of the encoder which made this trace.
    """
    steps: list[Step] = []
    for title, place, numpy_functions, torch_functions in _outline(trace, layer):
        code = source(*numpy_functions), source(*torch_functions)
        remark = IN_THE_LAYER if place.endswith("residual") else ""
        if code[0] and code[0] in {step.numpy_code for step in steps}:
            code, remark = ("", ""), SAME_CODE
        steps.append(Step(title, *code, remark, _paths(trace, place)))
    return steps


def _outline(trace: Trace, layer: int) -> Iterator[tuple[str, str, list[Function], list[Function]]]:
    """Yield each step's title, its place in the trace, and its functions in NumPy and in torch."""
    encoder, config = trace.encoder, trace.config
    is_sinusoidal, is_gelu = config.positions == "sinusoidal", config.activation == "gelu"
    yield "The whole pass", "", [numpy_encoder.forward], [_forward(encoder, "")]
    numpy_table: list[Function] = [numpy_encoder.sinusoids] if is_sinusoidal else []
    torch_table: list[Function] = [sinusoidal_encoding, angular_frequencies] if is_sinusoidal else []
    numpy_activation: list[Function] = [numpy_encoder.gelu] if is_gelu else []
    numpy_attention: list[Function] = [numpy_encoder.attend, numpy_encoder.softmax]
    yield (
        "From tokens to vectors",
        "embedding",
        [numpy_encoder.embed, *numpy_table],
        [_forward(encoder, "embedding"), *torch_table],
    )
    if config.embedding_norm:
        yield "The embedding's LayerNorm", "embedding.norm", *_norm(encoder, "embedding.norm")
    whole_layer = getattr(type(encoder.get_submodule(f"layers.{layer}")), f"_{config.norm}_norm")
    yield f"Layer {layer}, as a whole", f"layers.{layer}", [numpy_encoder.encode_layer], [whole_layer]
    for part in LAYER_READS[config.norm]:
        place, title = f"layers.{layer}.{part}", _TITLES[part]
        if part == "attention":
            beside = [_beside(encoder, place, name) for name in ("split_heads", "mask_keys", "concatenate_heads")]
            yield title, place, numpy_attention, [_forward(encoder, place), affine, *beside]
        elif part == "feed_forward":
            yield title, place, [numpy_encoder.feed_forward, *numpy_activation], [_forward(encoder, place)]
        elif part.endswith("norm"):
            yield title, place, *_norm(encoder, place)
        else:
            yield title, place, [], []
    if config.norm == "pre":
        yield "After the last layer: the final LayerNorm", "final_norm", *_norm(encoder, "final_norm")
    if config.prediction_head:
        yield "The prediction head", "prediction", [numpy_encoder.predict], [_forward(encoder, "prediction")]


def _paths(trace: Trace, place: str) -> tuple[str, ...]:
    """The paths that the step at this place computes; what its own parts compute is left to their steps."""
    if place == "":
        return tuple(path for path in ("token_ids", "key_mask") if path in trace.paths)
    if place == "embedding":
        return tuple(path for path in trace.paths if path.startswith("embedding.") and path.count(".") == 1)
    if place.count(".") == 1 and place.startswith("layers."):
        return ()
    return tuple(path for path in trace.paths if path == place or path.startswith(f"{place}."))


def _norm(encoder: Any, place: str) -> tuple[list[Function], list[Function]]:
    return [numpy_encoder.layer_norm], [_forward(encoder, place)]


def source(*functions: Function) -> str:
    """Return the functions' own source, as it stands in the file that was loaded.

    >>> source(numpy_encoder.softmax).splitlines()[0]
    'def softmax(scores: Array) -> Array:'
    """
    return "\n\n\n".join(textwrap.dedent(inspect.getsource(function)).strip() for function in functions)


def _forward(encoder: Any, place: str) -> Function:
    return type(encoder.get_submodule(place)).forward


def _beside(encoder: Any, place: str, name: str) -> Function:
    """The function of this name in the file of the module at this place."""
    return getattr(sys.modules[type(encoder.get_submodule(place)).__module__], name)
