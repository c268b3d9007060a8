"""sim switch: namespaces joined by a network that the program itself emulates."""

import os
import re
import signal
import subprocess
import time

import support
from support import BAD_INPUT, ENVIRONMENT, SIM, ContainerTest

SWITCHED = """\
gradwire: 1
name: switched
network: {nodes: 2, bandwidth: 20Mbit, latency: 10ms}
"""


class Switch(ContainerTest):
    def setUp(self):
        super().setUp()
        self.namespaces = [f"gwsw-{os.getpid()}-{i}" for i in range(2)]
        for name in self.namespaces:
            self.command("ip", "netns", "add", name)
            self.addCleanup(self.command, "ip", "netns", "delete", name)

    def switch(self, *arguments, scenario=SWITCHED):
        """Starts it, and gives the hosts 10.1.0.2 and 10.1.0.3."""
        self.write("s.yaml", scenario)
        with open(self.folder / "stderr", "w", encoding="utf-8") as errors:
            process = subprocess.Popen(
                [SIM, "switch", "s.yaml", "--netns", *self.namespaces, *arguments],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), "ready\n", self.errors())
        for i, name in enumerate(self.namespaces):
            self.command("ip", "-n", name, "address", "add", f"10.1.0.{i + 2}/24", "dev", "eth0")
            self.command("ip", "-n", name, "link", "set", "eth0", "up")
        return process

    def inside(self, host, *command, expect=0):
        return self.command("ip", "netns", "exec", self.namespaces[host], *command, expect=expect)

    def end(self, process):
        """Ends it; returns packets, bytes, dropped, lost and queue peak of each link."""
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(10), 0)
        rows = re.findall(r"^ *(\S+-\S+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)$", self.errors(), re.M)
        self.assertEqual(len(rows), 4, self.errors())
        return {name: tuple(map(int, numbers)) for name, *numbers in rows}

    def test_packets_take_their_time(self):
        process = self.switch()
        self.inside(0, "ping", "-q", "-c1", "-W2", "10.1.0.3")  # the first one asks for the address
        told = self.inside(0, "ping", "-q", "-c5", "-i0.05", "10.1.0.3")
        least, mean = map(float, re.search(r"= ([\d.]+)/([\d.]+)/", told).groups())
        self.assertGreaterEqual(least, 20.0)
        self.assertGreaterEqual(mean, least)
        self.end(process)

    def test_a_transfer_is_no_faster_than_the_link(self):
        process = self.switch()
        size = 1_448_000  # 1000 full segments of 1514 bytes: 0.6056 s at 20 Mbit/s
        receive = (
            "import socket\n"
            "with socket.create_server(('10.1.0.3', 9)) as server:\n"
            "    peer = server.accept()[0]\n"
            f"    left = {size}\n"
            "    while left > 0: left -= len(peer.recv(65536))\n"
            "    peer.sendall(b'.')\n"
        )
        send = (
            "import socket, time\n"
            "for attempt in range(100):\n"
            "    try: peer = socket.create_connection(('10.1.0.3', 9)); break\n"
            "    except ConnectionRefusedError: time.sleep(0.05)\n"
            "start = time.monotonic()\n"
            f"peer.sendall(bytes({size}))\n"
            "assert peer.recv(1) == b'.'\n"
            "print(time.monotonic() - start)\n"
        )
        receiver = self.start(
            "ip", "netns", "exec", self.namespaces[1], "python3", "-c", receive)  # fmt: skip
        seconds = float(self.inside(0, "python3", "-c", send))
        self.assertEqual(receiver.wait(10), 0)
        self.assertGreaterEqual(seconds, 0.6056 - 0.005)
        links = self.end(process)
        for link in ("host0-switch", "switch-host1"):
            self.assertGreaterEqual(links[link][1], 1_514_000)

    def test_a_lossy_link_loses(self):
        lossy = SWITCHED.replace("latency: 10ms", "latency: 1ms, loss: 20%")
        process = self.switch(scenario=lossy)
        for attempt in range(50):  # until the addresses are known on both sides
            if self.pings(1) == 1:
                break
        answered = self.pings(100)
        # A ping crosses four links: 0.8 x 0.8 of 100 come back. Eight deviations either way.
        self.assertGreater(answered, 64 - 40)
        self.assertLess(answered, 64 + 36)
        self.assertGreater(sum(link[3] for link in self.end(process).values()), 0)

    def pings(self, count):
        told = subprocess.run(
            ["ip", "netns", "exec", self.namespaces[0],
             "ping", "-q", f"-c{count}", "-i0.005", "-W0.2", "10.1.0.3"],
            capture_output=True, text=True, check=False)  # fmt: skip
        return int(re.search(r"(\d+) received", told.stdout).group(1))

    def test_its_devices_go_with_it(self):
        process = self.switch()
        process.kill()
        process.wait()
        for _ in range(100):
            devices = self.inside(0, "ip", "-o", "link")
            if "eth0" not in devices:
                break
            time.sleep(0.05)
        self.assertNotIn("eth0", devices)

    def test_refusals(self):
        self.write("s.yaml", SWITCHED)
        self.sim("switch", "s.yaml", "--netns", "a", expect=BAD_INPUT)
        self.assertIn("--netns: 1 namespace for 2 hosts; allowed: one for each host", self.stderr)
        self.sim("switch", "s.yaml", "--netns", *self.namespaces, "--queue", "50", expect=BAD_INPUT)
        self.assertIn("--queue: '50' has no unit", self.stderr)
        self.sim("switch", "s.yaml", "--netns", "gw-none", "gw-none", expect=ENVIRONMENT)
        self.assertEqual(self.stderr, "/run/netns/gw-none: No such file or directory\n")
        long_name = ["--device", "a-name-of-16-char"]
        self.sim("switch", "s.yaml", "--netns", *self.namespaces, *long_name, expect=BAD_INPUT)
        self.assertIn("not the name of a device; allowed: 1 to 15 characters", self.stderr)


if __name__ == "__main__":
    support.main()
