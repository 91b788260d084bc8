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

"""Write a drive as a rosbag2 recording, with its ground truth beside."""

from __future__ import annotations

import json
from pathlib import Path
import shutil
from typing import Any

from rosbags.interfaces import (
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer

from scenebox_ros.demo.drive import Drive
from scenebox_ros.demo.messages import typestore

TRUTH = 'ground_truth.json'


def record(drive: Drive, folder: Path) -> Path:
    """
    Write the drive as an mcap recording (zstd chunks) with ``ground_truth.json``.

    Parameters
    ----------
    drive
        What to record.
    folder
        The recording's folder; it must not exist, its parent must.

    Returns
    -------
    pathlib.Path
        The folder. It appears only once it is complete.

    """
    workshop = folder.parent / f'.{folder.name}.part'
    shutil.rmtree(workshop, ignore_errors=True)
    workshop.mkdir()
    unfinished = workshop / folder.name
    store = typestore()
    writer = Writer(unfinished, version=9, storage_plugin=StoragePlugin.MCAP)
    writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)
    with writer:
        connections: dict[str, Any] = {}
        for message in drive.messages():
            if message.topic not in connections:
                connections[message.topic] = writer.add_connection(
                    message.topic, message.msgtype, typestore=store,
                    offered_qos_profiles=_offered(message.topic),
                )
            raw = store.serialize_cdr(message.msg, message.msgtype)
            writer.write(connections[message.topic], message.log_ns, raw)
    (unfinished / TRUTH).write_text(json.dumps(drive.truth(), indent=1))
    unfinished.rename(folder)
    workshop.rmdir()
    return folder


def _offered(topic: str) -> list[Qos]:
    if topic != '/tf_static':
        return []
    never = QosTime(9223372036, 854775807)
    return [
        Qos(
            QosHistory.KEEP_LAST, 1, QosReliability.RELIABLE, QosDurability.TRANSIENT_LOCAL,
            never, never, QosLiveliness.AUTOMATIC, never, avoid_ros_namespace_conventions=False,
        )
    ]
