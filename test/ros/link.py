# Copyright 2026 The scenebox_ros Authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.

"""
A link to the server that is a real network: a namespace of its own, joined by a virtual cable.

Needs root and iproute2. The cable is slowed by tc: by netem where the kernel has it, and by a
token bucket with a short queue (which loses packets) or a long one (which delays them) where not.
"""

import contextlib
import itertools
import os
from pathlib import Path
import socket
import subprocess
import time

from robot_support import Server

COUNT = itertools.count()


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f'{" ".join(words)}: {done.stderr.strip()} (needs root, iproute2)'
    return done.stdout


class Link:
    """A cable between this machine and a namespace."""

    def __init__(self):
        tag = f'{os.getpid() % 10_000}{next(COUNT)}'
        self.space, self._near, self._far = f'sb{tag}', f'sbn{tag}', f'sbf{tag}'
        subnet = f'10.{200 + os.getpid() % 50}.{int(tag) % 250}'
        self.near_address, self.far_address = f'{subnet}.1', f'{subnet}.2'
        run('ip', 'netns', 'add', self.space)
        run('ip', 'link', 'add', self._near, 'type', 'veth', 'peer', 'name', self._far, 'netns',
            self.space)
        run('ip', 'addr', 'add', f'{self.near_address}/24', 'dev', self._near)
        run('ip', 'link', 'set', self._near, 'up')
        self._inside('ip', 'addr', 'add', f'{self.far_address}/24', 'dev', self._far)
        self._inside('ip', 'link', 'set', self._far, 'up')
        self._inside('ip', 'link', 'set', 'lo', 'up')
        self.has_netem = self._try_netem()

    def close(self):
        subprocess.run(['ip', 'netns', 'del', self.space], check=False)

    # -- what may happen to it --------------------------------------------------------------------
    def cut(self):
        """Take the interface away: nothing can even be tried."""
        run('ip', 'link', 'set', self._near, 'down')

    def go_silent(self):
        """Pull the cable at the far end: packets go, nothing comes back."""
        self._inside('ip', 'link', 'set', self._far, 'down')

    def slow(self, kbit, queue_ms=400):
        """Let so much through; what has waited so long in the queue is lost."""
        for where in (run, self._inside):
            device = self._near if where is run else self._far
            where('tc', 'qdisc', 'replace', 'dev', device, 'root', 'tbf', 'rate', f'{kbit}kbit',
                  'burst', '16kb', 'latency', f'{queue_ms}ms')

    def worsen(self):
        """Delay and lose packets: by netem, or by a queue that is too short."""
        if self.has_netem:
            run('tc', 'qdisc', 'replace', 'dev', self._near, 'root', 'netem', 'delay', '150ms',
                '50ms', 'loss', '3%')
        else:
            self.slow(2000, queue_ms=10)

    def restore(self):
        """Be a good cable again."""
        run('ip', 'link', 'set', self._near, 'up')
        self._inside('ip', 'link', 'set', self._far, 'up')
        for where, device in ((run, self._near), (self._inside, self._far)):
            with contextlib.suppress(AssertionError):
                where('tc', 'qdisc', 'del', 'dev', device, 'root')

    def sent_bytes(self):
        """Count what left this machine over the cable."""
        path = Path(f'/sys/class/net/{self._near}/statistics/tx_bytes')
        return int(path.read_text())

    def _try_netem(self):
        done = subprocess.run(
            ['tc', 'qdisc', 'replace', 'dev', self._near, 'root', 'netem', 'delay', '0ms'],
            capture_output=True, check=False)
        self.restore()
        return done.returncode == 0

    def _inside(self, *words):
        return run('ip', 'netns', 'exec', self.space, *words)


class FarServer(Server):
    """A server behind a link."""

    def __init__(self, folder, link):
        self._link = link
        super().__init__(folder)
        self.url = f'http://{link.far_address}:{self.port}'

    def command(self):
        return ['ip', 'netns', 'exec', self._link.space, *super().command(), '--host',
                self._link.far_address]

    def _listens(self):
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex((self._link.far_address, self.port)) == 0


def bytes_in_windows(count, seconds, window_s):
    """Watch a counter for so long; give the most that it grew in any window."""
    seen, until = [(time.monotonic(), count())], time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.05)
        seen.append((time.monotonic(), count()))
    first, most = 0, 0
    for at, total in seen:
        while at - seen[first][0] > window_s:
            first += 1
        most = max(most, total - seen[first][1])
    return most
