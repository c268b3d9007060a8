"""What the tests of analysis/ share: its modules, and results that the result store wrote."""

import atexit
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ANALYSIS = Path(os.environ["GRADWIRE_SOURCE_DIR"]) / "analysis"
PLOT = ANALYSIS / "plot.py"
sys.path.insert(0, str(ANALYSIS))

_FOLDER = Path(tempfile.mkdtemp(prefix="gradwire-analysis-"))
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)


@functools.lru_cache(maxsize=None)
def _make_sample(kind):
    folder = _FOLDER / kind
    made = subprocess.run(
        [os.environ["RESULTS_SAMPLE"], kind, str(folder)],
        check=True,
        capture_output=True,
        text=True,
    )
    return folder, [json.loads(line) for line in made.stdout.splitlines()]


def sample(kind):
    """The folder of sample results of this kind (tests/sim/results/results_sample.cpp)."""
    return _make_sample(kind)[0]


def sample_summaries(kind):
    """The summaries of the training times of each point, as the C++ side computes them."""
    return _make_sample(kind)[1]


def copy_of_sample(kind, folder):
    """A copy in a folder of the test's own, to be changed; returns its results.sqlite."""
    target = Path(folder) / kind
    shutil.copytree(sample(kind), target)
    return target / "results.sqlite"


def run_plot(*arguments):
    """Runs the command as a user does."""
    return subprocess.run(
        [str(PLOT), *map(str, arguments)], check=False, capture_output=True, text=True
    )
