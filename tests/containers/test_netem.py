"""Latency, jitter and loss by netem, in a kernel that has it, whatever this machine's has."""

import os
import re
import sys
import tempfile
import unittest

import support
import user_mode_linux

# Both links of a way are late and lose. `links --verify` compares with what the scenario asks for,
# losses within four standard errors; a kernel that is a process is slow, so others may be further
# off than usual. Rates are below what it can carry.
SCRIPT = """\
set -eu
export GRADWIRE_SIM=SIM_PATH
cat >s.yaml <<'END'
gradwire: 1
name: late
network: {nodes: 2, bandwidth: 10Mbit, latency: 8ms, jitter: 4ms, loss: 2%}
END
CONTAINERS/up.sh s.yaml --shaper tc
CONTAINERS/exec.sh host0 tc qdisc show dev eth0
CONTAINERS/verify.sh --rate-tolerance 8% --rtt-tolerance 2ms
CONTAINERS/down.sh
ip netns list
"""


class Netem(unittest.TestCase):
    def test_what_it_delivers(self):
        script = SCRIPT.replace("CONTAINERS", str(support.CONTAINERS))
        with tempfile.TemporaryDirectory() as folder:
            code, output = user_mode_linux.run(folder, script.replace("SIM_PATH", support.SIM))
        print(output)
        self.assertEqual(code, 0, output)
        self.assertIn("shaped by netem", output)
        checked = re.findall(r"^host\d to host\d +(\S+)", output, re.MULTILINE)
        self.assertEqual(checked, ["round-trip", "loss", "goodput"] * 2)
        self.assertNotIn("BEYOND", output)


if __name__ == "__main__":
    if user_mode_linux.PROGRAM is None or os.geteuid() != 0:
        print("skipped: user-mode-linux is not installed, or not root")
        sys.exit(77)
    unittest.main()
