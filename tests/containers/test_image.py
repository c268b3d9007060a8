"""Hosts whose files come from an image: a small one, made here from programs of this machine."""

import re
import shutil
import subprocess
import unittest

import support
from support import BAD_INPUT, ENVIRONMENT, ContainerTest

PROGRAMS = ["sh", "sleep", "cat", "env", "tc", "ip"]


def files_of(program):
    """A program and the libraries that it loads."""
    path = shutil.which(program)
    listed = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
    return [path, *re.findall(r"(/\S+) \(", listed)]


@unittest.skipUnless(shutil.which("podman"), "podman is not installed")
class Image(ContainerTest):
    def make_image(self):
        root = self.folder / "root"
        for path in {path for program in PROGRAMS for path in files_of(program)}:
            place = root / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)
        for folder in ("dev", "etc", "proc", "sys", "tmp"):
            (root / folder).mkdir(exist_ok=True)
        (root / "etc" / "marker").write_text("of the image\n", encoding="utf-8")
        self.command("tar", "-C", root, "-cf", "root.tar", ".")
        # It would start what is not there.
        entry = ["--change", 'ENTRYPOINT ["/missing"]']
        self.command("podman", "import", *entry, "root.tar", self.name)
        self.addCleanup(self.command, "podman", "rmi", self.name)

    def test_hosts_have_the_files_of_the_image(self):
        self.make_image()
        self.script("up.sh", "s.yaml", "--backend", "podman", "--image", self.name)
        on_host = ["exec.sh", "--run", self.name, "host1"]
        self.assertEqual(self.script(*on_host, "cat", "/etc/marker"), "of the image\n")
        self.script(*on_host, "cat", "/etc/debian_version", expect=1)
        # The scenario's folder is there all the same.
        self.assertEqual(self.script(*on_host, "cat", "s.yaml"),
                         (self.folder / "s.yaml").read_text(encoding="utf-8"))  # fmt: skip
        self.script("down.sh", self.name)
        self.expect_nothing_left()
        command = ["--set", 'command=[sh, -c, "cat /etc/marker"]', "--unverified", "--out", "r"]
        self.sim("run", "s.yaml", "--mode", "podman", "--image", self.name, *command)
        log = self.folder / "r/logs/point0-repeat0-host1.log"
        self.assertEqual(log.read_text(encoding="utf-8"), "of the image\n")
        self.expect_nothing_left()

    def test_an_image_that_is_not_there(self):
        image = ["--backend", "podman", "--image", "gradwire-none"]
        self.script("up.sh", "s.yaml", *image, expect=ENVIRONMENT)
        self.assertIn("podman has no image 'gradwire-none'; podman build --tag", self.stderr)
        self.script("up.sh", "s.yaml", "--image", "any", expect=BAD_INPUT)
        self.assertIn("--image; allowed: with --backend podman", self.stderr)
        self.sim("run", "s.yaml", "--mode", "lxc", "--image", "any", expect=BAD_INPUT)
        self.assertIn("--image; allowed: with --mode podman", self.stderr)
        self.expect_nothing_left()


if __name__ == "__main__":
    support.main()
