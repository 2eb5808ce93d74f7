"""What was sent to a browser last, so that whoever goes back to an encoder waits for no pass."""

from collections.abc import Callable

from pages.frame.byte_cache import ByteCache
from pages.frame.forward_pass import ForwardPass
from pages.frame.once import once
from pages.frame.view_contents import Contents, unknown_words

PAYLOAD_BYTES = 16 * 2**20
LARGEST_KEPT = 2 * 2**20


def kept_payload(shown: ForwardPass, pack: Callable[..., bytes], contents: Contents) -> bytes:
    """Return what `pack` makes of the tokens and of what `contents` finds in the pass.

    It is made once for all visitors who look at the same, and kept as long as there is room, unless it would take the
    room of many others. Two sentences with different unknown words have the same tokens, and are not the same.
    """
    tokens = shown.encoding.pieces
    key = pack, contents, tokens, unknown_words(shown), shown.asked
    return payloads().get(key, lambda: pack(tokens, **contents(shown)))


@once
def payloads() -> ByteCache[bytes]:
    """Return the one store of payloads of this server."""
    return ByteCache(PAYLOAD_BYTES, len, largest=LARGEST_KEPT)
