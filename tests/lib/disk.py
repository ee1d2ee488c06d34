# SPDX-License-Identifier: Apache-2.0
"""A small file system of a test's own that can be filled up."""
import errno
import os
import subprocess


class Disk:
    """Mounts memory of this size at a folder; `reason` says why it could not."""

    def __init__(self, folder, mib):
        self.folder = folder
        self.reason = None
        os.makedirs(folder, exist_ok=True)
        os.chmod(folder, 0o777)
        if os.geteuid() != 0:
            self.reason = "only root may mount a small disk"
            return
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=0777", "bulkhead-test", folder],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.reason = f"no small disk can be mounted here: {done.stderr.strip()}"

    @property
    def filler(self):
        return os.path.join(self.folder, "filler")

    def fill(self):
        """To the last byte, which a second file finds."""
        with open(self.filler, "ab", buffering=0) as file:
            for size in (1 << 20, 1 << 12):
                try:
                    while file.write(bytes(size)) == size:
                        continue
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

    def free(self):
        if os.path.exists(self.filler):
            os.unlink(self.filler)

    def close(self):
        if self.reason is None:
            subprocess.run(["umount", "--lazy", self.folder], check=False)
            self.reason = "it is closed"
