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
What a sensor node makes of each topic: by type, by the YAML file, by its parameters.

Later ones win. The file is the one that ``scenebox upload --settings`` reads, and means the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

from scenebox_ros.bags import TopicInfo
from scenebox_ros.bags.overrides import Overrides, parse_stream_flag
from scenebox_ros.bags.plan import named_apart, planned, PlannedStream
from scenebox_ros.decode import can_decode, refusal
from scenebox_ros.errors import SettingsError
from scenebox_ros.model.settings import Role, StreamSettings
from scenebox_ros.nodes.topics import Choice, SHARED

# Other nodes record these; here they only say where, or how moved, something was.
AIDS = ('fix', 'transform')


@dataclass(frozen=True)
class TopicPlan:
    """
    What is to be recorded, and how.

    Attributes
    ----------
    roles
        The kinds of topics that the node records. With ``scalar`` among them, topics that are
        named are read for their numbers whatever their type.
    choice
        Which topics.
    file
        What the YAML file says.
    given
        Stream settings that were given to the node as parameters, for all its topics.
    lines
        What the node's ``streams`` say about single topics.
    fix_topics
        Where positions for geotags come from; empty: all topics with fixes.

    """

    roles: Sequence[Role]
    choice: Choice
    file: Overrides = field(default_factory=Overrides)
    given: Mapping[str, Any] = field(default_factory=dict)
    lines: Overrides = field(default_factory=Overrides)
    fix_topics: Sequence[str] = ()

    def wanted(
        self, present: Mapping[str, Sequence[str]]
    ) -> tuple[dict[str, PlannedStream], dict[str, str]]:
        """
        Plan the topics that are there.

        Parameters
        ----------
        present
            Types by topic, as the graph tells them.

        Returns
        -------
        dict of PlannedStream
            What is to be subscribed to, by topic.
        dict of str
            Topics that cannot be recorded though they were asked for, and why.

        """
        refused: dict[str, str] = {}
        rows: dict[str, PlannedStream] = {}
        for topic, kinds in present.items():
            try:
                rows[topic] = self.row(topic, kinds[0])
            except SettingsError as error:
                if self._is_asked_for(topic, kinds[0]):
                    refused[topic] = str(error)
        recorded = self._recorded(rows)
        refused.update(self._named_in_vain(rows, recorded))
        aids = self._aids(rows, recorded)
        named = named_apart([rows[topic] for topic in recorded])
        return {**aids, **{row.info.topic: row for row in named}}, refused

    def left_elsewhere(
        self, present: Mapping[str, Sequence[str]], wanted: Mapping[str, PlannedStream]
    ) -> str:
        """Name a topic of another namespace where the node's own has nothing to record."""
        if self.choice.names or any(row.settings.is_recorded and topic not in SHARED
                                    for topic, row in wanted.items()):
            return ''
        return next((topic for topic, kinds in sorted(present.items())
                     if can_decode(kinds[0]) in self.roles and not self.choice.is_near(topic)), '')

    def row(self, topic: str, msgtype: str) -> PlannedStream:
        """Plan one topic by itself; raises SettingsError if that cannot be."""
        said = {**self.file.of(topic), **self.lines.of(topic)}
        role = can_decode(msgtype)
        if (
            role is None and 'scalar' in self.roles and topic in self.choice.names
            and not refusal(msgtype)
        ):
            said.setdefault('role', 'scalar')
        if said.get('role', role) in self.roles:
            said = {**said, **self.given, **self.lines.of(topic)}
        return planned(TopicInfo(topic, msgtype, 0), said)

    def _recorded(self, rows: Mapping[str, PlannedStream]) -> list[str]:
        own = {topic: row.info.msgtype for topic, row in rows.items()
               if row.settings.role in self.roles}
        cameras = {topic: kind for topic, kind in own.items()
                   if rows[topic].settings.role != 'calibration'}
        picked = list(self.choice.pick(cameras))
        # A camera that is wanted brings what describes it.
        return picked + [
            topic for topic, kind in own.items() if topic not in cameras and (
                topic in self.choice.pick({topic: kind})
                or (not self.choice.excludes(topic, kind) and _describes(topic, picked)))]

    def _aids(
        self, rows: Mapping[str, PlannedStream], recorded: Collection[str]
    ) -> dict[str, PlannedStream]:
        """Give the topics that others record and that this node's need, too."""
        needs_motion = any(rows[topic].settings.deskew_to for topic in recorded)
        fixes = set(self.fix_topics) or self._near_fixes(rows)
        return {
            topic: replace(row, settings=replace(row.settings, is_recorded=False))
            for topic, row in rows.items() if row.settings.role in AIDS and (
                needs_motion if row.settings.role == 'transform'
                else topic in fixes)
            and not self.choice.excludes(topic, row.info.msgtype)
        }

    def _near_fixes(self, rows: Mapping[str, PlannedStream]) -> set[str]:
        """Give the fixes of the namespace; others if it has none and topics are named."""
        fixes = {topic for topic, row in rows.items() if row.settings.role == 'fix'}
        near = set(filter(self.choice.is_near, fixes))
        return near or (fixes if self.choice.names else near)

    def _named_in_vain(
        self, rows: Mapping[str, PlannedStream], recorded: Collection[str]
    ) -> dict[str, str]:
        names = [topic for topic in rows if topic in self.choice.names and topic not in recorded]
        names += [topic for topic in self.fix_topics
                  if topic in rows and rows[topic].settings.role != 'fix']
        return {topic: self._why_not(rows[topic]) for topic in names}

    def _why_not(self, row: PlannedStream) -> str:
        msgtype, role = row.info.msgtype, row.settings.role
        why = row.reason or f'its type {msgtype} is for another node ({role})'
        if row.info.topic in self.fix_topics:
            return f'{msgtype} gives no fixes; poses do with a datum: streams, or settings'
        return f'{why}; this node records {", ".join(self.roles)}'

    def _is_asked_for(self, topic: str, msgtype: str) -> bool:
        said = {**self.file.of(topic), **self.lines.of(topic)}
        role = said.get('role', can_decode(msgtype))
        return topic in (*self.choice.names, *self.fix_topics) or role in self.roles


def read_lines(lines: Sequence[str]) -> Overrides:
    """Read lines like ``/camera/.*:max_rate_hz=5.0,jpeg_quality=80``; later ones win."""
    return reduce(Overrides.with_later, map(parse_stream_flag, lines), Overrides())


def session_settings(
    file: Overrides, values: Mapping[str, Any], given: Collection[str]
) -> dict[str, Any]:
    """Give the session's settings: the file's, where no parameter was given."""
    said = dict(file.session)
    for name in ('resolution_s', 'video_segment_s'):
        if name in values and (name in given or name not in said):
            said[name] = values[name]
    return said


def changed_settings(
    before: StreamSettings, after: StreamSettings, live: Collection[str]
) -> StreamSettings:
    """
    Change a topic's settings while it is recorded.

    Raises
    ------
    SettingsError
        If that would change more than the settings that may be changed now.

    """
    # What the topic is called, and that it is recorded, was settled as it was found.
    after = replace(after, sensor=before.sensor, is_recorded=before.is_recorded)
    for name in StreamSettings.__dataclass_fields__:
        if name not in live and getattr(before, name) != getattr(after, name):
            raise SettingsError(f'{name} cannot be changed while the node runs; restart it')
    return after


def _describes(info_topic: str, topics: Collection[str]) -> bool:
    """Say whether a ``camera_info`` topic speaks for one of these, as in capture."""
    namespace = info_topic.rpartition('/')[0]
    return any(f'{topic}/'.startswith(f'{namespace}/') for topic in topics)
