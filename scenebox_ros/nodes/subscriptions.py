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

"""The topics that a node records: found in the graph, appearing late, vanishing, refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import Any

from rclpy.node import Node

from scenebox_ros.bags.plan import is_own
from scenebox_ros.decode import can_decode, refusal
from scenebox_ros.errors import SettingsError
from scenebox_ros.model.settings import Role
from scenebox_ros.nodes.qos import adapt, lost_and_incompatible
from scenebox_ros.nodes.topics import Choice

FIX_TYPE = 'sensor_msgs/msg/NavSatFix'
LARGE = ('image', 'lidar')
# Small messages come fast and cost little to keep: enough of them for a stall of seconds.
SMALL_DEPTH = 500
Heard = Callable[[str, str, Role, Any], None]


class Subscriptions:
    """
    Subscribe to what is wanted and there.

    Parameters
    ----------
    node
        Who subscribes.
    roles
        The kinds of message types that the node records. With ``scalar`` among them, topics that
        are named are read for their numbers whatever their type.
    choice
        Which topics.
    fix_topics
        Where fixes for geotags come from; empty: all.
    reliability, depth
        Quality of service, see :func:`scenebox_ros.nodes.qos.adapt`.
    heard
        Called with topic, type, role and message.

    """

    def __init__(
        self,
        node: Node,
        roles: Sequence[Role],
        choice: Choice,
        fix_topics: Sequence[str],
        reliability: str,
        depth: int,
        heard: Heard,
    ) -> None:
        self._node, self._roles, self._choice = node, roles, choice
        self._fix_topics = fix_topics
        self._reliability, self._depth = reliability, depth
        self._heard = heard
        self._handles: dict[str, Any] = {}
        self.topics: dict[str, str] = {}
        self.lost: Counter[str] = Counter()
        self.mismatched: dict[str, str] = {}
        self.refused: dict[str, str] = {}

    def look(self) -> dict[str, Role]:
        """Follow the graph; give the topics that were subscribed to now, with their roles."""
        present = {
            topic: kinds for topic, kinds in self._node.get_topic_names_and_types()
            if self._node.count_publishers(topic) and not any(is_own(topic, k) for k in kinds)
        }
        for topic in [kept for kept in self._handles if kept not in present]:
            self._let_go(topic)
        for topic in [told for told in self.refused if told not in present]:
            del self.refused[topic]
        new: dict[str, Role] = {}
        for topic, msgtype in self._wanted(present).items():
            if topic not in self._handles and topic not in self.refused:
                self._try(topic, msgtype, new)
        return new

    def close(self) -> None:
        """Unsubscribe from all."""
        for topic in list(self._handles):
            self._let_go(topic)

    def _wanted(self, present: Mapping[str, Sequence[str]]) -> dict[str, str]:
        wanted = self._choice.pick(present, self._types(present))
        for topic, kinds in present.items():
            if FIX_TYPE in kinds and (not self._fix_topics or topic in self._fix_topics):
                wanted.setdefault(topic, FIX_TYPE)
            # What somebody named is never passed over in silence.
            if topic in self._choice.names:
                wanted.setdefault(topic, kinds[0])
        return wanted

    def _types(self, present: Mapping[str, Sequence[str]]) -> Collection[str]:
        kinds = {kind for kinds in present.values() for kind in kinds}
        return {kind for kind in kinds if can_decode(kind) in self._roles}

    def _try(self, topic: str, msgtype: str, new: dict[str, Role]) -> None:
        try:
            role = self._role(topic, msgtype)
            self._subscribe(topic, msgtype, role)
        except SettingsError as error:
            self.refused[topic] = str(error)
            self._node.get_logger().warning(f'{topic} is not recorded: {error}')
        else:
            new[topic] = role

    def _role(self, topic: str, msgtype: str) -> Role:
        role = can_decode(msgtype)
        if role in self._roles or (role == 'fix' and topic not in self._choice.names):
            return role or 'skip'
        if role is None and 'scalar' in self._roles and not refusal(msgtype):
            return 'scalar'
        why = refusal(msgtype) or (
            f'its type {msgtype} is for another node ({role})' if role else
            f'{msgtype} is no sensor data that is known; gps_node takes its numbers if you name it'
        )
        raise SettingsError(f'{why}; this node records {", ".join(self._roles)}')

    def _subscribe(self, topic: str, msgtype: str, role: Role) -> None:
        offers = [end.qos_profile for end in self._node.get_publishers_info_by_topic(topic)]
        depth = self._depth if role in LARGE else max(self._depth, SMALL_DEPTH)
        profile = adapt(offers, self._reliability, depth)
        events = lost_and_incompatible(
            partial(self._on_lost, topic), partial(self.mismatched.__setitem__, topic)
        )
        self._handles[topic] = self._node.create_subscription(
            message_class(msgtype), topic, partial(self._heard, topic, msgtype, role), profile,
            event_callbacks=events,
        )
        self.topics[topic] = msgtype
        self._node.get_logger().info(f'recording {topic} ({msgtype}, {profile.reliability.name})')

    def _let_go(self, topic: str) -> None:
        self._node.destroy_subscription(self._handles.pop(topic))
        del self.topics[topic]
        self.mismatched.pop(topic, None)

    def _on_lost(self, topic: str, count: int) -> None:
        self.lost[topic] += count


def message_class(msgtype: str) -> Any:
    """
    Find the class of a message type.

    Raises
    ------
    SettingsError
        If its package is not installed here.

    """
    package, _, name = msgtype.split('/')
    try:
        return getattr(import_module(f'{package}.msg'), name)
    except (ImportError, AttributeError) as error:
        raise SettingsError(
            f'message type {msgtype} is not installed here; install the package {package}'
        ) from error
