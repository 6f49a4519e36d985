"""Docstrings of public classes: complete, in order, and alike where they are shared."""

import inspect
import re
import subprocess
import sys
from collections import Counter
from itertools import pairwise

import pytest

import skhp
from skhp.search._docstrings import PARTS, with_shared_parts

CLASSES = {
    name: thing
    for name in skhp.__all__
    if inspect.isclass(thing := getattr(skhp, name))
}
SEARCHES = {name: cls for name, cls in CLASSES.items() if name.endswith("SearchCV")}
METHODS = {
    f"{name}.{method}": getattr(cls, method)
    for name, cls in SEARCHES.items()
    for method in ("fit", "extend")
}
DOCUMENTED = {**CLASSES, **METHODS}
SECTIONS = [
    "Parameters",
    "Attributes",
    "Returns",
    "Raises",
    "See Also",
    "Notes",
    "References",
    "Examples",
]
# Of one name in several search classes, but not of one meaning.
THEIR_OWN = {
    "max_resources",
    "min_resources",
    "n_candidates",
    "param_distributions",
    "resource",
    "sampler",
}
# Shared, and followed by a sentence that holds for one class only.
WITH_MORE = {
    "cv_results_",
    "ensemble",
    "error_score",
    "estimator",
    "journal",
    "racing",
    "random_state",
    "refit",
    "scoring",
    "time_budget",
    "warm_start",
}


def sections(thing):
    """Return the text of each section of a docstring, by its title."""
    parts = re.split(r"^(\w[\w ]*)\n-{3,}\n", inspect.getdoc(thing), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def entries(text):
    """Return (type, description) of each name that a section describes."""
    found = re.findall(
        r"^(\*{0,2}\w[\w, ]*) : (.*)\n((?:    .*\n|\n)*)", f"{text}\n", re.M
    )
    return {
        name.strip("*"): (kind, " ".join(description.split()))
        for names, kind, description in found
        for name in names.split(", ")
    }


def described(thing, *titles):
    texts = sections(thing)
    return {k: v for title in titles for k, v in entries(texts.get(title, "")).items()}


@pytest.mark.parametrize("name", DOCUMENTED)
def test_parameters_are_those_of_the_signature_in_its_order(name):
    names = [p for p in inspect.signature(DOCUMENTED[name]).parameters if p != "self"]
    assert list(described(DOCUMENTED[name], "Parameters")) == names


@pytest.mark.parametrize("name", DOCUMENTED)
def test_each_entry_has_a_type_and_whole_sentences(name):
    for kind, text in described(DOCUMENTED[name], "Parameters", "Attributes").values():
        assert kind
        assert re.match(r"[A-Z]|'|`", text)
        assert text.endswith(".")


@pytest.mark.parametrize("name", DOCUMENTED)
def test_help_stands_alone(name):
    doc = DOCUMENTED[name].__doc__
    assert not re.search(r"\bas in `", doc, re.I)
    assert not re.search(r"^ *\{\w+\}$|\{default\}", doc, re.M)
    assert max(map(len, doc.splitlines())) <= 88


@pytest.mark.parametrize("name", DOCUMENTED)
def test_sections_are_in_numpydocs_order(name):
    places = [SECTIONS.index(title) for title in sections(DOCUMENTED[name])]
    assert all(first < second for first, second in pairwise(places))


def test_what_is_shared_reads_the_same_in_all_classes():
    with_more, several = set(), Counter()
    for cls in SEARCHES.values():
        for name, (kind, text) in described(cls, "Parameters", "Attributes").items():
            several[name] += 1
            if name not in PARTS or name in THEIR_OWN:
                continue
            shared_kind, shared_text = entries(PARTS[name])[name]
            assert kind.split(", default=")[0] == shared_kind.split(", default=")[0]
            assert text.startswith(shared_text)
            if text != shared_text:
                with_more.add(name)
    assert with_more == WITH_MORE
    assert {n for n, k in several.items() if k > 1 and n not in PARTS} <= THEIR_OWN


def test_a_part_is_indented_like_its_place_and_has_the_default_of_the_signature():
    @with_shared_parts
    class Search:
        """Search.

        Parameters
        ----------
        {verbose}
            More.
        """

        def __init__(self, *, verbose=7):
            pass

    lines = inspect.getdoc(Search).splitlines()
    assert lines[4] == "verbose : int, default=7"
    assert lines[5].startswith("    How much")
    assert lines[-1] == "    More."


def test_an_unknown_part_is_an_error():
    with pytest.raises(KeyError, match="nonsense"):

        @with_shared_parts
        class Search:
            """Search.

            {nonsense}
            """


@pytest.mark.slow
def test_without_docstrings_the_classes_work_too():
    code = (
        "import skhp; print(skhp.GridSearchCV.__doc__, skhp.GridSearchCV.fit.__doc__)"
    )
    out = subprocess.run(
        [sys.executable, "-OO", "-c", code], capture_output=True, text=True, check=True
    )
    assert out.stdout.split() == ["None", "None"]
