import re
from pathlib import Path

import pytest


def pytest_collection_modifyitems(config, items):
    """Mark these tests, and leave out those that are not about us or have a reason.

    ``ONLY`` in a module is a pattern of the tests to run; a key of ``REASONS`` is the
    name of a test, with or without its parameters. Those in ``SLOW`` are so marked.
    """
    others = []
    for item in items:
        module = getattr(item, "module", None)
        if item.path.parent == Path(__file__).parent:
            item.add_marker("contract")
        if not re.search(getattr(module, "ONLY", ""), item.name):
            others.append(item)
        reasons = getattr(module, "REASONS", {})
        for name in {item.name, getattr(item, "originalname", None)}:
            if name in reasons:
                item.add_marker(pytest.mark.skip(reason=reasons[name]))
            if name in getattr(module, "SLOW", ()):
                item.add_marker("slow")
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]
