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

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
import time
from typing import Any

from rclpy.node import Node

from scenebox_ros.bags.plan import is_own
from scenebox_ros.errors import SettingsError
from scenebox_ros.model.settings import Role, StreamSettings
from scenebox_ros.nodes.losses import Losses
from scenebox_ros.nodes.planning import TopicPlan
from scenebox_ros.nodes.qos import adapt, lost_and_incompatible
from scenebox_ros.nodes.turns import REPAIR_S, Turns

# Small messages come fast and cost little to keep: enough of them for a stall of seconds.
SMALL_DEPTH = 500
COMPRESSED_DEPTH = 60
# When listening ends, what was published before is taken until nothing of it has come for so many
# turns (a process that starves has few of them), or may come; at most for so long. A node that was
# late waits for what is said again, twice: not all may fit at once.
QUIET_TURNS = 20
TURN_S = 0.01
LAST_CALL_S = 2.0
LATE_CALL_S = 2 * REPAIR_S
Heard = Callable[[str, str, Role, Any], None]


class Subscriptions:
    """
    Subscribe to what is wanted and there.

    Parameters
    ----------
    node
        Who subscribes.
    plan
        Which topics, and what becomes of them.
    reliability, depth
        Quality of service, see :func:`scenebox_ros.nodes.qos.adapt`.
    heard
        Called with topic, type, role and message.

    """

    def __init__(
        self,
        node: Node,
        plan: TopicPlan,
        reliability: str,
        depth: int,
        heard: Heard,
    ) -> None:
        self._node, self.plan = node, plan
        self._reliability, self._depth = reliability, depth
        self._heard = heard
        self._handles: dict[str, Any] = {}
        self._roles: dict[str, Role] = {}
        self.topics: dict[str, str] = {}
        self._losses = Losses()
        self.lost = self._losses.counts
        self.mismatched: dict[str, str] = {}
        self.refused: dict[str, str] = {}
        # Where the namespace has nothing to record: what is in others.
        self.elsewhere = ''

    def look(self) -> dict[str, StreamSettings]:
        """Follow the graph; give the topics that were subscribed to now, with their settings."""
        present = self._present()
        wanted, refused = self.plan.wanted(present)
        self.elsewhere = self.plan.left_elsewhere(present, wanted)
        for topic, msgtype in list(self.topics.items()):
            # It vanished, is published with another type, or a transport came that is preferred.
            if topic not in wanted or wanted[topic].info.msgtype != msgtype:
                self._let_go(topic)
        # A publisher came that offers less than the others did: ask for less.
        for topic in list(self.mismatched) if self._reliability == 'auto' else ():
            self._let_go(topic)
        new: dict[str, StreamSettings] = {}
        for topic, row in wanted.items():
            if topic not in self._handles:
                try:
                    self._subscribe(topic, row.info.msgtype, row.settings.role)
                    new[topic] = row.settings
                except SettingsError as error:
                    refused[topic] = str(error)
        for topic, reason in refused.items():
            if topic not in self.refused:
                self._node.get_logger().warning(f'{topic} is not recorded: {reason}')
        self.refused = refused
        return new

    def _present(self) -> dict[str, list[str]]:
        """Give the types by topic of what is published, the one that we take first."""
        present: dict[str, list[str]] = {}
        for topic, kinds in self._node.get_topic_names_and_types():
            if any(is_own(topic, kind) for kind in kinds):
                continue
            own = self.topics.get(topic)
            if own is not None:
                # The graph's types are those of subscriptions, too, and ours may be the last.
                ends = self._node.get_publishers_info_by_topic(topic)
                types = sorted({end.topic_type for end in ends})
                kinds = sorted(types, key=own.__ne__)
            elif not self._node.count_publishers(topic):
                continue
            if kinds:
                present[topic] = kinds
        return present

    def close(self, turns: Turns) -> None:
        """Take what was published before, also what is still under way; unsubscribe."""
        began, began_ns, limit_s = time.monotonic(), time.time_ns(), LAST_CALL_S
        quiet = taken = 0
        while self._handles and time.monotonic() - began < limit_s:
            if turns.were_late():
                limit_s = LATE_CALL_S
            elif quiet >= QUIET_TURNS:
                break
            time.sleep(TURN_S if quiet else 0.0)
            news = sum(self._take_all(topic, began + limit_s, began_ns) for topic in self._handles)
            if news and quiet > QUIET_TURNS:
                turns.hear_again()
            quiet, taken = 0 if news else quiet + 1, taken + news
        for topic in list(self._handles):
            self._let_go(topic)
        if taken:
            self._node.get_logger().info(
                f'messages that had come before the stop and were taken now: {taken}')

    def _subscribe(self, topic: str, msgtype: str, role: Role) -> None:
        offers = [end.qos_profile for end in self._node.get_publishers_info_by_topic(topic)]
        profile = adapt(offers, self._reliability, max(self._depth, _depth_of(msgtype, role)))
        events = lost_and_incompatible(
            partial(self._losses.told, topic), partial(self.mismatched.__setitem__, topic)
        )
        self._handles[topic] = self._node.create_subscription(
            message_class(msgtype), topic, partial(self._take, topic, msgtype, role), profile,
            event_callbacks=events,
        )
        self.topics[topic], self._roles[topic] = msgtype, role
        self._node.get_logger().info(f'recording {topic} ({msgtype}, {profile.reliability.name})')

    def _let_go(self, topic: str) -> None:
        # Its publisher may have ended while its last messages waited for their turn.
        self._take_all(topic, time.monotonic() + LAST_CALL_S)
        self._node.destroy_subscription(self._handles.pop(topic))
        self._losses.forget(topic)
        del self.topics[topic]
        self.mismatched.pop(topic, None)

    def _take(
        self, topic: str, msgtype: str, role: Role, msg: Any, info: Mapping[str, Any]
    ) -> None:
        self._losses.heard(topic, info)
        self._heard(topic, msgtype, role, msg)

    def _take_all(self, topic: str, until: float, before_ns: int = 0) -> int:
        """Take what waits in the middleware's queue; give how many were published before."""
        subscription, count = self._handles[topic], 0
        msgtype, role = self.topics[topic], self._roles[topic]
        while time.monotonic() < until:
            with subscription.handle:
                taken = subscription.handle.take_message(subscription.msg_type, subscription.raw)
            if taken is None:
                break
            self._take(topic, msgtype, role, *taken)
            count += taken[1]['source_timestamp'] <= before_ns
        return count


def _depth_of(msgtype: str, role: Role) -> int:
    if role not in ('image', 'lidar'):
        return SMALL_DEPTH
    return COMPRESSED_DEPTH if 'Compressed' in msgtype else 1


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
