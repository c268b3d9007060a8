"""What became of tests: counts, and the output of those that did not pass."""

import xml.etree.ElementTree as xml
from dataclasses import dataclass, field

# How ctest names the tests that chose not to run. A test that is "notrun" for any other reason, for
# example because its program was never built, has failed.
SKIPPED = ("SKIP_REGULAR_EXPRESSION_MATCHED", "SKIP_RETURN_CODE", "Disabled")


@dataclass
class Counts:
    passed: int = 0
    failed: list = field(default_factory=list)  # (name, output)
    skipped: list = field(default_factory=list)  # (name, output)

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def total(self):
        return self.passed + len(self.failed) + len(self.skipped)

    def require_all(self):
        """Turns every skipped test into a failed one."""
        self.failed += self.skipped
        self.skipped = []


def one(name, succeeded, output=""):
    """The counts of a single check."""
    return Counts(passed=1) if succeeded else Counts(failed=[(name, output)])


def read_junit(file):
    """The counts in a file that `ctest --output-junit` wrote."""
    counts = Counts()
    for case in xml.parse(file).getroot().iter("testcase"):
        name = case.get("name")
        output = case.findtext("system-out") or ""
        skipped = case.find("skipped")
        if case.get("status") == "run":
            counts.passed += 1
        elif skipped is not None and skipped.get("message", "").startswith(SKIPPED):
            counts.skipped.append((name, output))
        else:
            reason = "" if skipped is None else skipped.get("message", "")
            counts.failed.append((name, output or reason))
    return counts
