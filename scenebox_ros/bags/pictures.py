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

"""Judging pictures: black ones, and ones much less sharp than their camera's others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from scenebox_ros.bags.bag import BagMessage
from scenebox_ros.bags.quality import Finding, spans, undecodable
from scenebox_ros.decode import decode
from scenebox_ros.errors import SceneBoxError
from scenebox_ros.model.plain import plural
from scenebox_ros.model.readings import ImageBlob, ImageFrame

# Of the full range: darker than this on average is a covered or dead camera.
_BLACK = 0.03
# Of the camera's own median sharpness.
_BLURRED = 0.2
_MIN_PICTURES = 5
_SIDE = 480


@dataclass
class _Camera:
    log_ns: list[int] = field(default_factory=list)
    brightness: list[float] = field(default_factory=list)
    sharpness: list[float] = field(default_factory=list)
    undecodable_ns: list[int] = field(default_factory=list)
    error: str = ''


class PictureJudge:
    """Looks at every picture of a recording once."""

    def __init__(self) -> None:
        self._cameras: dict[str, _Camera] = {}

    def take(self, message: BagMessage) -> None:
        """Measure one picture."""
        camera = self._cameras.setdefault(message.topic, _Camera())
        try:
            grey = _grey(decode(message.msgtype, message.read(), 'image')[0])
        except SceneBoxError as error:
            camera.undecodable_ns.append(message.log_ns)
            camera.error = camera.error or str(error)
            return
        if grey is None or min(grey.shape) < 3:
            return
        camera.log_ns.append(message.log_ns)
        camera.brightness.append(float(grey.mean()))
        camera.sharpness.append(_sharpness(grey))

    def findings(self) -> list[Finding]:
        """Say which pictures are black or blurred, and which cannot be decoded."""
        return [finding for topic, camera in self._cameras.items()
                for finding in _judged(topic, camera)]


def _judged(topic: str, camera: _Camera) -> Iterator[Finding]:
    if camera.undecodable_ns:
        yield undecodable(topic, camera.undecodable_ns, camera.error)
    times = np.array(camera.log_ns, np.int64)
    black = np.array(camera.brightness) < _BLACK
    for start_ns, end_ns, count in spans(times, black):
        yield Finding('black', topic, start_ns, end_ns, plural(count, 'black picture'), count)
    if (~black).sum() < _MIN_PICTURES:
        return
    sharpness = np.array(camera.sharpness)
    blurred = ~black & (sharpness < _BLURRED * np.median(sharpness[~black]))
    for start_ns, end_ns, count in spans(times, blurred):
        yield Finding('blurred', topic, start_ns, end_ns,
                      f'{plural(count, "picture")} much less sharp than the others', count)


def _grey(reading: Any) -> npt.NDArray[np.float32] | None:
    """Give one channel of a picture, small, from 0 to 1; None for depth and packets."""
    from scenebox_ros.codecs import images

    if isinstance(reading, ImageBlob):
        pixels: npt.NDArray[Any] = images.decode_image(reading.blob)
    elif isinstance(reading, ImageFrame) and reading.channels not in ('depth', 'disparity'):
        pixels = reading.pixels
    else:
        return None
    # Cameras of 12 bits publish 16 and look black in that range, so only 8 bits are judged.
    if pixels.dtype != np.uint8:
        return None
    step = max(1, max(pixels.shape[:2]) // _SIDE)
    # The second channel is green, or the luma of a packed one: what sharpness is judged by.
    channel = pixels[..., min(1, pixels.shape[2] - 1)] if pixels.ndim == 3 else pixels
    grey: npt.NDArray[np.float32] = channel[::step, ::step].astype(np.float32) / np.float32(255)
    return grey


def _sharpness(grey: npt.NDArray[np.float32]) -> float:
    """Measure the variance of the Laplacian: edges make it large, blur makes it small."""
    centre = grey[1:-1, 1:-1]
    around = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    return float(np.var(around - 4 * centre))
