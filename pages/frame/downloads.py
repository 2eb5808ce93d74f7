"""Files to download: each is made when somebody asks for it, and not before."""

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from encoder import Trace
from encoder.weights.bundle import pack_bundle
from encoder.weights.trace_files import tensor_csv, tensor_npy, trace_npz, trace_safetensors
from pages.frame.forward_pass import ForwardPass, pass_of, passes
from pages.frame.settings import Settings

TENSOR_FILES: dict[str, Callable[[Trace, str], bytes]] = {"CSV": tensor_csv, "NPY": tensor_npy}
Contents = Callable[[ForwardPass], dict[str, Any]]
TRACE_FILES: dict[str, Callable[[Trace], bytes]] = {"NPZ": trace_npz, "safetensors": trace_safetensors}


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
            _button(f"This tensor as {kind}", f"{path}.{kind.lower()}", partial(tensor_file, *asked, kind))


def offer_trace(shown: ForwardPass) -> None:
    """Draw the buttons for the whole pass."""
    asked = shown.settings, shown.encoding.ids
    with st.container(horizontal=True):
        for kind in TRACE_FILES:
            _button(f"All tensors as {kind}", f"trace.{kind.lower()}", partial(trace_file, *asked, kind))
        _button("Bundle to run again", "bundle.npz", partial(bundle_file, *asked))


def view_file(settings: Settings, name: str, draw: Callable[..., str], contents: Contents) -> bytes:
    """Make the file of one view: `draw` draws what `contents` finds in the pass."""
    shown = pass_of(settings)
    return draw(f"{name}: {settings.sentence}", shown.encoding.pieces, **contents(shown)).encode()


def offer_view(name: str, shown: ForwardPass, draw: Callable[..., str], contents: Contents) -> None:
    """Draw the button that saves a view as a file of its own, which opens without a network.

    `draw` takes a title, the tokens, and by name all that `contents` finds in the pass.
    """
    make = partial(view_file, shown.settings, name, draw, contents)
    _button("Save as a page that needs no network", f"{name.lower().replace(' ', '_')}.html", make)


def _button(label: str, name: str, make: Callable[[], bytes]) -> None:
    """Draw a button whose file is made by `make`, which holds settings and no tensor: the session keeps it."""
    st.download_button(
        label, make, name, "application/octet-stream", key=name, on_click="ignore", icon=":material/download:"
    )
