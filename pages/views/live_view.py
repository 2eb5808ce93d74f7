"""The Live page's view: the attention, and below it what positions add and how long every vector is."""

from pages.views import attention, token_maps
from pages.views.map_memory import attention_is_drawn
from pages.views.view_group import ViewGroup

_GROUP = ViewGroup("live_view", [attention.CODE, token_maps.CODE])


def live_view(attention_payload: bytes, small_maps_payload: bytes) -> None:
    """Draw both views of one pass."""
    _GROUP.draw(attention_payload, small_maps_payload)
    attention_is_drawn()
