"""Programs in layers: `functions/sitecustomize.py` is given to every Python function."""

import os
from pathlib import Path


def apply():
    os.environ["PYTHONPATH"] = str(Path(__file__).parent / "functions")
