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

"""What a session says about itself: name, settings, calibrations, mounting of the sensors."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import Any

from scenebox_ros import ids
from scenebox_ros.capture.entities import BATCH_NS
from scenebox_ros.model.readings import Calibration, Text, Transform
from scenebox_ros.model.records import Record
from scenebox_ros.model.settings import CaptureSettings

SESSION_PRIORITY = 127


def calibration_json(calibration: Calibration) -> dict[str, Any]:
    """Give a camera's intrinsics as they stand in documents; JSON has null for NaN."""
    return {
        'width': calibration.width,
        'height': calibration.height,
        'frame_id': calibration.frame_id,
        'distortion_model': calibration.distortion_model,
        'd': _numbers(calibration.d),
        'k': _numbers(calibration.k),
        'r': _numbers(calibration.r),
        'p': _numbers(calibration.p),
    }


def _numbers(values: Iterable[float]) -> list[float | None]:
    return [value if isfinite(value) else None for value in values]


def calibration_topic(topic: str, known: Iterable[str]) -> str:
    """
    Find the topic with the calibration of a camera's topic; empty if there is none.

    A ``camera_info`` topic speaks for the topics of its own namespace and below, the nearest
    one wins.
    """
    best, best_length = '', -1
    for info_topic in known:
        namespace = info_topic.rpartition('/')[0]
        if f'{topic}/'.startswith(f'{namespace}/') and len(namespace) > best_length:
            best, best_length = info_topic, len(namespace)
    return best


class SessionMetadata:
    """
    The session's own document, and a record of it whenever it has changed.

    Every record holds all that is known so far: any one of them can open the session, and the
    last one is complete.
    """

    def __init__(self, session: str, settings: CaptureSettings) -> None:
        self._session = session
        self._settings = settings
        self._calibrations: dict[str, Calibration] = {}
        self._transforms: dict[str, dict[str, Any]] = {}
        self._texts: dict[str, str] = {}
        self._told = ''
        self._learned_ns = 0

    def learn(
        self, topic: str, reading: Calibration | Transform | Text, received_ns: int
    ) -> None:
        """Take in a calibration, a static transform or a text that describes the robot."""
        self._learned_ns = self._learned_ns or received_ns
        if isinstance(reading, Calibration):
            self._calibrations[topic] = reading
        elif isinstance(reading, Transform):
            self._transforms[reading.child_frame_id] = {
                'frame_id': reading.frame_id,
                'child_frame_id': reading.child_frame_id,
                'translation_m': list(reading.translation_m),
                'rotation_xyzw': list(reading.rotation),
            }
        else:
            self._texts[reading.name or topic.strip('/')] = reading.text

    def calibration_for(self, topic: str) -> Calibration | None:
        """Find the calibration of a camera's topic."""
        return self._calibrations.get(calibration_topic(topic, self._calibrations))

    def document(self) -> dict[str, Any]:
        """Say all that is known."""
        metadata: dict[str, Any] = dict(self._settings.metadata)
        learned: dict[str, dict[str, Any]] = {
            'calibrations': {
                topic: calibration_json(one) for topic, one in self._calibrations.items()},
            'transforms': self._transforms,
            'texts': self._texts,
        }
        if self._settings.tags:
            metadata['tags'] = list(self._settings.tags)
        metadata.update({key: dict(sorted(value.items())) for key, value in learned.items()
                         if value})
        return {
            'name': self._settings.session_name,
            'type': 'generic',
            'resolution': self._settings.resolution_s,
            'sets_prefix': ids.std(self._settings.session_name),
            'metadata': metadata,
        }

    def is_stale(self, now_ns: int) -> bool:
        """Say whether something learned has waited ten seconds to be told."""
        return bool(self._learned_ns) and now_ns - self._learned_ns > BATCH_NS

    def record_if_changed(self, stamp_ns: int) -> Record | None:
        """Give the session's record if it says more than the last one did."""
        self._learned_ns = 0
        document = self.document()
        digest = ids.md5_of_json(document)
        if digest == self._told:
            return None
        self._told = digest
        return Record(
            kind='session',
            session=self._session,
            id=f'{ids.std(self._session)}_session_{digest[:16]}',
            stamp_ns=stamp_ns,
            document=document,
            priority=SESSION_PRIORITY,
        )
