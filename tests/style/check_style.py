#!/usr/bin/python3
"""Checks that need no compiler: `check_style.py CHECK`, CHECK being one of the functions below."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = {".git", "build", "data", "results", "__pycache__"}

LINES_MAX = 450
COLUMNS_MAX = 100
UNFINISHED = re.compile(r"\b(T[O]DO|F[I]XME|X[X]X|DISABLED[_]\w+)\b|not[ ]implemented")
# Paths under which people keep their own files.
ONE_MACHINE = re.compile(r"(?<![\w.])/(?:home|root|Users|mnt|media|srv|w[o]rk|workspace)/[\w.-]+")
URL = re.compile(r"https?://\S+")

# What the files of a folder may include of our own folders, and who may include a library.
ARROWS = {
    "netmodel": ("netmodel/",),
    "trainer": ("netmodel/", "trainer/"),
    "sim": ("netmodel/", "trainer/", "sim/"),
    "bench": ("netmodel/", "trainer/", "sim/", "bench/"),
}
LIBRARIES = {
    r"yaml-cpp/|CLI/|SQLiteCpp/|sqlite3": ("sim/", "tests/sim/"),
    r"Eigen/|dnnl|oneapi/": ("trainer/nn/", "tests/trainer/nn/", "bench/"),
    r"curl/": ("sim/fetch/", "tests/sim/fetch/"),
    r"netmodel/transports/": ("netmodel/", "sim/", "tests/", "bench/"),
}
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.MULTILINE)


def files():
    """Every file of the product, as (path, path relative to the root)."""
    found = []
    for path in sorted(ROOT.rglob("*")):
        name = path.relative_to(ROOT)
        if path.is_file() and not NOT_OURS.intersection(name.parts):
            found.append((path, name))
    return found


def with_suffix(*suffixes):
    return [(path, name) for path, name in files() if name.suffix in suffixes]


def is_shell(path):
    with open(path, "rb") as file:
        return re.match(rb"#!.*\b(ba)?sh\b", file.readline()) is not None


def run(*command):
    """What a checker says about a list of files; nothing when it is content."""
    done = subprocess.run(
        list(map(str, command)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        cwd=ROOT,
    )
    return done.stdout.splitlines() or [f"{command[0]} failed"] if done.returncode else []


def format_():
    """C++ is formatted as .clang-format says."""
    names = [name for _, name in with_suffix(".cpp", ".hpp")]
    return names, run("clang-format", "--dry-run", "-Werror", *names)


def scripts():
    """Shell scripts pass shellcheck; a file that begins with #! can be executed."""
    shell = [name for path, name in files() if is_shell(path)]
    problems = run("shellcheck", *shell)
    for path, name in files():
        with open(path, "rb") as file:
            marked = file.read(2) == b"#!"
        if marked != bool(path.stat().st_mode & 0o111):
            problems.append(f"{name}: the executable bit and a first line with #! go together")
    return shell, problems


def text():
    """Short lines and files, nothing unfinished, no path of one machine only."""
    problems = []
    checked = []
    for path, name in files():
        if name.suffix in (".png", ".svg", ".sqlite") or name.name == "LICENSE":
            continue
        checked.append(name)
        lines = path.read_text(encoding="utf-8").split("\n")
        code = name.suffix in (".cpp", ".hpp", ".py", ".sh", ".cmake") or is_shell(path)
        if code and len(lines) - 1 > LINES_MAX:
            problems.append(f"{name}: {len(lines) - 1} lines; allowed: {LINES_MAX}")
        if lines[-1] or (len(lines) > 1 and not lines[-2]):
            problems.append(f"{name}: ends without, or with more than one, line feed")
        for number, line in enumerate(lines, 1):
            place = f"{name}:{number}"
            if line != line.rstrip() or ("\t" in line and code):
                problems.append(f"{place}: a tab, or white space at the end")
            if code and len(URL.sub("", line)) > COLUMNS_MAX:
                problems.append(f"{place}: {len(line)} columns; allowed: {COLUMNS_MAX}")
            if UNFINISHED.search(line):
                problems.append(f"{place}: an unfinished mark: {line.strip()}")
            if ONE_MACHINE.search(URL.sub("", line)):
                problems.append(f"{place}: a path of one machine only: {line.strip()}")
    return checked, problems


def arrows():
    """Includes follow the folders: netmodel <- trainer <- sim, and libraries stay in theirs."""
    problems = []
    sources = with_suffix(".cpp", ".hpp")
    ours = tuple(f"{folder}/" for folder in ARROWS)
    for path, name in sources:
        allowed = ARROWS.get(name.parts[0])
        for included in INCLUDE.findall(path.read_text(encoding="utf-8")):
            if allowed and included.startswith(ours) and not included.startswith(allowed):
                problems.append(f"{name}: includes {included}; allowed: {', '.join(allowed)}")
            for library, folders in LIBRARIES.items():
                if re.match(library, included) and not name.as_posix().startswith(folders):
                    where = ", ".join(folders)
                    problems.append(f"{name}: includes {included}; allowed in: {where}")
    return [name for _, name in sources], problems


def links():
    """Relative links in the documentation lead somewhere."""
    pages = with_suffix(".md")
    problems = []
    for path, name in pages:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text(encoding="utf-8")):
            if not URL.match(target) and not (path.parent / target).exists():
                problems.append(f"{name}: a link to {target}, which does not exist")
    return [name for _, name in pages], problems


CHECKS = {"format": format_, "scripts": scripts, "text": text, "arrows": arrows, "links": links}


def main(arguments):
    if len(arguments) != 1 or arguments[0] not in CHECKS:
        print(f"usage: check_style.py CHECK, one of {', '.join(CHECKS)}", file=sys.stderr)
        return 2
    checked, problems = CHECKS[arguments[0]]()
    for problem in problems:
        print(problem)
    print(f"{arguments[0]}: {len(checked)} files, {len(problems)} problems")
    return 1 if problems or not checked else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
