"""Measures of a forward pass, and the story of each of its numbers: pure functions of its trace.

Where in the network comes first in every measure (layer, head, site), then the batch, then the token.
"""

from encoder.analysis.attention_entropy import attention_entropy, largest_entropy
from encoder.analysis.depth_predictions import depth_logits
from encoder.analysis.edit_effects import RelativeChanges, relative_changes
from encoder.analysis.head_contributions import head_contributions, layer_head_contributions
from encoder.analysis.head_effects import HeadEffects, TargetEffects, Targets, head_effects
from encoder.analysis.head_jobs import JOBS, HeadFigures, Job, head_figures
from encoder.analysis.mean_head_effects import MeanHeadEffects, Question, mean_head_effects
from encoder.analysis.permutation import permutation_gap, positions_off
from encoder.analysis.position_structure import (
    EmbeddingNorms,
    OffsetProfile,
    embedding_norms,
    gram_matrix,
    offset_profile,
    wavelengths,
)
from encoder.analysis.provenance import Cells, Explanation, explain, feeds
from encoder.analysis.residual_norms import ResidualNorms, residual_norms, residual_sites
from encoder.analysis.sublayer_updates import SublayerUpdates, sublayer_updates, update_paths
from encoder.analysis.word_prediction import WordPrediction

__all__ = [
    "JOBS",
    "Cells",
    "EmbeddingNorms",
    "Explanation",
    "HeadEffects",
    "HeadFigures",
    "Job",
    "MeanHeadEffects",
    "OffsetProfile",
    "Question",
    "RelativeChanges",
    "ResidualNorms",
    "SublayerUpdates",
    "TargetEffects",
    "Targets",
    "WordPrediction",
    "attention_entropy",
    "depth_logits",
    "embedding_norms",
    "explain",
    "feeds",
    "gram_matrix",
    "head_contributions",
    "head_effects",
    "head_figures",
    "largest_entropy",
    "layer_head_contributions",
    "mean_head_effects",
    "offset_profile",
    "permutation_gap",
    "positions_off",
    "relative_changes",
    "residual_norms",
    "residual_sites",
    "sublayer_updates",
    "update_paths",
    "wavelengths",
]
