"""Draw the pictures of the pages again: ``python doc/make_pictures.py``.

They are what the examples on the page write, of which the page shows some.
"""

import os
import re
import tempfile
from pathlib import Path

import matplotlib as mpl
from PIL import Image

HERE = Path(__file__).resolve().parent
PAGES = ["look_at_a_search.md"]
N_COLOURS = 96  # which makes files half as large


def main() -> None:
    """Run the examples of each page, and keep the pictures that it shows."""
    mpl.use("agg")
    for page in PAGES:
        text = (HERE / page).read_text()
        code = "".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            exec(compile(code, page, "exec"), {"__name__": "__main__"})
            for name in re.findall(r"\(images/(\S+\.png)\)", text):
                if not Path(name).exists():  # of a page in a browser
                    continue
                picture = Image.open(name).convert("RGB").quantize(N_COLOURS)
                picture.save(HERE / "images" / name, optimize=True)
            os.chdir(HERE)


if __name__ == "__main__":
    main()
