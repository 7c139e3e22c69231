"""Runs docs/notebook.ipynb and keeps what it shows: python -m docs.make_notebook. Its cells are edited in it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from unittest import mock

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

NOTEBOOK = Path(__file__).parent / "notebook.ipynb"
SECONDS = 300  # for one cell, on a busy machine


def executed(folder: Path) -> NotebookNode:
    """The notebook, run in a folder in which the checkout is the package `hardlook`. Raises on a cell that raises."""
    (folder / "hardlook").symlink_to(NOTEBOOK.parents[1], target_is_directory=True)
    notebook: NotebookNode = nbformat.read(NOTEBOOK, as_version=4)
    surroundings = {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1", "OMP_WAIT_POLICY": "passive"}
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, timeout=SECONDS, kernel_name="python3", record_timing=False, resources=resources)
    with mock.patch.dict(os.environ, surroundings):
        client.execute()
    for output in (one for cell in notebook.cells for one in cell.get("outputs", ())):
        output.get("data", {}).pop("image/jpeg", None)  # Pillow gives the same picture as PNG
    notebook.metadata.language_info = {"name": "python"}
    return notebook


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        nbformat.write(executed(Path(place)), NOTEBOOK)
