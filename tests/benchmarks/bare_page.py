"""The floor that the app is measured against: one slider, and one component that draws random bytes.

It repeats the two remedies of the app against slow garbage collection, which would hide everything else. All the rest
is Streamlit as it comes: whatever else the app does to be fast shows in the ratio.
For each value of the slider, PAYLOAD_BYTES holds how many bytes the app sends there.
"""

import gc
import json
import os

import numpy as np
import streamlit as st

JS = """
export default function ({ data, parentElement }) {
  const canvas = parentElement.querySelector("canvas");
  const side = Math.max(1, Math.floor(Math.sqrt(data.length / 4)));
  canvas.width = canvas.height = side;
  const image = new ImageData(new Uint8ClampedArray(data.slice(0, side * side * 4)), side, side);
  requestAnimationFrame(() => {
    canvas.getContext("2d").putImageData(image, 0, 0);
    canvas.dataset.painted = String(Number(canvas.dataset.painted || 0) + 1);
  });
}
"""

draw = st.components.v2.component("bare_canvas", html="<canvas width='1' height='1'></canvas>", js=JS)


@st.cache_resource(max_entries=1)
def warm_start() -> None:
    """Keep what is imported out of every later garbage collection, as the app does."""
    gc.collect()
    gc.freeze()


warm_start()
payload_bytes = json.loads(os.environ["PAYLOAD_BYTES"])
heads = st.sidebar.slider("Heads", 1, 16, 1, key="heads")
draw(data=np.random.default_rng().bytes(payload_bytes[heads - 1]), key="canvas")
