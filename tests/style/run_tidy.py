#!/usr/bin/python3
"""Runs clang-tidy over every source file of the product, as the preset `tidy` would compile it.

The static analyzer of clang 14 does not understand coroutines: it reports fields of Asio's
coroutine frames as uninitialised. Files that contain a coroutine are checked without it.

A check takes seconds a file. What was clean once is remembered by its content, with everything it
includes, in gradwire/tidy in the user's cache folder.
"""

import argparse
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

FOLDERS = ("netmodel", "trainer", "sim", "bench")
COROUTINE = re.compile(r"\bco_(await|return|yield)\b")
# The compile commands are g++'s; clang does not know all of its warnings.
ARGUMENTS = ["--quiet", "--extra-arg=-Wno-unknown-warning-option"]
# What clang-tidy says about warnings that it did not show.
NOISE = re.compile(
    r"^(\d+ warnings? (and \d+ errors? )?generated\.|\d+ warnings? treated as errors?)$"
)


def sources(root, commands):
    """The compiled files of FOLDERS, in order of size: the longest job should not start last."""
    chosen = [file for file in commands if file.relative_to(root).parts[0] in FOLDERS]
    return sorted(chosen, key=lambda file: (-file.stat().st_size, file))


def arguments_for(file):
    analyzer = ["--checks=-clang-analyzer-*"] if COROUTINE.search(file.read_text("utf-8")) else []
    return ARGUMENTS + analyzer


class Clean:
    """Remembers which files were clean."""

    def __init__(self, root):
        cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        self.folder = Path(cache) / "gradwire" / "tidy"
        self.folder.mkdir(parents=True, exist_ok=True)
        version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True)
        self.common = version.stdout + (root / ".clang-tidy").read_bytes()

    def entry(self, file, command):
        """The file that is there if `file` was clean, as it is preprocessed now."""
        words = shlex.split(command["command"])
        output = words.index("-o")
        preprocess = words[:output] + words[output + 2 :] + ["-E", "-C", "-P"]
        done = subprocess.run(
            preprocess, cwd=command["directory"], capture_output=True, check=False
        )
        key = hashlib.sha256(self.common)
        key.update(repr((arguments_for(file), done.returncode)).encode())
        key.update(done.stdout)
        return self.folder / key.hexdigest()


def check(file, build, command, clean):
    """Whether a file has no findings, and what clang-tidy said about it."""
    entry = clean.entry(file, command)
    if entry.exists():
        return True, []
    done = subprocess.run(
        ["clang-tidy", "-p", str(build), *arguments_for(file), str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        entry.touch()
    lines = [line for line in done.stdout.splitlines() if line and not NOISE.match(line)]
    return done.returncode == 0, lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path, help="build folder that holds compile_commands.json")
    parser.add_argument("files", type=Path, nargs="*", help="only these files (default: all)")
    parser.add_argument("--jobs", type=int, default=2, help="files at a time (default: 2)")
    options = parser.parse_args()

    root = Path(__file__).resolve().parents[2]
    database = json.loads((options.build / "compile_commands.json").read_text(encoding="utf-8"))
    commands = {Path(command["file"]): command for command in database}
    files = [file.resolve() for file in options.files] or sources(root, commands)
    unknown = [file for file in files if file not in commands]
    if unknown or not files:
        what = unknown[0] if unknown else "anything"
        sys.exit(f"run_tidy.py: {options.build} does not compile {what}")
    clean = Clean(root)
    failed = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        results = pool.map(lambda file: check(file, options.build, commands[file], clean), files)
        for good, lines in results:
            if not good:
                failed += 1
                print("\n".join(lines), flush=True)
    print(f"clang-tidy: {len(files)} files checked, {failed} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
