"""The labels of test.sh: what each one builds and runs, and how long it may take."""

import os
import time
from dataclasses import dataclass
from typing import Callable

from counts import Counts, one, read_junit

JOBS = os.cpu_count() or 1


def build_release(runner):
    """Everything, optimised; the preset decides on every option, whatever was configured before."""
    succeeded = runner.run("cmake", "--preset", "release") and runner.run(
        "cmake", "--build", "--preset", "release", "-j", JOBS
    )
    return one("build", succeeded, runner.tail())


def ctest(runner, preset, *selection, jobs=JOBS, environment=None):
    """The tests of a build folder that ctest's options select."""
    junit = runner.log.with_suffix(".xml")
    junit.unlink(missing_ok=True)
    fixed = ["--no-tests=ignore", "--output-on-failure", "--output-junit", junit]
    command = ["ctest", "--test-dir", f"build/{preset}", *fixed, "-j", jobs, *selection]
    succeeded = runner.run(*command, environment=environment)
    if not junit.exists():
        return one("ctest", False, runner.tail())
    counts = read_junit(junit)
    if not succeeded and not counts.failed:
        counts.add(one("ctest", False, runner.tail()))
    return counts


def sanitize(runner):
    """The C++ tests with the address and undefined-behaviour sanitizers; a warning is an error."""
    if not runner.run("cmake", "--preset", "dev") or not runner.run(
        "cmake", "--build", "--preset", "dev", "-j", JOBS
    ):
        return one("build with sanitizers", False, runner.tail())
    return ctest(runner, "dev", "-L", "^cpp$", "-L", "^(fast|process)$")


def tsan(runner):
    """The tests that use threads, with the thread sanitizer."""
    if not runner.run("cmake", "--preset", "tsan") or not runner.run(
        "cmake", "--build", "--preset", "tsan", "-j", JOBS, "--target", "threaded_tests"
    ):
        return one("build with the thread sanitizer", False, runner.tail())
    return ctest(runner, "tsan", "-L", "^threads$")


def tidy(runner):
    """clang-tidy over the sources of the product."""
    succeeded = (
        runner.run("cmake", "--preset", "tidy")
        and runner.run("cmake", "--build", "build/tidy", "--target", "write_version")
        and runner.run("tests/style/run_tidy.py", "build/tidy", "--jobs", JOBS)
    )
    return one("clang-tidy", succeeded, runner.tail(200))


def kills(runner):
    """Real networks whose parts are killed, often; nothing where they cannot be built."""
    if os.geteuid() != 0:
        return Counts()
    environment = {
        "GRADWIRE_TEST_KILLS": "50",
        "GRADWIRE_SIM": f"{runner.root}/build/release/sim",
        "GRADWIRE_SOURCE_DIR": str(runner.root),
    }
    succeeded = runner.run(
        "/usr/bin/python3", "-B", "tests/containers/test_kills.py", environment=environment
    )
    return one("50 kills", succeeded, runner.tail())


def fuzz(runner):
    """Every reader of files that strangers hand in, against damaged ones, for a minute each or a
    twentieth of the time that is left: with the sanitizers, and with at most 2 GiB of memory."""
    targets = ["trainer_data_test", "sim_scenario_test"]
    if not runner.run("cmake", "--preset", "dev") or not runner.run(
        "cmake", "--build", "--preset", "dev", "-j", JOBS, "--target", *targets
    ):
        return one("build with sanitizers", False, runner.tail())
    environment = {
        "GRADWIRE_TEST_FUZZ_SECONDS": str(min(60, int(runner.left() / 20))),
        "ASAN_OPTIONS": "hard_rss_limit_mb=2048",
    }
    readers = r"^(trainer_data_test\.Readers|sim_scenario_test\.ScenarioFiles)\."
    return ctest(runner, "dev", "-R", readers, environment=environment)


def soak(runner):
    """Kills and damaged files first; then the fast C++ tests until the time is up, each round with
    another seed and order."""
    counts = kills(runner)
    counts.add(fuzz(runner))
    longest = 0.0
    seed = 0
    while not counts.failed and runner.left() > 1.5 * longest:
        started = time.monotonic()
        seed += 1
        selection = ["-L", "^cpp$", "-L", "^fast$", "--schedule-random"]
        seeds = {"GRADWIRE_TEST_SEED": str(seed), "RC_PARAMS": f"seed={seed} max_success=300"}
        found = ctest(runner, "release", *selection, jobs=2 * JOBS, environment=seeds)
        found.failed = [(f"{name} (round {seed}: {seeds})", text) for name, text in found.failed]
        counts.add(found)
        longest = max(longest, time.monotonic() - started)
    return counts


@dataclass(frozen=True)
class Label:
    name: str
    minutes: float  # its budget; see process.PATIENCE for when it is ended
    about: str
    run: Callable
    needs_build: bool = True


def of_release(name, minutes, about, jobs=JOBS):
    """The label whose tests are those of the release build that have its name as their label."""

    def run(runner):
        return ctest(runner, "release", "-L", f"^{name}$", jobs=jobs)

    return Label(name, minutes, about, run)


LABELS = [
    Label("build", 9, "the release build, everything in it", build_release, needs_build=False),
    of_release("style", 3, "format, scripts, headers, include arrows"),
    of_release("fast", 1, "unit tests: seconds each, no root"),
    of_release("process", 2, "tests that start programs", jobs=1),
    of_release("container", 5, "tests with containers, as root", jobs=1),
    Label("sanitize", 11, "the C++ tests, address sanitizer", sanitize, needs_build=False),
    Label("tsan", 6, "those that use threads, thread sanitizer", tsan, needs_build=False),
    Label("tidy", 6, "clang-tidy", tidy, needs_build=False),
    of_release("docs", 2, "the commands in README.md and docs/", jobs=1),
]


def soak_label(minutes):
    return Label("soak", minutes, "kills, damaged files, and fast tests again and again", soak)
