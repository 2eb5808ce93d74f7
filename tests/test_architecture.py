"""The house rules of the imports: they point down only, and never in a circle."""

import ast
import graphlib
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOP_LEVEL = (
    "app.py pages encoder assets tests requirements.txt README.md LICENSE pyproject.toml .streamlit .ci .gitignore"
)

ENCODER_PARTS = "encoder.attention encoder.feed_forward encoder.normalization encoder.embedding encoder.prediction"
# Each of these rooms may import from those behind it.
ENCODER_ROOMS = "encoder.learning encoder.tables encoder.analysis encoder.weights"
# Who may import from where, beside the own room; the encoder's other files stand on its ground floor.
MAY_IMPORT = {
    "app": "pages.frame",
    "pages": "pages.frame pages.charts pages.views encoder encoder.ground " + ENCODER_ROOMS,
    "pages.frame": "encoder encoder.ground " + ENCODER_ROOMS,
    "pages.charts": "",
    "pages.views": "",
    "encoder.replay": f"{ENCODER_ROOMS} encoder.model encoder.ground",
    "encoder": f"{ENCODER_ROOMS} encoder.model encoder.ground",
    **{
        room: f"{ENCODER_ROOMS.partition(room)[2]} encoder.model encoder.layer {ENCODER_PARTS} encoder.ground"
        for room in ENCODER_ROOMS.split()
    },
    "encoder.model": f"encoder.layer {ENCODER_PARTS} encoder.ground",
    "encoder.layer": f"{ENCODER_PARTS} encoder.ground",
    **dict.fromkeys(ENCODER_PARTS.split(), f"{ENCODER_PARTS} encoder.ground"),
    "encoder.ground": "",
}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(path): path for folder in ("pages", "encoder") for path in (ROOT / folder).rglob("*.py")}
MODULES["app"] = ROOT / "app.py"


def imports(module: str) -> set[str]:
    """All modules that this one imports, ours and others', wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            members = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= members & MODULES.keys() or {str(node.module)}
    return found


def room_of(module: str) -> str:
    two_words = ".".join(module.split(".")[:2])
    if two_words in MAY_IMPORT:
        return two_words
    return "encoder.ground" if module.startswith("encoder.") else module.split(".")[0]


def test_imports_point_down_only() -> None:
    wrong = {
        f"{module} imports {imported}"
        for module in MODULES
        for imported in imports(module) & MODULES.keys()
        if room_of(imported) not in [room_of(module), *MAY_IMPORT[room_of(module)].split()]
    }
    assert not wrong


def test_no_page_imports_another_page() -> None:
    assert not {module for module in MODULES if any(room_of(imported) == "pages" for imported in imports(module))}


def test_no_import_goes_in_a_circle() -> None:
    graphlib.TopologicalSorter({module: imports(module) for module in MODULES}).prepare()


def test_the_encoder_knows_nothing_of_the_screen() -> None:
    encoder = [module for module in MODULES if module.startswith("encoder")]
    assert not {name for module in encoder for name in imports(module) if name.startswith(("streamlit", "plotly"))}


def test_a_page_has_120_lines_at_most() -> None:
    assert not {path.name for path in (ROOT / "pages").glob("*.py") if len(path.read_text("utf-8").splitlines()) > 120}


def test_nothing_else_stands_at_the_top() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {line.split("/")[0] for line in tracked.splitlines()} <= set(TOP_LEVEL.split())


def test_every_page_hands_over_its_views_and_reads_the_forward_pass_nowhere_else() -> None:
    for path in (ROOT / "pages").glob("*.py"):
        page = ast.parse(path.read_text("utf-8"))
        functions = [node for node in page.body if isinstance(node, ast.FunctionDef)]
        handed = [node for node in functions if "redrawn" in [ast.unparse(name) for name in node.decorator_list]]
        assert len(handed) == 1, path.name
        at_once = [node for node in page.body if not isinstance(node, ast.FunctionDef | ast.Import | ast.ImportFrom)]
        assert "current_pass" not in "".join(map(ast.unparse, at_once)), path.name
