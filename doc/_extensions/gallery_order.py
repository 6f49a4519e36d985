"""The order of the examples in the gallery: from what most people need on."""

from pathlib import Path

NAMES = [
    "plot_drop_in.py",
    "plot_mixed_pipeline.py",
    "plot_boosting_rounds.py",
    "plot_network.py",
    "plot_nested.py",
    "plot_dask.py",
    "plot_own_optimizer.py",
]


class GalleryOrder:
    """Sort the files of a folder: those above first."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def __call__(self, name: str) -> tuple[int, str]:
        """Return the key of a file."""
        name = Path(name).name
        return (NAMES.index(name) if name in NAMES else len(NAMES)), name
