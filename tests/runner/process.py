"""Runs commands with a time limit that also ends what they started."""

import os
import signal
import subprocess
import time


# A label is ended after so many times its budget: other programs may slow a machine down for a
# while, and a check that was nearly done says more than one that was ended.
PATIENCE = 2


class OutOfTime(Exception):
    """A command was still running when its label's time and the patience with it were up."""


class Runner:
    """Runs the commands of one label, which together should take `seconds`; output is in `log`."""

    def __init__(self, root, log, seconds):
        self.root = root
        self.log = log
        self.started = time.monotonic()
        self.seconds = seconds
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("", encoding="utf-8")

    def left(self):
        """Seconds that are left of the budget; negative when it is exceeded."""
        return self.started + self.seconds - time.monotonic()

    def run(self, *command, environment=None):
        """Whether the command succeeded. Raises OutOfTime after ending it and its children."""
        with open(self.log, "a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(map(str, command))}\n")
            log.flush()
            process = subprocess.Popen(
                [str(word) for word in command],
                cwd=self.root,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                patience = self.left() + (PATIENCE - 1) * self.seconds
                return process.wait(timeout=max(patience, 0)) == 0
            except subprocess.TimeoutExpired as error:
                raise OutOfTime from error
            finally:
                end_session(process)

    def tail(self, lines=40):
        """The end of the log."""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-lines:])


def end_session(process):
    """Ends a process that still runs, and what it started in its process group; waits for it."""
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        pass
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
