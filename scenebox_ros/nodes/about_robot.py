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

"""What the robot says about itself, as metadata of the session: description, fixed transforms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from std_msgs.msg import String

from scenebox_ros.capture.about import SessionMetadata
from scenebox_ros.decode import decode
from scenebox_ros.errors import DecodeError, SettingsError
from scenebox_ros.model.readings import Text, Transform
from scenebox_ros.model.records import Record
from scenebox_ros.model.settings import CaptureSettings
from scenebox_ros.nodes.managed import ManagedNode
from scenebox_ros.nodes.qos import LATCHED, latched
from scenebox_ros.nodes.spooling import SessionState
from scenebox_ros.nodes.subscriptions import message_class

TF_TYPE, TF_STATIC, DESCRIPTION = 'tf2_msgs/msg/TFMessage', '/tf_static', 'robot_description'


class AboutRobot:
    """
    Listen to what is said once and stays true, and tell it to every session.

    Parameters
    ----------
    node
        Who listens.

    """

    def __init__(self, node: ManagedNode) -> None:
        self._node = node
        self._known: dict[tuple[str, str], tuple[str, Text | Transform]] = {}
        self._told: SessionMetadata | None = None
        node.listen(String, DESCRIPTION, self._on_description, LATCHED)
        try:
            kind = message_class(TF_TYPE)
        except SettingsError as error:
            node.get_logger().info(f'sessions have no fixed transforms: {error}')
        else:
            # Every broadcaster keeps its own last message for those who come late.
            node.listen(kind, TF_STATIC, self._on_static, latched(100))

    def begin(self, session: SessionState, metadata: dict[str, Any]) -> None:
        """Begin a session: it will be told all that is known."""
        settings = CaptureSettings(
            session.name, resolution_s=session.resolution_s, metadata=metadata)
        self._told = SessionMetadata(session.key, settings)
        for topic, reading in self._known.values():
            self._told.learn(topic, reading, 0)

    def news(self, now_ns: int) -> Record | None:
        """Give the session's record if there is more to tell than before."""
        return self._told.record_if_changed(now_ns) if self._told is not None else None

    def _learn(self, topic: str, name: str, reading: Text | Transform) -> None:
        self._known[topic, name] = topic, reading
        if self._told is not None:
            self._told.learn(topic, reading, 0)

    def _on_description(self, msg: String) -> None:
        self._learn(DESCRIPTION, DESCRIPTION, Text(DESCRIPTION, msg.data, 0))

    def _on_static(self, msg: Any) -> None:
        try:
            for reading in decode(TF_TYPE, msg):
                if isinstance(reading, Transform):
                    fixed = replace(reading, is_static=True)
                    self._learn(TF_STATIC, reading.child_frame_id, fixed)
        except DecodeError as error:
            self._node.get_logger().warning(f'{TF_STATIC}: {error}')
