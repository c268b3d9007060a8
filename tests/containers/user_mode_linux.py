"""Runs a command as root in a kernel of its own, user-mode Linux: one that has netem, whatever
this machine's has. The files are those of this machine; what is written goes into its memory."""

import os
import pathlib
import shutil
import signal
import subprocess

PROGRAM = shutil.which("linux.uml")

# Its root is this machine's, read-only, under an overlay in memory; FOLDER is shared and writable.
FIRST = """\
#!/bin/bash
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mount -t proc proc /proc
modules=/usr/lib/uml/modules/$(uname -r)
insmod $modules/kernel/fs/overlayfs/overlay.ko
mount -t tmpfs memory /mnt
cd /mnt
mkdir changes work root
mount -t overlay overlay -o lowerdir=/,upperdir=changes,workdir=work root
cd root
mkdir -p lib/modules run dev proc sys
mount -t devtmpfs devices dev
mkdir -p dev/pts dev/shm
ln -s /proc/self/fd dev/fd
mount -t devpts devpts dev/pts
mount -t proc proc proc
mount -t sysfs sysfs sys
for place in run dev/shm; do mount -t tmpfs memory $place; done
mkdir -p run/folder
mount -t hostfs none run/folder -o FOLDER
mount --bind /usr/lib/uml/modules lib/modules
exec chroot . /bin/bash /run/folder/second
"""

SECOND = """\
ip link set lo up
cd /run/folder
bash ./command >output 2>&1 </dev/null
echo $? >code
sync
echo o >/proc/sysrq-trigger
sleep 10
"""


def run(folder, command, seconds=100):
    """Exit code and output of a script of bash. The folder, an empty one, is /run/folder in it."""
    folder = pathlib.Path(folder)
    for name, text in [("first", FIRST.replace("FOLDER", str(folder))), ("second", SECOND),
                       ("command", command)]:  # fmt: skip
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o755)
    kernel = subprocess.Popen(
        [PROGRAM, "mem=768M", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro", "quiet",
         f"init={folder}/first", f"uml_dir={folder}", "umid=kernel", "con0=null,fd:1",
         "con=null"],
        env={**os.environ, "TMPDIR": "/dev/shm"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )  # fmt: skip
    try:
        console = kernel.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        os.killpg(kernel.pid, signal.SIGKILL)
        console = f"{kernel.communicate()[0]}not done within {seconds} seconds"
    output = folder / "output"
    text = output.read_text(encoding="utf-8", errors="replace") if output.exists() else console
    code = folder / "code"
    if not code.exists():
        return -1, text
    return int(code.read_text(encoding="utf-8")), text
