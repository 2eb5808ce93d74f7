"""Memory that one forward pass frees is kept for the next one, instead of going back to the system."""

import ctypes
import platform

# From malloc.h of the GNU C library.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8

KEPT_BYTES = 128 * 2**20
LARGEST_KEPT_TENSOR = 32 * 2**20  # the most that the library accepts
ARENAS = 2


def keep_freed_memory() -> None:
    """Ask the C library to keep up to 128 MB that is freed, and to share it among the threads.

    A trace of a large encoder takes 100 MB; to get them from the system anew, page by page, costs a sixth of the pass.
    Works with the GNU C library (Linux); elsewhere nothing is asked and nothing changes.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    mallopt = ctypes.CDLL(None).mallopt
    for parameter, value in (
        (M_TRIM_THRESHOLD, KEPT_BYTES),
        (M_MMAP_THRESHOLD, LARGEST_KEPT_TENSOR),
        (M_ARENA_MAX, ARENAS),
    ):
        mallopt(parameter, value)
