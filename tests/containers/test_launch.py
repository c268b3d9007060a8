"""launch.sh: a command of the user's on every host."""

import json
import pathlib

import support
from support import BAD_INPUT, ENVIRONMENT, ContainerTest


class Launch(ContainerTest):
    def setUp(self):
        super().setUp()
        self.script("up.sh", "s.yaml", "--set", "network.nodes=3")

    def launch(self, *command, expect=0):
        return self.script("launch.sh", "--run", self.name, "--logs", "logs", *command,
                           expect=expect)  # fmt: skip

    def log(self, host):
        return (pathlib.Path(self.folder) / f"logs/{host}.log").read_text(encoding="utf-8")

    def test_what_a_command_finds_in_its_environment(self):
        names = "RANK LOCAL_RANK WORLD_SIZE MASTER_ADDR MASTER_PORT GLOO_SOCKET_IFNAME"
        shown = self.launch("sh", "-c", f"for n in {names} TF_CONFIG; do printenv $n; done")
        self.assertEqual(shown, self.log("host0"))
        for rank in range(3):
            *values, tf_config = self.log(f"host{rank}").splitlines()
            self.assertEqual(values, [str(rank), "0", "3", "10.1.0.2", "50501", "eth0"])
            config = json.loads(tf_config)
            self.assertEqual(
                config["cluster"],
                {"chief": ["10.1.0.2:50501"], "worker": ["10.1.0.3:50501", "10.1.0.4:50501"]},
            )
            task = {"type": "worker", "index": rank - 1} if rank else {"type": "chief", "index": 0}
            self.assertEqual(config["task"], task)

    def test_metrics(self):
        self.launch("sh", "-c", 'echo hello; echo "gradwire: step=$RANK loss=0.5"')
        metrics = (self.folder / "logs/metrics.csv").read_text(encoding="utf-8")
        self.assertEqual(
            metrics.splitlines(),
            ["host,line,key,value"]
            + [f"host{i},2,{pair}" for i in range(3) for pair in (f"step,{i}", "loss,0.5")],
        )

    def test_one_that_fails_ends_the_others(self):
        self.launch("sh", "-c", "[ $RANK != 1 ] && exec sleep 1000; exit 7", expect=ENVIRONMENT)
        self.assertEqual(
            self.stderr,
            "launch.sh: host1: the command ended with code 7; its output: logs/host1.log\n",
        )
        self.assertEqual(self.script("status.sh").count("processes: 0"), 4)
        self.script("launch.sh", "--run", "another", "true", expect=BAD_INPUT)


if __name__ == "__main__":
    support.main()
