"""Other Python processes, in which texts have other hashes."""

import ast
import os
import subprocess
import sys


def in_another_process(module, expression, *, hash_seed="77"):
    """Return the value of an expression in the names of a module, a plain value."""
    code = f"from {module} import *\nprint(ascii({expression}))"
    env = {
        **os.environ,
        "PYTHONHASHSEED": hash_seed,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    return ast.literal_eval(run.stdout)
