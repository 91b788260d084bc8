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

"""One topic's state while it is captured, and the documents of its assets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, TYPE_CHECKING

from scenebox_ros import ids, stamps
from scenebox_ros.capture import entities
from scenebox_ros.capture.origin import Origin
from scenebox_ros.capture.report import StreamCounts
from scenebox_ros.capture.sampling import ChangeFilter, Sampler
from scenebox_ros.capture.snapshots import Snapshots
from scenebox_ros.model.geodesy import Position
from scenebox_ros.model.readings import Reading
from scenebox_ros.model.settings import StreamSettings
from scenebox_ros.stamps import NS_PER_S

if TYPE_CHECKING:
    from scenebox_ros.capture.videos import VideoCutter

# After the track (entities have 50 more), before the images.
PREVIEW_BOOST = 40
PREVIEW_QUALITY = 70


def is_believed(stamp_ns: int, received_ns: int, settings: StreamSettings) -> bool:
    """
    Say whether a stamp may be true.

    A clock that was never set, or another run's, would make the session span decades. Before the
    first /clock there is no arrival to compare with.
    """
    limit_ns = settings.max_clock_offset_s * NS_PER_S
    return not limit_ns or received_ns <= 0 or abs(stamp_ns - received_ns) <= limit_ns


def time_that_counts(stamp_ns: int, received_ns: int, settings: StreamSettings) -> int:
    """Give the stamp, if there is one that is wanted and believed; else the arrival."""
    if stamp_ns <= 0:
        return received_ns
    if received_ns <= 0:
        return stamp_ns
    is_wanted = settings.stamps == 'header' and is_believed(stamp_ns, received_ns, settings)
    return stamp_ns if is_wanted else received_ns


class Stream:
    """
    What one topic has seen so far.

    Attributes
    ----------
    settings
        As they are now; they may be replaced while the stream runs.
    counts
        What became of its readings.

    """

    def __init__(self, session: str, topic: str, settings: StreamSettings) -> None:
        self.session = session
        self.topic = topic
        self.settings = settings
        self.counts = StreamCounts()
        self.cutter: VideoCutter | None = None
        self.snapshots = Snapshots()
        self.previews = Sampler()
        self._samplers: dict[str, Sampler] = {}
        self._changes = ChangeFilter()
        self.batch = entities.EntityBatch(session, topic, settings.priority)
        self.error = ''
        self.span_ns: tuple[int, int] | None = None
        self._last_stamp_ns = 0

    @property
    def sensor(self) -> str:
        """Give the platform's name of the sensor."""
        return ids.std(self.settings.sensor or self.topic.strip('/') or 'sensor')

    def stamp_of(self, reading: Reading, received_ns: int) -> int:
        """Give the time that counts for this reading, and watch the sensor's clock."""
        counts = self.counts
        if reading.stamp_ns <= 0:
            counts.stamps_missing += 1
            return received_ns
        if reading.stamp_ns < self._last_stamp_ns:
            counts.stamps_backwards += 1
        self._last_stamp_ns = reading.stamp_ns
        # The clock may not have begun (no /clock yet): there is nothing to compare with.
        offset_s = (reading.stamp_ns - received_ns) / NS_PER_S if received_ns > 0 else 0.0
        if abs(offset_s) > abs(counts.clock_offset_s):
            counts.clock_offset_s = offset_s
        counts.stamps_unbelieved += not is_believed(reading.stamp_ns, received_ns, self.settings)
        return time_that_counts(reading.stamp_ns, received_ns, self.settings)

    def keeps(
        self, name: str, value: Any, stamp_ns: int, position: Position | None
    ) -> bool:
        """
        Say whether a reading is kept, as the settings sample.

        Each name has a sampler of its own: one message holds many quantities, which are kept or
        left out together. What is compared for changes is the last one that was kept.
        """
        sampler = self._samplers.get(name)
        if sampler is None:
            sampler = self._samplers[name] = Sampler()
        if not sampler.keeps(self.settings, stamp_ns, position):
            return False
        return not self.settings.on_change or self._changes.keeps(name, value)

    def note(self, stamp_ns: int) -> None:
        """Widen the span of what was kept."""
        first_ns, last_ns = self.span_ns or (stamp_ns, stamp_ns)
        self.span_ns = (min(first_ns, stamp_ns), max(last_ns, stamp_ns))

    def origin(self, aux: Mapping[str, Any]) -> Origin:
        """Say where this stream's assets come from."""
        return Origin(self.session, self.topic, self.sensor, self.settings.priority, aux)


@lru_cache(maxsize=64)
def preview_of(settings: StreamSettings) -> StreamSettings:
    """Give the settings of a stream's previews: small, seldom, and first in the line."""
    return replace(
        settings, max_rate_hz=1.0 / settings.preview_every_s, every_nth=1, min_distance_m=0.0,
        max_side=settings.preview_max_side, image_format='jpeg', jpeg_quality=PREVIEW_QUALITY)


def aux_of(stream: Stream, reading: Reading, received_ns: int) -> dict[str, Any]:
    """Say where a frame came from; both of its stamps are kept, as text (JSON has no 64 bits)."""
    return {
        'topic': stream.topic,
        'frame_id': reading.frame_id,
        'stamp_ns': str(reading.stamp_ns),
        'received_ns': str(received_ns),
    }


def times_at(stamp_ns: int) -> dict[str, str]:
    """Give the times of an asset that has one moment."""
    return {'timestamp': stamps.to_iso(stamp_ns)}
