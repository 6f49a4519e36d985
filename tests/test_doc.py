"""What the pages under doc/ show runs as pasted, from top to bottom."""

import importlib.util
import re
import sys
import warnings
from pathlib import Path
from unittest.mock import MagicMock

import pytest

PAGES = sorted((Path(__file__).parents[1] / "doc").glob("*.md"))


BLOCKS = re.compile(r"```python\n(.*?)```", re.DOTALL)
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
