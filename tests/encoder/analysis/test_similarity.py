import pytest
import torch
from torch.nn.functional import cosine_similarity

from encoder.analysis.similarity import cosine_similarities, cosines


def test_each_cosine_is_that_of_torch() -> None:
    vectors = torch.randn(11, 7, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    expected = cosine_similarity(vectors[:, None], vectors[None, :], dim=-1)
    torch.testing.assert_close(cosine_similarities(vectors), expected)


def test_cosines_pair_by_pair_are_those_of_torch() -> None:
    first, second = torch.randn(2, 3, 11, 7, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    torch.testing.assert_close(cosines(first, second), cosine_similarity(first, second, dim=-1))


@pytest.mark.parametrize("scale", [1e-200, 1e-6, 1e6, 1e200])
def test_the_length_of_a_vector_does_not_count(scale: float) -> None:
    vectors = torch.randn(5, 7, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    torch.testing.assert_close(cosine_similarities(vectors * scale), cosine_similarities(vectors))


def test_no_cosine_leaves_its_range_and_a_vector_of_zeros_has_cosine_zero() -> None:
    vectors = torch.full((3, 13), 0.1)
    vectors[2] = 0
    cosines = cosine_similarities(vectors)
    assert cosines.max() <= 1
    assert cosines[2].tolist() == [0, 0, 0]
