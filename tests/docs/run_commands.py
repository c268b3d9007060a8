#!/usr/bin/python3
"""Runs the commands of one page of the documentation: `run_commands.py PAGE`.

Every block that begins with ```sh is run by bash, in the order of the page, in one scratch copy of
the project whose build/release is the real build and on the path. The first command that fails ends
the test. A block that begins with ```sh no-test is only to read: it needs a network, an hour, or
root.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_COPIED = shutil.ignore_patterns(".git", "build", "data", "results", "__pycache__")
BLOCK = re.compile(r"^```sh( no-test)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page):
    """(line, text) of each block to run, and how many are for the reader only."""
    text = page.read_text(encoding="utf-8")
    to_run = []
    only_read = 0
    for match in BLOCK.finditer(text):
        if match[1]:
            only_read += 1
        else:
            to_run.append((text.count("\n", 0, match.start()) + 1, match[2]))
    return to_run, only_read


def make_scratch(folder):
    """A copy of the project in folder, and the environment that keeps its commands inside."""
    project = folder / "gradwire"
    shutil.copytree(ROOT, project, ignore=NOT_COPIED, symlinks=True)
    (project / "build").mkdir()
    (project / "build" / "release").symlink_to(os.environ["GRADWIRE_BINARY_DIR"])
    path = f"{project}/build/release:{os.environ['PATH']}"
    return project, {**os.environ, "PATH": path, "XDG_CACHE_HOME": str(folder / "cache")}


def main(page):
    to_run, only_read = blocks(page)
    with tempfile.TemporaryDirectory() as folder:
        project, environment = make_scratch(Path(folder))
        for line, commands in to_run:
            started = time.monotonic()
            print(f"{page.name}:{line}\n{commands}", flush=True)
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", commands],
                cwd=project,
                env=environment,
                stdin=subprocess.DEVNULL,
                stderr=subprocess.STDOUT,
                check=False,
            )
            print(f"[{time.monotonic() - started:.1f} s]\n", flush=True)
            if done.returncode != 0:
                sys.exit(f"{page.name}:{line}: exit code {done.returncode}")
    if not to_run:
        sys.exit(f"{page.name}: no commands to run")
    print(f"{page.name}: {len(to_run)} blocks run, {only_read} only to read")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
