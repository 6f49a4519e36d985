"""What the pages under doc/ show runs as pasted, from top to bottom."""

import importlib
import importlib.util
import json
import re
import sys
import warnings
from pathlib import Path
from unittest.mock import MagicMock

import pytest

DOC = Path(__file__).parents[1] / "doc"
PAGES = sorted(DOC.glob("*.md"))

BLOCKS = re.compile(r"```python\n(.*?)```", re.DOTALL)
NOT_RUN = re.compile(r"```py\n(.*?)```", re.DOTALL)  # with libraries that tests lack
WARNS_ITSELF = ("mlflow", "optuna")  # of what is to change in its own code


def is_there(code):
    """Whether the one library that a block may go without is installed."""
    return "import mlflow" not in code or importlib.util.find_spec("mlflow") is not None


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A folder for the files that the pages write, and no account anywhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    monkeypatch.setitem(sys.modules, "wandb", MagicMock())


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_code_on_the_page_runs(page, capsys, elsewhere):
    names = {"__name__": "__main__"}
    for code in filter(is_there, BLOCKS.findall(page.read_text())):
        with warnings.catch_warnings():
            if any(f"import {name}" in code for name in WARNS_ITSELF):
                warnings.simplefilter("ignore")
            exec(compile(code, str(page), "exec"), names)


def code_of(notebook):
    """Return the code of each cell of a notebook."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]


@pytest.mark.slow
def test_notebook_runs_and_shows_what_it_was_run_to(elsewhere):
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("agg")
    notebook = DOC / "csv_to_submission.ipynb"
    names = {"__name__": "__main__"}
    for code in code_of(notebook):
        # The first candidates are enough to see that each line works
        quick = code.replace("n_iter=25", "n_iter=4").replace("=300", "=30")
        exec(compile(quick, notebook.name, "exec"), names)
    plt.close("all")
    assert (names["folder"] / "submission.csv").exists()
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    counts = [c["execution_count"] for c in cells if c["cell_type"] == "code"]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_code_that_is_not_run_is_python_at_least(page):
    for code in NOT_RUN.findall(page.read_text()):
        compile(code, str(page), "exec")


def documented():
    """Return what the API reference describes, wherever it is imported from."""
    things = []
    for page in sorted((DOC / "api").glob("*.rst")):
        module = None
        for line in page.read_text().splitlines():
            if found := re.match(r"\.\. (currentmodule|automodule):: (\S+)", line):
                module = importlib.import_module(found[2])
                if found[1] == "automodule":
                    things += [getattr(module, name) for name in module.__all__]
            elif found := re.fullmatch(r"   (\w+)", line):
                things.append(getattr(module, found[1], None))
    return things


API = json.loads((DOC.parent / "tests" / "public" / "api.json").read_text())["names"]


@pytest.mark.parametrize("package", API)
def test_every_public_name_is_in_the_api_reference(package):
    module, known = importlib.import_module(package), documented()
    names = set(API[package]) - {"__version__"}
    there = {n for n in names if any(getattr(module, n) is thing for thing in known)}
    assert there == names


def test_every_file_is_listed_with_the_first_sentence_of_its_docstring(monkeypatch):
    monkeypatch.syspath_prepend(DOC)
    list_files = importlib.import_module("list_files")
    text = list_files.PAGE.read_text(encoding="utf-8")
    assert list_files.page(text) == text, "Run: python doc/list_files.py"
