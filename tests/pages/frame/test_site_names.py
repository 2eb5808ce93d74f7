import pytest

from encoder import EncoderConfig, trace_paths
from encoder.analysis import residual_sites, update_paths
from pages.frame.site_names import site_group, site_name, sites_in_words


@pytest.mark.parametrize("norm", ["post", "pre"])
@pytest.mark.parametrize("embedding_norm", [False, True])
def test_every_site_has_a_name_of_its_own(norm: str, embedding_norm: bool) -> None:
    config = EncoderConfig(vocab_size=11, d_model=8, n_heads=2, n_layers=3, norm=norm, embedding_norm=embedding_norm)  # type: ignore[arg-type]
    means = [path for path in trace_paths(config) if path.endswith("norm.mean")]
    for paths in (residual_sites(config), [update for update, _ in update_paths(config)], means):
        names, groups = sites_in_words(paths)
        assert len(set(names)) == len(names) == len(groups)


def test_a_site_of_a_layer_says_which_layer() -> None:
    assert site_name("layers.11.feed_forward_residual") == "layer 11, after the feed-forward network was added"
    assert site_group("layers.11.feed_forward_residual") == "layer 11"
