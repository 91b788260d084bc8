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

"""The documents that describe images, videos and lidars on the platform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Union

from scenebox_ros.client.probing import ImageFacts, VideoFacts
from scenebox_ros.errors import InvalidTimeError
from scenebox_ros.model import plain, times
from scenebox_ros.model.annotation import Annotation

Json = dict[str, Any]
Moment = Union[datetime, str]


def image(
    facts: ImageFacts,
    *,
    sensor: str | None,
    timestamp: Moment,
    sets: Sequence[str],
    preprocesses: Sequence[str] | None,
) -> Json:
    """Describe an image."""
    return {
        'width': facts.width,
        'height': facts.height,
        'format': facts.format,
        'sensor': sensor,
        'timestamp': times.to_iso(timestamp),
        'sets': list(sets),
        'preprocesses': list(preprocesses or ()),
    }


def video(
    facts: VideoFacts,
    *,
    sensor: str | None,
    start: Moment,
    sets: Sequence[str],
    tags: Sequence[str] | None,
) -> Json:
    """Describe a video; text stays as it is for the start, the end is computed."""
    return {
        'timestamp': times.to_iso(start),
        'width': facts.width,
        'height': facts.height,
        'sensor': sensor,
        'duration': facts.duration_s,
        'fps': facts.fps,
        'sets': list(sets),
        'start_time': times.to_iso(start),
        'end_time': end_of(facts, start),
        'tags': list(tags or ()),
    }


def end_of(facts: VideoFacts, start: Moment) -> str | None:
    """Compute when a video ends; None if its duration or its start is unknown."""
    if facts.duration_s is None:
        return None
    try:
        begin = times.parse(times.to_iso(start))
    except InvalidTimeError:
        return None
    return times.to_iso(begin + timedelta(seconds=facts.duration_s))


def lidar(
    *,
    format: str,
    binary_format: str | None,
    sensor: str | None,
    timestamp: Moment,
    sets: Sequence[str],
) -> Json:
    """Describe a lidar."""
    return {
        'format': format,
        'binary_format': binary_format,
        'sensor': sensor,
        'timestamp': times.to_iso(timestamp),
        'sets': list(sets),
    }


def annotated(annotations: Sequence[Annotation] | None) -> Json:
    """Say in an asset's document which annotations it has."""
    if not annotations:
        return {}
    return {
        'annotations': [one.id for one in annotations],
        'annotations_meta': [one.source for one in annotations],
    }


def aux(
    aux_metadata: Mapping[str, Any] | None,
    annotations: Sequence[Annotation] | None,
    add_provider: bool,
) -> Json:
    """Say in an asset's document what its user knows, and how it is labelled."""
    labels = plain.distinct(
        f'{label}_{one.provider}' if add_provider else label
        for one in annotations or ()
        for label in one.labels
    )
    inside = {**(aux_metadata or {}), **({'labels': labels} if annotations else {})}
    return {'aux': inside} if inside else {}
