"""Memory that a small forward pass frees is kept for the next one; that of a large one goes back to the system."""

import ctypes
import platform
import threading

# From malloc.h of the GNU C library.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8

KEPT_BYTES = 128 * 2**20
LARGEST_KEPT_TENSOR = 32 * 2**20  # the most that the library accepts
ARENAS = 2
MUCH = 32 * 2**20
SECONDS_UNTIL_SENT = 5.0


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


def give_back(freed_bytes: int) -> None:
    """Ask the C library to give the system all that is free, if much was let go at once: a large encoder and its trace.

    By itself it keeps what was freed between two pieces in use, some 250 MB after the largest encoder. The page that
    shows what was let go may still be on its way to the browser, so it is asked once more after a pause.
    """
    if freed_bytes < MUCH or platform.libc_ver()[0] != "glibc":
        return
    trim = ctypes.CDLL(None).malloc_trim
    trim(0)
    once_more = threading.Timer(SECONDS_UNTIL_SENT, trim, [0])
    once_more.daemon = True
    once_more.start()
