#!/usr/bin/python3
"""Runs clang-tidy over every source file of the product, as the preset `tidy` would compile it.

Most of a check's time goes into the headers that a file includes, so that files of one folder are
checked together, as one translation unit that includes them. Files that cannot stand in one unit,
because they define the same local name, come into different ones.

The static analyzer of clang 14 does not understand coroutines: it reports fields of Asio's
coroutine frames as uninitialised. Files that contain a coroutine are checked without it.

What was clean once is remembered by its content, with everything it includes, in gradwire/tidy in
the user's cache folder.
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
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

FOLDERS = ("netmodel", "trainer", "sim", "bench")
FILES_IN_UNIT = 14
COROUTINE = re.compile(r"\bco_(await|return|yield)\b")
# The compile commands are g++'s; clang does not know all of its warnings.
FOREIGN = "-Wno-unknown-warning-option"
# What clang-tidy says about warnings that it did not show.
NOISE = re.compile(
    r"^(\d+ warnings? (and \d+ errors? )?generated\.|\d+ warnings? treated as errors?)$"
)
ERROR = re.compile(r"^(?P<file>[^:\s]+):\d+:\d+: (fatal )?error: ")
INCLUDED = re.compile(r"^In file included from (?P<file>[^:\s]+):\d+", re.MULTILINE)


@dataclass
class Unit:
    """Files that are checked together: same folder, same compile command, coroutines or not."""

    files: list
    command: list  # the compiler's words without its input and output
    folder: Path  # where the command runs
    coroutines: bool
    findings: list = field(default_factory=list)

    def source(self):
        return "".join(f'#include "{file}"\n' for file in self.files)

    def run(self, *words):
        """Runs a compiler command that reads this unit from its standard input."""
        return subprocess.run(
            [*self.command, *words, "-x", "c++", "-"],
            cwd=self.folder,
            input=self.source(),
            capture_output=True,
            text=True,
            check=False,
        )


def compiler_words(command):
    """The words of an entry of compile_commands.json, but for launcher, input and output."""
    words = shlex.split(command["command"])
    start = next(i for i, word in enumerate(words) if Path(word).name.startswith(("g++", "c++")))
    output = words.index("-o")
    rest = words[start + 1 : output] + words[output + 2 :]
    return ["clang++", FOREIGN, *(word for word in rest if word not in ("-c", command["file"]))]


def units(files, commands):
    """The files in groups that look as if they could be one unit."""

    def kind(file):
        coroutines = bool(COROUTINE.search(file.read_text("utf-8")))
        return file.parent, coroutines, compiler_words(commands[file])

    made = []
    for (_, coroutines, words), group in groupby(sorted(files, key=kind), key=kind):
        group = list(group)
        for first in range(0, len(group), FILES_IN_UNIT):
            chosen = group[first : first + FILES_IN_UNIT]
            folder = Path(commands[chosen[0]]["directory"])
            made.append(Unit(chosen, words, folder, coroutines))
    return made


def blamed(unit, messages):
    """The files of a unit that the compiler's errors are about."""
    found = set()
    context = []
    for line in messages.splitlines():
        if INCLUDED.match(line):
            context.append(INCLUDED.match(line)["file"])
        error = ERROR.match(line)
        if error:
            places = {Path(place) for place in (error["file"], *context)}
            found |= {file for file in unit.files if file in places}
        if error or ": note: " in line or ": warning: " in line:
            context = []
    return found


def compilable(unit):
    """The unit, split until each part compiles or is a single file."""
    done = unit.run("-fsyntax-only", "-w", "-ferror-limit=0")
    if done.returncode == 0 or len(unit.files) == 1:
        return [unit]
    moved = blamed(unit, done.stderr)
    if not moved or len(moved) == len(unit.files):
        moved = set(unit.files[len(unit.files) // 2 :])
    parts = []
    for files in ([f for f in unit.files if f not in moved], [f for f in unit.files if f in moved]):
        parts += compilable(Unit(files, unit.command, unit.folder, unit.coroutines))
    return parts


class Clean:
    """Remembers which units were clean."""

    def __init__(self, root):
        cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        self.folder = Path(cache) / "gradwire" / "tidy"
        self.folder.mkdir(parents=True, exist_ok=True)
        version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True)
        self.common = version.stdout + (root / ".clang-tidy").read_bytes()

    def entry(self, unit):
        """The file that is there if `unit` was clean, as it is preprocessed now."""
        done = unit.run("-E", "-C", "-P")
        key = hashlib.sha256(self.common)
        key.update(repr((unit.coroutines, done.returncode)).encode())
        key.update(done.stdout.encode())
        return self.folder / key.hexdigest()


def check(unit, scratch, clean):
    """Whether a unit has no findings, and what clang-tidy said about it."""
    entry = clean.entry(unit)
    if entry.exists():
        return True, []
    name = hashlib.sha256(unit.source().encode()).hexdigest()[:16]
    source = scratch / f"{name}.cpp"
    source.write_text(unit.source(), encoding="utf-8")
    checks = ["-bugprone-suspicious-include"]  # a unit includes sources, on purpose
    if unit.coroutines:
        checks.append("-clang-analyzer-*")
    done = subprocess.run(
        ["clang-tidy", "--quiet", f"--checks={','.join(checks)}", str(source)]
        + ["--", *unit.command[1:]],
        cwd=unit.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    source.unlink()
    if done.returncode == 0:
        entry.touch()
    lines = [line for line in done.stdout.splitlines() if line and not NOISE.match(line)]
    return done.returncode == 0, lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path, help="build folder that holds compile_commands.json")
    parser.add_argument("files", type=Path, nargs="*", help="only these files (default: all)")
    parser.add_argument("--jobs", type=int, default=2, help="units at a time (default: 2)")
    options = parser.parse_args()

    root = Path(__file__).resolve().parents[2]
    database = json.loads((options.build / "compile_commands.json").read_text(encoding="utf-8"))
    commands = {Path(command["file"]): command for command in database}
    files = list(dict.fromkeys(file.resolve() for file in options.files))
    if not files:
        files = [file for file in commands if file.relative_to(root).parts[0] in FOLDERS]
    unknown = [file for file in files if file not in commands]
    if unknown or not files:
        what = unknown[0] if unknown else "anything"
        sys.exit(f"run_tidy.py: {options.build} does not compile {what}")
    clean = Clean(root)
    # clang-tidy takes its settings from the folder of the file that it is given, and those above.
    scratch = options.build.resolve() / "tidy_units"
    scratch.mkdir(exist_ok=True)
    findings = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        parts = [part for found in pool.map(compilable, units(files, commands)) for part in found]
        parts.sort(key=lambda unit: -len(unit.files))  # the longest job should not start last
        for good, lines in pool.map(lambda unit: check(unit, scratch, clean), parts):
            if not good:
                findings += 1
                print("\n".join(lines), flush=True)
    print(f"clang-tidy: {len(files)} files in {len(parts)} units, {findings} with findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
