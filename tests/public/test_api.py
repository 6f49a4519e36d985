"""What users rely on changes only on purpose.

For that, run `python -m tests.public._frozen > tests/public/api.json` and enter the
change in CHANGELOG.md; what disappears warns of that first, see CONTRIBUTING.md.
"""

import json
import re
from pathlib import Path

import pytest

from tests.public._frozen import PUBLIC, SEARCHES, WHOLE, parameters
from tests.public._frozen import public_names as names_of

FROZEN = json.loads((Path(__file__).parent / "api.json").read_text())
REFERENCE = Path(__file__).parents[2] / "doc" / "api" / "index.rst"


@pytest.mark.parametrize("module", [*PUBLIC, *WHOLE])
def test_public_names_are_those_that_are_written_down(module):
    assert names_of(module) == FROZEN["names"][module]


@pytest.mark.parametrize("name", SEARCHES)
def test_parameters_of_searches_are_those_that_are_written_down(name):
    assert parameters(name) == FROZEN["parameters"][name]


def test_reference_lists_what_is_public():
    """All but the exceptions, of which it lists the module."""
    text = REFERENCE.read_text()
    listed = set(re.findall(r"^   (\w+)$", text, re.MULTILINE))
    modules = FROZEN["names"].keys() - {"skhp.exceptions"}
    public = {name for module in modules for name in FROZEN["names"][module]}
    assert listed - {"exceptions"} == public - {"__version__"}
