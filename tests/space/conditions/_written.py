"""Spaces with conditions as users may write them, for hypothesis."""

from hypothesis import strategies as st

from skhp.space import Categorical, Conditional, Integer, Layers, Real

CHOICES = {"a": ["x", "y", "z"], "b": [1, 2], "c": [True, False, None]}


@st.composite
def conditional_dicts(draw, finite=False):
    """A few choices, some of which depend on earlier ones, and what depends on them."""
    space, known = {}, []
    for name, values in CHOICES.items():
        space[name] = _made(draw, list(values), known)
        known.append((name, values))
    kinds = [
        [1, 5, 9],
        Integer(1, 3),
        Categorical(["p", "q"]),
        Layers(0, 2, units=[8, 4, 2], non_increasing=True),
        Layers(1, 2, units=Integer(1, 3)),
        "constant",
    ]
    if not finite:
        kinds += [Real(0.1, 10.0, "log-uniform"), (0.0, 1.0)]
    for name in "def"[: draw(st.integers(1, 3))]:
        space[name] = _made(draw, draw(st.sampled_from(kinds)), known)
    names = draw(st.permutations(list(space)))
    return {name: space[name] for name in names}


def _made(draw, values, known):
    if not known or not draw(st.booleans()):
        return values
    name, allowed = draw(st.sampled_from(known))
    chosen = draw(st.lists(st.sampled_from(allowed), min_size=1, unique=True))
    return Conditional(values, when={name: chosen})


def is_active(space, name, params):
    """The obvious rule: what it depends on is there, and has an allowed value."""
    written = space[name]
    if not isinstance(written, Conditional):
        return True
    return all(
        is_active(space, parent, params)
        and any(params[parent] is value for value in values)
        for parent, values in written.when.items()
    )
