"""Groups of processes that train together, on loopback."""

import json

from support import REAL, CliTest

LOOPBACK = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_btl": "self,tcp",
    "OMPI_MCA_btl_tcp_if_include": "lo",
    "OMPI_MCA_oob_tcp_if_include": "lo",
}


class GroupTest(CliTest):
    """With real.yaml, which runs all of its steps."""

    def setUp(self):
        super().setUp()
        self.environment.update(LOOPBACK)
        self.write("real.yaml", REAL.replace("measure: {warmup: 1, steps: 5}", "measure: all"))

    def lines(self, *arguments):
        """The results of a run."""
        output = self.sim("run", *arguments, "--json")
        return [json.loads(line) for line in output.splitlines()]

    def expect_same(self, real, virtual):
        for key in ("point", "weights_sha256", "bytes_sent", "accuracy", "epochs"):
            self.assertEqual(real[key], virtual[key], key)
        self.assertAlmostEqual(real["loss"], virtual["loss"], places=12)
