"""What a server process does once, before its first visitor waits for it."""

import gc

import torch
from streamlit.runtime import runtime

from pages.frame.announcement import announce_long_runs_only
from pages.frame.forward_pass import tokenizer
from pages.frame.memory import keep_freed_memory
from pages.frame.once import once
from pages.frame.sending import send_at_once
from pages.frame.theme_message import write_theme_once

THRESHOLDS_OF_GENERATIONS = (2_000, 20, 100)
SECONDS_BETWEEN_MESSAGES = 0.001


@once
def warm_start() -> None:
    """Make every later change of a control fast.

    Small encoders run best on one thread. Memory that a pass frees is kept for the next. Torch brings some 300,000
    long-lived objects, which Python's garbage collector would walk through again and again while nobody else can run;
    frozen, they are left alone. What a class of thirty leaves behind is cleared away every ten moves or so, in less
    than 3 ms; every fifty moves it would be 10 to 18 ms in which everybody waits. And Streamlit sends what a script has
    drawn in bursts 5 ms apart, as long as the whole script takes here; the constant is its own, and the version is
    pinned.
    """
    torch.set_num_threads(1)
    keep_freed_memory()
    tokenizer()
    send_at_once()
    write_theme_once()
    announce_long_runs_only()
    vars(runtime)["MESSAGE_FLUSH_INTERVAL_SECS"] = SECONDS_BETWEEN_MESSAGES
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS_OF_GENERATIONS)
