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

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
import time
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
# What a publisher says of whom nobody tells waits for so long, and counts then; so many at most.
UNKNOWN_S = 5.0
MOST = 1000


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
    waiting: deque[tuple[float, int, DiagnosticArray, Mapping[str, Any]]] = deque(maxlen=MOST)

    def heard(array: DiagnosticArray, info: Mapping[str, Any]) -> None:
        waiting.append((time.monotonic(), node.now_ns(), array, info))
        look()

    def look() -> None:
        # In order, as what a component said last counts.
        while waiting:
            came, now_ns, array, info = waiting[0]
            place = '' if is_everybodys else _namespace(node, info)
            if place is None and time.monotonic() - came < UNKNOWN_S:
                return
            waiting.popleft()
            if not _is_elsewhere(place or '', node.get_namespace()):
                judge(array, now_ns)

    def judge(array: DiagnosticArray, now_ns: int) -> None:
        levels = [
            (status.name, status.level[0]) for status in array.status
            if status.hardware_id != OWN_HARDWARE
        ]
        for name in alarms.turned(levels):
            call(Call(name, moment_of(array, now_ns)))

    node.listen(DiagnosticArray, DIAGNOSTICS, heard, 50)
    node.every(LOOK_PERIOD_S, look)


def _namespace(node: ManagedNode, info: Mapping[str, Any]) -> str | None:
    """Give the namespace of a message's publisher, None if nobody has told of it."""
    gid = info.get('publisher_gid')
    if not gid:
        return ''  # older middleware does not say who published
    for end in node.get_publishers_info_by_topic(DIAGNOSTICS):
        # A publisher is known before the node that it belongs to is.
        if bytes(end.endpoint_gid) == gid['data'] and end.node_namespace.startswith('/'):
            return str(end.node_namespace)
    return None


def _is_elsewhere(place: str, own: str) -> bool:
    """Say whether one namespace is in no way within the other."""
    its, own = f'{place.rstrip("/")}/', f'{own.rstrip("/")}/'
    return not (its.startswith(own) or own.startswith(its))
