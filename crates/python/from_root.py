"""What builds the package where `pip install .` is said at the root: maturin, at work in this folder."""

import os

os.chdir(os.path.dirname(os.path.abspath(__file__)))

from maturin import *  # noqa: E402, F403
