"""Files to download: each is made when somebody asks for it, and not before."""

import re
from collections.abc import Callable
from functools import partial

import streamlit as st

from encoder import Trace
from encoder.weights.bundle import pack_bundle
from encoder.weights.trace_files import tensor_csv, tensor_npy, trace_npz, trace_safetensors
from pages.frame.forward_pass import ForwardPass, pass_of, passes
from pages.frame.settings import Settings
from pages.frame.view_contents import Contents

TENSOR_FILES: dict[str, Callable[[Trace, str], bytes]] = {"CSV": tensor_csv, "NPY": tensor_npy}
TRACE_FILES: dict[str, Callable[[Trace], bytes]] = {"NPZ": trace_npz, "safetensors": trace_safetensors}
WORDS_IN_NAME = 4
LETTERS_OF_WORD = 20


def tensor_file(settings: Settings, token_ids: tuple[int, ...], path: str, kind: str) -> bytes:
    """Make the file of one tensor."""
    return TENSOR_FILES[kind](passes().trace(settings, token_ids), path)


def trace_file(settings: Settings, token_ids: tuple[int, ...], kind: str) -> bytes:
    """Make the file of all tensors."""
    return TRACE_FILES[kind](passes().trace(settings, token_ids))


def bundle_file(settings: Settings, token_ids: tuple[int, ...]) -> bytes:
    """Make the file with which the pass can be run again."""
    return pack_bundle(passes().trace(settings, token_ids), settings.sentence, settings.weights)


def offer_tensor(shown: ForwardPass, path: str) -> None:
    """Draw the buttons for one tensor."""
    asked = shown.settings, shown.encoding.ids, path
    with st.container(horizontal=True):
        for kind in TENSOR_FILES:
            make = partial(tensor_file, *asked, kind)
            _button(f"This tensor as {kind}", shown.settings, f"{path}.{kind.lower()}", make)


def offer_trace(shown: ForwardPass) -> None:
    """Draw the buttons for the whole pass."""
    asked = shown.settings, shown.encoding.ids
    with st.container(horizontal=True):
        for kind in TRACE_FILES:
            make = partial(trace_file, *asked, kind)
            _button(f"All tensors as {kind}", shown.settings, f"trace.{kind.lower()}", make)
        _button("Bundle to run again", shown.settings, "bundle.npz", partial(bundle_file, *asked))


def view_file(settings: Settings, name: str, draw: Callable[..., str], contents: Contents) -> bytes:
    """Make the file of one view: `draw` draws what `contents` finds in the pass."""
    shown = pass_of(settings)
    return draw(f"{name}: {settings.sentence}", shown.encoding.pieces, **contents(shown)).encode()


def offer_view(name: str, shown: ForwardPass, draw: Callable[..., str], contents: Contents) -> None:
    """Draw the button that saves a view as a file of its own, which opens without a network.

    `draw` takes a title, the tokens, and by name all that `contents` finds in the pass.
    """
    make = partial(view_file, shown.settings, name, draw, contents)
    _button("Save as a page that needs no network", shown.settings, f"{name.lower().replace(' ', '_')}.html", make)


def file_name(settings: Settings, what: str) -> str:
    """Name a file by the sentence's first words and the encoder's sizes, so that two downloads are told apart.

    >>> file_name(Settings(sentence="Two dogs, running!", layers=3, heads=4, d_model=64), "trace.npz")
    'two_dogs_running_3x4x64_trace.npz'
    """
    words = re.findall("[a-z0-9]+", settings.sentence.casefold()[:200])[:WORDS_IN_NAME]
    sizes = f"{settings.layers}x{settings.heads}x{settings.d_model}"
    return "_".join([*(word[:LETTERS_OF_WORD] for word in words), sizes, what])


def _button(label: str, settings: Settings, what: str, make: Callable[[], bytes]) -> None:
    """Draw a button whose file is made by `make`, which holds settings and no tensor: the session keeps it."""
    name = file_name(settings, what)
    st.download_button(
        label, make, name, "application/octet-stream", key=what, on_click="ignore", icon=":material/download:"
    )
