"""What the tests of the pages share."""

from pathlib import Path

import pytest
import torch
from streamlit.components.v2 import manifest_scanner

from encoder import Encoder, load, save
from encoder.analysis import JOBS, HeadFigures, MeanHeadEffects
from encoder.learning.nested import nested_config
from encoder.tables.accuracy_table import AccuracyTable
from encoder.tables.head_effect_table import MAPS, HeadEffectTable
from encoder.tables.head_table import HeadTable
from encoder.tables.lone_table import LoneTable
from encoder.tokenizer import Tokenizer
from encoder.weights.nested import NestedEncoder, Shape, offered_shapes
from pages.frame import weights_source
from pages.frame.forward_pass import passes
from pages.frame.settings import DEFAULTS
from pages.frame.weights_source import SOURCES, sources

WHOLE = Shape(n_layers=3, n_heads=5, d_model=48)
MEASURED = Shape(n_layers=2, n_heads=3, d_model=32)


@pytest.fixture(autouse=True)
def _no_search_for_packaged_components(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare each app test the half second in which Streamlit reads the metadata of every installed package."""
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", list)


@pytest.fixture(autouse=True)
def _only_random_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin each test as on a server without trained weights, whether or not this one has them."""
    monkeypatch.delitem(SOURCES, "trained", raising=False)
    monkeypatch.setitem(vars(DEFAULTS), "weights", "random")


@pytest.fixture(scope="session")
def nested_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small nested encoder with its figures, as the real one is shipped; its parameters are stirred, not trained."""
    folder, tokenizer = tmp_path_factory.mktemp("nested"), Tokenizer.load()
    whole = Encoder(nested_config(tokenizer.vocab_size, WHOLE))
    with torch.no_grad():
        for parameter in whole.prediction.parameters():
            parameter.normal_(generator=torch.Generator().manual_seed(5))
    save(whole, folder / "encoder.safetensors")
    accuracy = {shape: place / 100 for place, shape in enumerate(offered_shapes(whole.config))}
    AccuracyTable(accuracy, "dev.txt", 1_234, 7).save(folder / "accuracy.json")
    lone = {WHOLE: 0.55, offered_shapes(whole.config)[10]: 0.2}
    LoneTable(lone, dict.fromkeys(lone, 1_234)).save(folder / "alone.json")
    figures = {job.name: torch.zeros(MEASURED.n_layers, MEASURED.n_heads) for job in JOBS}
    figures["previous token"][1, 2] = 0.875
    heads = HeadFigures(figures, dict.fromkeys(figures, 11))
    HeadTable({MEASURED: heads}, "dev.txt", 5).save(folder / "heads.json")
    maps = {name: torch.zeros(MEASURED.n_layers, MEASURED.n_heads, dtype=torch.float64) for name in MAPS}
    maps["log_probability_changes"][1, 0] = -0.75
    effects = MeanHeadEffects(**maps, log_probability=-3.0, accuracy=0.25, n_sentences=5, n_places=11)
    HeadEffectTable({MEASURED: effects}, "dev.txt").save(folder / "head_effects.json")
    return folder


@pytest.fixture
def trained(nested_folder: Path, monkeypatch: pytest.MonkeyPatch) -> NestedEncoder:
    """A server that has trained weights, its default; returns the same encoder, read without the app."""
    monkeypatch.setattr(weights_source, "NESTED_FOLDER", nested_folder)
    monkeypatch.setitem(SOURCES, "trained", sources(nested_folder)["trained"])
    monkeypatch.setitem(vars(DEFAULTS), "weights", "trained")
    passes.clear()  # other parameters may have gone by the same name
    return NestedEncoder(load(nested_folder / "encoder.safetensors"))
