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

"""Watch topics and diagnostics for triggers; callbacks decode small messages and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.qos import qos_profile_sensor_data

from scenebox_ros.capture.triggers import Alarms, Condition, Edge
from scenebox_ros.decode import decode
from scenebox_ros.decode.sample import OWN_HARDWARE
from scenebox_ros.errors import DecodeError, SettingsError
from scenebox_ros.model.readings import Sample
from scenebox_ros.nodes.managed import ManagedNode
from scenebox_ros.nodes.moments import Call, moment_of
from scenebox_ros.nodes.subscriptions import message_class

LOOK_PERIOD_S = 1.0
DIAGNOSTICS = '/diagnostics'


class Watch:
    """
    Watch conditions on topics, which may appear late.

    Parameters
    ----------
    node
        Who subscribes.
    conditions
        What is watched.
    told
        Called with a condition, whether it holds, and the message's stamp, for every message of
        its topic.

    """

    def __init__(
        self,
        node: ManagedNode,
        conditions: Sequence[Condition],
        told: Callable[[Condition, bool, int], None],
    ) -> None:
        self._node, self._conditions, self._told = node, conditions, told
        self._topics: set[str] = set()
        self.problems: dict[str, str] = {}
        if conditions:
            node.every(LOOK_PERIOD_S, self._look)

    def absent(self) -> dict[str, str]:
        """Give the topics that were never there, and say so."""
        return {condition.topic: 'nobody publishes it' for condition in self._conditions
                if condition.topic not in self._topics}

    def _look(self) -> None:
        present = dict(self._node.get_topic_names_and_types())
        for topic in sorted({condition.topic for condition in self._conditions}):
            if topic in present and topic not in self._topics:
                self._topics.add(topic)
                self._subscribe(topic, present[topic][0])

    def _subscribe(self, topic: str, msgtype: str) -> None:
        try:
            kind = message_class(msgtype)
        except SettingsError as error:
            self._problem(topic, str(error))
            return
        heard = partial(self._heard, topic, msgtype)
        self._node.listen(kind, topic, heard, qos_profile_sensor_data)

    def _heard(self, topic: str, msgtype: str, msg: Any) -> None:
        try:
            readings = decode(msgtype, msg, 'scalar')
        except DecodeError as error:
            self._problem(topic, str(error))
            return
        values = {one.name: one.value for one in readings if isinstance(one, Sample)}
        for condition in self._conditions:
            if condition.topic != topic:
                continue
            if condition.field in values:
                stamp_ns = moment_of(msg, self._node.now_ns())
                self._told(condition, condition.holds(values[condition.field]), stamp_ns)
            elif topic not in self.problems:
                some = ', '.join(list(values)[:5]) or 'nothing that is a number or a word'
                self._problem(topic, f'{msgtype} gives no {condition.field!r}; it gives {some}')

    def _problem(self, topic: str, reason: str) -> None:
        if topic not in self.problems:
            self.problems[topic] = reason
            self._node.get_logger().error(f'{topic} cannot be watched: {reason}')


def fires(call: Callable[[Call], object]) -> Callable[[Condition, bool, int], None]:
    """Make what a watch tells into a call as each condition begins to hold."""
    edge = Edge()

    def told(condition: Condition, holds: bool, stamp_ns: int) -> None:
        if edge.rises(str(condition), holds):
            call(Call(str(condition), stamp_ns))

    return told


def watch_diagnostics(
    node: ManagedNode, call: Callable[[Call], object], is_everybodys: bool
) -> None:
    """
    Call with a component's name as it turns ERROR; our own nodes are left out.

    Parameters
    ----------
    node
        Who subscribes.
    call
        Called as a component turns ERROR.
    is_everybodys
        Whether what nodes in other vehicles' namespaces say counts, too: all share the topic, and
        components of two vehicles may have one name.

    """
    alarms = Alarms()

    def heard(array: DiagnosticArray, info: Mapping[str, Any]) -> None:
        if not is_everybodys and _is_elsewhere(node, info):
            return
        levels = [
            (status.name, status.level[0]) for status in array.status
            if status.hardware_id != OWN_HARDWARE
        ]
        for name in alarms.turned(levels):
            call(Call(name, moment_of(array, node.now_ns())))

    node.listen(DiagnosticArray, DIAGNOSTICS, heard, 50)


def _is_elsewhere(node: ManagedNode, info: Mapping[str, Any]) -> bool:
    """Say whether a message's publisher is in another namespace; who is in none is everybody's."""
    gid = (info.get('publisher_gid') or {}).get('data')
    for end in node.get_publishers_info_by_topic(DIAGNOSTICS):
        if bytes(end.endpoint_gid) == gid:
            its, own = (f'{name.rstrip("/")}/' for name in (
                end.node_namespace, node.get_namespace()))
            return not (its.startswith(own) or own.startswith(its))
    return False
