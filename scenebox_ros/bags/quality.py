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

"""What is odd about one topic's times: gaps, stamps that repeat or go back, clocks apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Optional

import numpy as np
import numpy.typing as npt

from scenebox_ros.model.plain import plural

Kind = Literal[
    'gap', 'stamps_backwards', 'duplicate_stamps', 'stamps_missing', 'clocks_apart', 'no_fix',
    'undecodable', 'black', 'blurred', 'loss',
]
Times = npt.NDArray[np.int64]

NS_PER_S = 1_000_000_000
# A pause is a gap if it is this many times the usual one, on a topic with enough messages.
_GAP_PERIODS = 5
_MIN_GAP_NS = 100_000_000
# A topic that ends this long before the recording does, and too long for its rate, fell silent.
_MIN_SILENCE_NS = NS_PER_S
_MIN_MESSAGES = 10
_MAX_OFFSET_NS = NS_PER_S


@dataclass(frozen=True)
class Finding:
    """
    One thing that a person should know about a recording.

    Attributes
    ----------
    kind
        What sort of thing; the same word always means the same.
    topic
        None if it concerns the whole recording.
    start_ns, end_ns
        Log times between which it holds; None where unknown.
    count
        How many messages, stamps or frames it concerns.

    """

    kind: Kind
    topic: Optional[str]
    start_ns: Optional[int]
    end_ns: Optional[int]
    message: str
    count: int = 1


def undecodable(topic: str, log_ns: Sequence[int], reason: str) -> Finding:
    """Say which messages of a topic cannot be decoded, and why the first of them cannot."""
    said = f'{plural(len(log_ns), "message")} cannot be decoded: {reason}'
    return Finding('undecodable', topic, min(log_ns), max(log_ns), said, len(log_ns))


def findings_of_times(
    topic: str, log_ns: Times, stamps_ns: Times, end_ns: int
) -> Iterator[Finding]:
    """
    Judge a topic's times.

    Parameters
    ----------
    topic
        Its name.
    log_ns
        When its messages were recorded, in order.
    stamps_ns
        Their headers' stamps; empty if the type has no header.
    end_ns
        When the recording ends.

    """
    yield from _gaps(topic, log_ns, end_ns)
    if len(stamps_ns):
        yield from _stamps(topic, log_ns, stamps_ns)


def usual_pause(pauses_ns: Times) -> float:
    """
    Tell how long nothing comes when all is well.

    Nine of ten pauses are at most this long: a median would be far too short for a driver that
    sends its messages in bursts.
    """
    return float(np.percentile(pauses_ns, 90)) if len(pauses_ns) else 0.0


def mean_rate(pauses_ns: Times) -> Optional[float]:
    """Tell how many messages come per second while they come; None if nobody can tell."""
    alive = pauses_ns[pauses_ns <= max(_GAP_PERIODS * usual_pause(pauses_ns), _MIN_GAP_NS)]
    return NS_PER_S * len(alive) / float(alive.sum()) if alive.any() else None


def _gaps(topic: str, log_ns: Times, end_ns: int) -> Iterator[Finding]:
    if len(log_ns) < _MIN_MESSAGES:
        return
    pauses = np.diff(log_ns)
    usual = usual_pause(pauses)
    is_long = pauses > max(_GAP_PERIODS * usual, _MIN_GAP_NS)
    for start_ns, last_ns, number in spans(log_ns[:-1], is_long):
        # Several in a row are no gaps but another rate.
        stop_ns = int(log_ns[np.searchsorted(log_ns, last_ns, 'right')])
        pause_ns = (stop_ns - start_ns) / number
        missing = number * (round(pause_ns / usual) - 1) if usual else number
        what, usually = (('nothing for', 'a message') if number == 1 else
                         ('a message only every', 'one'))
        yield Finding('gap', topic, start_ns, stop_ns, (
            f'{what} {pause_ns / NS_PER_S:.3g} s, where {usually} comes every '
            f'{usual / NS_PER_S:.3g} s'), max(1, missing))
    silence_ns = end_ns - int(log_ns[-1])
    if silence_ns > max(_GAP_PERIODS * usual, _MIN_SILENCE_NS):
        missing = round(silence_ns / usual) if usual else 1
        yield Finding('gap', topic, int(log_ns[-1]), end_ns, (
            f'nothing for the last {silence_ns / NS_PER_S:.3g} s of the recording, where a '
            f'message comes every {usual / NS_PER_S:.3g} s'), missing)


def _stamps(topic: str, log_ns: Times, stamps_ns: Times) -> Iterator[Finding]:
    missing = stamps_ns == 0
    if missing.any():
        yield _over('stamps_missing', topic, log_ns[missing], 'header stamps are 0')
    log_ns, stamps_ns = log_ns[~missing], stamps_ns[~missing]
    steps = np.diff(stamps_ns)
    if (steps < 0).any():
        largest_s = -float(steps.min()) / NS_PER_S
        yield _over('stamps_backwards', topic, log_ns[1:][steps < 0],
                    f'stamps go back, by up to {largest_s:.3g} s')
    repeated = np.ones(len(stamps_ns), bool)
    repeated[np.unique(stamps_ns, return_index=True)[1]] = False
    if repeated.any():
        yield _over('duplicate_stamps', topic, log_ns[repeated], 'stamps are there more than once')
    if len(stamps_ns):
        yield from _clocks(topic, log_ns, stamps_ns)


def _clocks(topic: str, log_ns: Times, stamps_ns: Times) -> Iterator[Finding]:
    offsets_ns = stamps_ns - log_ns
    median_ns = int(np.median(offsets_ns))
    apart = np.abs(offsets_ns) > _MAX_OFFSET_NS
    if abs(median_ns) > _MAX_OFFSET_NS:
        word = 'behind' if median_ns < 0 else 'ahead of'
        yield _over('clocks_apart', topic, log_ns, (
            f'header stamps are {abs(median_ns) / NS_PER_S:.6g} s {word} the log times'))
    elif apart.any():
        # A clock that was set, before or after: most stamps are right.
        largest_s = float(np.abs(offsets_ns).max()) / NS_PER_S
        yield _over('clocks_apart', topic, log_ns[apart], (
            f'some header stamps are up to {largest_s:.6g} s away from the log times'))


def _over(kind: Kind, topic: str, log_ns: Times, message: str) -> Finding:
    return Finding(kind, topic, int(log_ns.min()), int(log_ns.max()), message, len(log_ns))


def spans(log_ns: Times, holds: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int, int]]:
    """Give the runs of messages for which something holds: first time, last time, how many."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], holds, [False]]).astype(np.int8)))
    for first, stop in edges.reshape(-1, 2).tolist():
        yield int(log_ns[first]), int(log_ns[stop - 1]), stop - first
