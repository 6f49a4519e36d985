"""The design that DESIGN.md describes, held by reading the source."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import skhp

ROOT = Path(skhp.__file__).parent
ORDER = [
    "exceptions",
    "space",
    "surrogate",
    "acquisition",
    "optimizers",
    "evaluation",
    {"resources", "workers", "journal"},  # which do not know each other
    "selection",
    "ensembles",
    "callbacks",
    "advice",
    "notebook",
    "search",
    "inspection",
    "_cli",
]
SEES_ALL = {"__init__", "__main__", "testing", "_version"}
FREE_OF_SKLEARN = {"exceptions", "space", "surrogate", "acquisition", "optimizers"}
SKLEARN_OF_OPTIMIZERS = {"ParameterGrid", "ParameterSampler"}
# The estimators of scikit-learn that presets name are looked up, not imported; a
# preset may look at a class that is there already.
MODULES = sorted(path for path in ROOT.rglob("*.py"))
NAMES = [str(path.relative_to(ROOT)) for path in MODULES]


def layer_of(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def may_import(layer):
    """Return the layers that a layer may import from."""
    allowed = {"_version"}
    for step in ORDER:
        rooms = {step} if isinstance(step, str) else step
        if layer in rooms:
            return allowed | {layer}
        allowed |= rooms
    raise AssertionError(f"{layer} has no place in the order")


@cache
def nodes_of(path):
    return tuple(ast.walk(ast.parse(path.read_text())))


def imports_of(path):
    """Yield (module, names) of each import, type-checking ones and inner ones too."""
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, set()
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield node.module, {alias.name for alias in node.names}


def by_module(what_is_wrong):
    """Return what a rule finds in each module, of those in which it finds something."""
    found = {
        name: list(what_is_wrong(path))
        for name, path in zip(NAMES, MODULES, strict=True)
    }
    return {name: wrong for name, wrong in found.items() if wrong}


def imports_that_point_up(path):
    layer = layer_of(path)
    if layer in SEES_ALL:
        return
    allowed = may_import(layer)
    for module, _ in imports_of(path):
        package, _, room = module.partition(".")
        if package == "skhp" and room.split(".")[0] not in allowed:
            yield module


def test_imports_point_one_way():
    assert by_module(imports_that_point_up) == {}


def imports_that_only_outer_layers_may_have(path):
    layer = layer_of(path)
    if layer not in FREE_OF_SKLEARN:
        return
    for module, names in imports_of(path):
        if module.split(".")[0] in ("sklearn", "joblib") and not (
            layer == "optimizers" and names <= SKLEARN_OF_OPTIMIZERS
        ):
            yield module


def test_only_the_outer_layers_know_scikit_learn_and_joblib():
    assert by_module(imports_that_only_outer_layers_may_have) == {}


# Each lists what it uses of a dependency without being promised it, with versions.
FOREIGN = {"evaluation/_sklearn.py": "sklearn", "workers/_joblib.py": "joblib"}
# What joblib does not document, though the names have no underscore.
OF_JOBLIB = {"externals", "parallel"}
OF_BACKENDS = {
    "abort_everything",
    "apply_async",
    "get_nested_backend",
    "retrieve_result_callback",
    "supports_sharedmem",
}


def is_private(name):
    return name.startswith("_") and not name.endswith("__")


def foreign_imports(path):
    """Yield the undocumented names of a dependency that a module imports."""
    for module, names in imports_of(path):
        package, *parts = module.split(".")
        if package not in FOREIGN.values():
            continue
        of_joblib = OF_JOBLIB if package == "joblib" else set()
        for name in names or {parts[-1] if parts else package}:
            private = [n for n in [*parts, name] if is_private(n) or n in of_joblib]
            if private:
                yield f"{module}.{name}" if names else module


@cache
def names_defined_in(path):
    """Return the methods and attributes that the classes of a module have."""
    return frozenset(_names_defined_in(path))


def _names_defined_in(path):
    for node in nodes_of(path):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name
        elif isinstance(node, ast.ClassDef):
            for line in node.body:
                targets = getattr(line, "targets", [getattr(line, "target", None)])
                yield from (t.id for t in targets if isinstance(t, ast.Name))
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if is_named(node.value, {"self", "cls"}):
                yield node.attr


def is_named(node, names):
    """Whether an expression is one of these names, or ``super()`` among them."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and f"{node.func.id}()" in names
    return isinstance(node, ast.Name) and node.id in names


def attributes_taken(path):
    """Yield what is taken from others: ``x.name``, ``getattr(x, "name")``."""
    for node in nodes_of(path):
        if isinstance(node, ast.Attribute):
            owner, name = node.value, node.attr
        elif isinstance(node, ast.Call) and is_named(node.func, PROBES):
            owner, name = node.args[0], ast.unparse(node.args[1]).strip("\"'")
        else:
            continue
        if not is_named(owner, OPEN_OWNERS):
            yield name


PROBES = {"hasattr", "getattr", "setattr", "delattr"}
# os._exit and sys._getframe are documented.
OPEN_OWNERS = {"self", "cls", "super()", "os", "sys"}


@cache
def names_defined_in_folder(folder):
    return frozenset().union(*map(names_defined_in, folder.rglob("*.py")))


def undocumented_names(path):
    if path.relative_to(ROOT).as_posix() in FOREIGN:
        return
    yield from foreign_imports(path)
    # A private name may be used in the folder that defines it, like a private file.
    at_the_top = path.parent == ROOT
    own = names_defined_in(path) if at_the_top else names_defined_in_folder(path.parent)
    taken = set(attributes_taken(path))
    yield from {name for name in taken if is_private(name)} - own
    yield from taken & OF_BACKENDS


def test_undocumented_names_of_dependencies_are_in_one_file_each():
    assert by_module(undocumented_names) == {}


@pytest.mark.parametrize("name", FOREIGN)
def test_every_undocumented_name_is_listed_with_its_versions(name):
    table = ast.get_docstring(ast.parse((ROOT / name).read_text()))
    rows = re.findall(r"^(\S+) +\d\.\d.*$", table, flags=re.M)
    listed = {row.rpartition(".")[2] for row in rows}
    own = set(names_defined_in(ROOT / name))
    taken = set(attributes_taken(ROOT / name))
    private = {n for n in taken if is_private(n) and n not in own}
    imported = {row.rpartition(".")[2] for row in foreign_imports(ROOT / name)}
    used = private | imported | taken & OF_BACKENDS
    assert used - listed == set()
    assert listed - taken - imported == set()


OUR_PROTOCOLS = r"\b_?(optimizer|observer|workers|strategy|resource)s?\b"


def probes_of_our_protocols(path):
    for node in nodes_of(path):
        if not isinstance(node, ast.Call):
            continue
        is_probe = is_named(node.func, {"hasattr"}) or (
            is_named(node.func, {"getattr"}) and len(node.args) == 3
        )
        if is_probe and re.search(OUR_PROTOCOLS, ast.unparse(node.args[0])):
            yield ast.unparse(node)


def test_a_protocol_declares_all_that_is_used_of_it():
    assert by_module(probes_of_our_protocols) == {}


def test_one_pyx_file_touches_blas_and_lapack():
    users = {
        path.name
        for path in [*ROOT.rglob("*.pyx"), *ROOT.rglob("*.pxd")]
        if re.search(r"cython_(blas|lapack)", path.read_text())
    }
    assert users <= {"_linalg.pyx", "_linalg.pxd"}


PUBLIC_FILES = {"__init__.py", "__main__.py", "exceptions.py", "testing.py"}


def test_files_are_private_and_no_longer_than_500_lines():
    shown = {p.name for p in MODULES if not p.name.startswith("_")}
    assert shown <= PUBLIC_FILES
    lengths = {str(p): len(p.read_text().splitlines()) for p in MODULES}
    assert {name: n for name, n in lengths.items() if n > 500} == {}


def body_lines(function):
    """Return how many lines a function has, without its signature and docstring."""
    body = function.body
    if ast.get_docstring(function) is not None:
        body = body[1:]
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def long_functions(path):
    for node in nodes_of(path):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if body_lines(node) > 60:
                yield node.name


def test_functions_are_no_longer_than_60_lines():
    assert by_module(long_functions) == {}


def test_nothing_is_called_utils():
    assert not [name for name in NAMES if re.search(r"util|helper|misc|common", name)]


KERNELS = sorted(ROOT.rglob("*.pyx"))
TESTS = Path(__file__).parent
MIRRORED = [
    path.relative_to(ROOT)
    for path in [*MODULES, *KERNELS]
    if path.name not in ("__init__.py", "_version.py")
]


def test_every_module_has_tests_of_its_own():
    tests = {p: TESTS / p.parent / f"test_{p.stem.strip('_')}.py" for p in MIRRORED}
    assert [str(path) for path, test in tests.items() if not test.exists()] == []


def test_no_folder_has_more_than_24_files():
    folders = {path.parent for path in [*MODULES, *TESTS.rglob("*.py")]}
    sizes = {
        folder: sum(path.suffix in (".py", ".pyx") for path in folder.iterdir())
        for folder in folders
    }
    assert {str(f): size for f, size in sizes.items() if size > 24} == {}


def dotted(path):
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_imports_go_in_no_circle():
    modules = {dotted(path): path for path in [*MODULES, *KERNELS]}
    imports = {name: set() for name in modules}
    for name, path in modules.items():
        if path.suffix == ".pyx":
            imports[name] |= set(
                re.findall(r"^from (\S+) cimport", path.read_text(), re.M)
            )
            continue
        for module, names in imports_of(path):
            inner = {f"{module}.{n}" for n in names} & set(modules)
            imports[name] |= inner or {module}
    order = TopologicalSorter({n: i & set(modules) for n, i in imports.items()})
    assert len(list(order.static_order())) == len(modules)  # or CycleError shows it


PACKAGES = ["skhp", *(f"skhp.{p.parent.name}" for p in ROOT.glob("*/__init__.py"))]


@pytest.mark.parametrize("package", PACKAGES)
def test_public_names_are_importable_sorted_and_complete(package):
    module = importlib.import_module(package)
    names = getattr(module, "__all__", [])
    assert sorted(names) == sorted(set(names))
    for name in names:
        assert hasattr(module, name)
    public = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and not inspect.ismodule(value)
        and getattr(value, "__module__", "").startswith("skhp")
    }
    assert public <= set(names)


PUBLIC = {name: getattr(skhp, name) for name in skhp.__all__ if name != "__version__"}
SPEAKING = {  # what users of a package beside the top one meet
    f"{package}.{name}": getattr(importlib.import_module(package), name)
    for package in (
        "skhp.optimizers",
        "skhp.space",
        "skhp.exceptions",
        "skhp.callbacks",
    )
    for name in importlib.import_module(package).__all__
}


@pytest.mark.parametrize(
    "thing", {**PUBLIC, **SPEAKING}.values(), ids=lambda t: t.__name__
)
def test_everything_public_has_a_docstring_of_its_own(thing):
    own = vars(thing).get("__doc__") if inspect.isclass(thing) else thing.__doc__
    assert own
    first = own.strip().splitlines()[0]
    assert first.endswith(".")
    assert len(first) <= 88


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_class_shows_an_example(name):
    thing = PUBLIC[name]
    assert not inspect.isclass(thing) or ">>>" in inspect.getdoc(thing)


def documented_defaults(docstring):
    """Return the text of ``default=...`` by the name of the parameter."""
    _, _, rest = docstring.partition("Parameters\n----------\n")
    section = re.split(r"\n\w[\w ]*\n-{3,}\n", rest)[0]
    entries = re.findall(r"^(\w[\w, ]*) : (.*(?:\n {8}.*)*?)$", section, flags=re.M)
    return {
        name: match[1] if (match := re.search(r"default=(.*)$", kind)) else None
        for names, kind in entries
        for name in names.split(", ")
    }


def as_written(default):
    if default != default:
        return {"np.nan"}
    return {repr(default), repr(default).replace("'", '"')}


CLASSES = {
    name: thing
    for name, thing in {**PUBLIC, **SPEAKING}.items()
    if inspect.isclass(thing)
}


@pytest.mark.parametrize("name", CLASSES)
def test_documented_defaults_are_those_of_the_signature(name):
    cls = CLASSES[name]
    if issubclass(cls, BaseException) or cls.__init__ is object.__init__:
        return
    documented = documented_defaults(inspect.getdoc(cls))
    for parameter in inspect.signature(cls).parameters.values():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        if not documented:  # a value type: its attributes are documented instead
            continue
        assert parameter.name in documented
        text = documented[parameter.name]
        if parameter.default is parameter.empty:
            assert text is None
        else:
            assert text in as_written(parameter.default), parameter.name


@pytest.mark.parametrize("name", ["GridSearchCV", "RandomizedSearchCV"])
def test_defaults_shared_with_scikit_learn_are_scikit_learns(name):
    import sklearn.model_selection

    theirs = inspect.signature(getattr(sklearn.model_selection, name)).parameters
    ours = inspect.signature(getattr(skhp, name)).parameters
    assert list(ours)[: len(theirs)] == list(theirs)
    for parameter in theirs.values():
        assert str(ours[parameter.name].default) == str(parameter.default)
        assert ours[parameter.name].kind == parameter.kind


HEAVY = [
    "matplotlib",
    "plotly",
    "pandas",
    "polars",
    "lightgbm",
    "dask",
    "distributed",
    "rich",
]


def test_importing_skhp_imports_nothing_that_scikit_learn_does_not():
    code = (
        "import sys, sklearn.model_selection; before = set(sys.modules); import skhp;"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    out = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT.parent,
    )
    assert not set(out.stdout.split()) & set(HEAVY)
