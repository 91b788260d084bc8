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

"""What a frame needs from other topics before it can become the asset that is asked for."""

from __future__ import annotations

from dataclasses import replace
import logging
from typing import Any, Union

from scenebox_ros.capture.about import SessionMetadata
from scenebox_ros.capture.frames import Aids, Frame
from scenebox_ros.capture.motion import Motion
from scenebox_ros.capture.streams import Stream
from scenebox_ros.errors import EncodeError
from scenebox_ros.model.readings import Calibration, CloudFrame, Transform, VideoPacket
from scenebox_ros.stamps import NS_PER_S

log = logging.getLogger(__name__)
# A scan takes a tenth of a second; times that are further apart are no times of one scan.
MAX_SCAN_NS = 10 * NS_PER_S
Span = tuple[int, int]


class Helpers:
    """
    Calibrations for rectifying, transforms for deskewing.

    Parameters
    ----------
    about
        Asked for calibrations.

    """

    def __init__(self, about: SessionMetadata) -> None:
        self._about = about
        self._motion = Motion()
        self._rectifiers: dict[str, tuple[tuple[Calibration, Any], Any]] = {}

    def learn(self, transform: Transform) -> None:
        """Take a transform, moving or static."""
        self._motion.add(transform, transform.stamp_ns)

    def of_image(self, stream: Stream, size: tuple[int, int] = (0, 0)) -> Aids:
        """Give what a camera's frames of a size need, with the calibration known by now."""
        calibration = self._about.calibration_for(stream.topic)
        if calibration is None or not stream.settings.rectify:
            return Aids(calibration=calibration)
        rectifier = self._rectifier(stream, calibration, size)
        return Aids(rectifier=rectifier, calibration=calibration)

    def knows_camera(self, stream: Stream) -> bool:
        """Say whether the calibration of a camera is known."""
        return self._about.calibration_for(stream.topic) is not None

    def _rectifier(
        self, stream: Stream, calibration: Calibration, size: tuple[int, int]
    ) -> Any:
        from scenebox_ros.codecs.geometry import Rectifier

        # Cameras repeat their calibration with every frame; the maps are made once.
        timeless = replace(calibration, stamp_ns=0), size
        known = self._rectifiers.get(stream.topic)
        if known is None or known[0] != timeless:
            try:
                made = Rectifier(calibration)
                fault = made.fault_for(size)
            except EncodeError as error:
                made, fault = None, str(error)
            if fault:
                said = f'not rectified: {fault}'
                # One with NaN differs from itself: it comes here with every frame.
                if stream.error != said:
                    log.warning('%s is %s', stream.topic, said)
                stream.error = said
            known = self._rectifiers[stream.topic] = timeless, None if fault else made
        return known[1]

    def covers(self, stream: Stream, frame: CloudFrame, span: Span | None) -> bool:
        """Say whether it is known how the sensor moved during a scan."""
        return span is None or self._motion.covers(
            frame.frame_id, stream.settings.deskew_to, span[1])

    def of_cloud(
        self, stream: Stream, frame: CloudFrame, times_ns: Any, span: Span | None
    ) -> Aids:
        """Give what deskewing a cloud needs; without that, the cloud stays as it came."""
        if not stream.settings.deskew_to:
            return Aids(stamp_ns=frame.stamp_ns)
        try:
            if span is None:
                raise EncodeError('the cloud has no times of its points')
            poses = self._motion.poses(frame.frame_id, stream.settings.deskew_to, *span)
        except EncodeError as error:
            stream.error = f'not deskewed: {error}'
            return Aids(stamp_ns=frame.stamp_ns)
        return Aids(poses=poses, times_ns=times_ns, stamp_ns=frame.stamp_ns)


def scan_times(frame: CloudFrame) -> tuple[Any, Span | None]:
    """Give each point's time, and the span that poses must cover; None if there is none."""
    import numpy as np

    from scenebox_ros.codecs.deskew import point_times_ns

    dtype = frame.points.dtype
    if frame.stamp_ns <= 0 or not all(
        axis in (dtype.names or ()) and dtype[axis].kind == 'f' and not dtype[axis].shape
        for axis in 'xyz'
    ):
        return None, None
    times_ns = point_times_ns(frame.points, frame.stamp_ns)
    if times_ns is None:
        return None, None
    with np.errstate(invalid='ignore', over='ignore'):
        is_point = np.isfinite(frame.points['x'] + frame.points['y'] + frame.points['z'])
    of_points = times_ns[is_point]
    if not of_points.size:
        return None, None
    span = min(int(of_points.min()), frame.stamp_ns), max(int(of_points.max()), frame.stamp_ns)
    return (times_ns, span) if span[1] - span[0] <= MAX_SCAN_NS else (None, None)


def must_wait(settings: Any, frame: Union[Frame, VideoPacket]) -> bool:
    """Say whether a frame may need something that comes after it."""
    if isinstance(frame, CloudFrame):
        return bool(settings.deskew_to)
    return settings.rectify and not isinstance(frame, VideoPacket)
