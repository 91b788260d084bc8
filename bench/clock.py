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
Time for benchmarks: the wall's, or with ``BENCH_CLOCK=cpu`` that of the processor.

On a machine that others use, the processor's time (of all threads and ended children) still tells
what a task costs. How threads scale is compared with hashing, which scales perfectly, in the same
seconds. There the time that a thread is ready but has no core is left out (Linux counts it in
``schedstat``): what is left is work, and waiting for locks, Python's among them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
import hashlib
import os
from pathlib import Path
import resource
import statistics
from time import perf_counter
from typing import Any

IS_CPU = os.environ.get('BENCH_CLOCK') == 'cpu'


def now_s() -> float:
    """Read the clock that the environment asks for."""
    if not IS_CPU:
        return perf_counter()
    own, ended = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime


def describe() -> str:
    """Say what is measured and how busy the machine is."""
    load = os.getloadavg()[0]
    return f'{"CPU" if IS_CPU else "wall"} time, load {load:.1f} on {os.cpu_count()} cores'


def speed_up(task: Callable[[], Any], jobs: int = 12, rounds: int = 5) -> tuple[float, float]:
    """
    Measure how much faster two threads are than one, and the same for hashing.

    Returns
    -------
    ours, hashing
        Medians of interleaved rounds.

    """
    block = bytes(4_000_000)
    with ThreadPoolExecutor(2) as pool:

        def gain(job: Callable[[], Any]) -> float:
            alone = _busy_s(job, jobs)
            return 4 * alone / sum(pool.map(lambda _: _busy_s(job, jobs), range(2)))

        task()
        pairs = [(gain(task), gain(lambda: hashlib.sha256(block).digest()))
                 for _ in range(rounds)]
    columns: Sequence[Sequence[float]] = list(zip(*pairs, strict=True))
    return statistics.median(columns[0]), statistics.median(columns[1])


def _busy_s(job: Callable[[], Any], count: int) -> float:
    """Time this thread's work and its waiting for locks, but not for a core."""
    began = perf_counter() - _without_core_s()
    for _ in range(count):
        job()
    return perf_counter() - _without_core_s() - began


def _without_core_s() -> float:
    try:
        return int(Path('/proc/thread-self/schedstat').read_text().split()[1]) / 1e9
    except OSError:
        return 0.0
