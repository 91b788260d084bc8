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

"""The user's word on what becomes of topics: the YAML shared with the robot, or flags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
import os
from pathlib import Path
import re
from typing import Any

from scenebox_ros.errors import SettingsError
from scenebox_ros.model.settings import CaptureSettings, StreamSettings

# Those between settings, not those of a list.
_COMMAS = re.compile(r',(?![^\[]*\])')
LEARNED = ('calibrations', 'transforms', 'texts')
_SESSION = tuple(entry.name for entry in fields(CaptureSettings) if entry.name != 'streams')


@dataclass(frozen=True)
class Overrides:
    """
    Settings that replace what the plan would choose.

    Attributes
    ----------
    session
        Fields of :class:`CaptureSettings`.
    streams
        Fields of :class:`StreamSettings` by topic, or by a regular expression that matches whole
        topics. Later expressions win over earlier ones, a topic's own name over both.
    only
        Topics, or expressions, beside which all are left out; empty: all are used.

    """

    session: Mapping[str, Any] = field(default_factory=dict)
    streams: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    only: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse names that are no settings, and expressions that are none."""
        unknown = sorted(set(self.session) - set(_SESSION))
        if unknown:
            raise SettingsError(
                f'unknown setting {unknown[0]!r}; known are {", ".join(_SESSION)} and streams')
        for pattern, values in self.streams.items():
            if not isinstance(values, Mapping):
                raise SettingsError(
                    f'the settings of {pattern!r} are {values!r}; write them as names and values, '
                    'like {role: skip}')
            StreamSettings.from_mapping(values)
        settings = CaptureSettings(**{'session_name': '', **self.session})
        for name in LEARNED:
            if name in settings.metadata:
                raise SettingsError(
                    f'metadata has {name!r}, which is what the recording itself says; choose '
                    'another name')
        object.__setattr__(self, 'session', {
            **self.session, **({'metadata': settings.metadata} if 'metadata' in self.session
                               else {})})
        for pattern in (*self.streams, *self.only):
            try:
                re.compile(pattern)
            except re.error as error:
                raise SettingsError(
                    f'{pattern!r} is neither a topic nor a regular expression: {error}') from None

    def of(self, topic: str) -> dict[str, Any]:
        """Collect what is said about a topic."""
        if self.only and not any(_concerns(pattern, topic) for pattern in self.only):
            return {'role': 'skip'}
        values: dict[str, Any] = {}
        for pattern, settings in self.streams.items():
            if pattern != topic and re.fullmatch(pattern, topic):
                values.update(settings)
        values.update(self.streams.get(topic, {}))
        return values

    def unused(self, topics: Iterable[str]) -> list[str]:
        """List the entries that concern none of these topics."""
        known = list(topics)
        return [
            pattern for pattern in (*self.streams, *self.only)
            if not any(_concerns(pattern, topic) for topic in known)
        ]

    def with_later(self, later: Overrides) -> Overrides:
        """Combine with others that win where both say something."""
        streams = {pattern: dict(values) for pattern, values in self.streams.items()}
        for pattern, values in later.streams.items():
            # Moved to the end, so that it also wins over the earlier expressions.
            streams[pattern] = {**streams.pop(pattern, {}), **values}
        session = {**self.session, **later.session}
        if 'metadata' in self.session and 'metadata' in later.session:
            session['metadata'] = {**self.session['metadata'], **later.session['metadata']}
        return Overrides(session, streams, (*self.only, *later.only))


def _concerns(pattern: str, topic: str) -> bool:
    return pattern == topic or re.fullmatch(pattern, topic) is not None


def load_overrides(path: str | os.PathLike[str]) -> Overrides:
    """
    Read overrides from a YAML file.

    Raises
    ------
    SettingsError
        If the file cannot be read, is no YAML, or names settings that do not exist.

    """
    import yaml

    try:
        content = yaml.safe_load(Path(path).read_text('utf-8'))
    except OSError as error:
        raise SettingsError(f'{path} cannot be read: {error.strerror}') from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f'{path} is no YAML: {" ".join(str(error).split())}') from None
    if content is None:
        return Overrides()
    if not isinstance(content, Mapping):
        raise SettingsError(f'{path} holds no settings; write names and values below each other')
    return overrides_of(content)


def overrides_of(content: Mapping[str, Any]) -> Overrides:
    """Make overrides of YAML's mapping: fields of CaptureSettings, ``streams`` among them."""
    streams = content.get('streams') or {}
    if not isinstance(streams, Mapping):
        raise SettingsError(f'streams is {streams!r}; write topics and their settings below it')
    session = {str(key): value for key, value in content.items() if key != 'streams'}
    return Overrides(session, {str(key): value or {} for key, value in streams.items()})


def parse_stream_flag(text: str) -> Overrides:
    """
    Read ``TOPIC:NAME=VALUE,NAME=VALUE``, as given on a command line.

    Values are YAML: ``/camera/.*:video=true,sensor=front``, ``/imu:fields=[a.x, a.y]``.
    """
    import yaml

    topic, _, settings = text.rpartition(':')
    parts = [part for part in _COMMAS.split(settings) if part]
    values = dict(part.partition('=')[::2] for part in parts)
    if not topic or not values or any('=' not in part for part in parts):
        raise SettingsError(
            f'{text!r} names no settings; write TOPIC:NAME=VALUE, like /camera/.*:video=true')
    try:
        read = {name.strip(): yaml.safe_load(value) for name, value in values.items()}
    except yaml.YAMLError:
        raise SettingsError(f'{text!r} has a value that is no YAML') from None
    return Overrides(streams={topic: read})
