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

"""Documented methods about bags, called against a real server, with the recordings we ship."""

from pathlib import Path
import shutil

from rosbags.rosbag1 import Writer
from rosbags.typesys import get_typestore, Stores
from server_samples import name, png

import scenebox_ros.demo

RECORDINGS = Path(scenebox_ros.demo.__file__).parent / 'recordings'
LUMINAR = RECORDINGS / 'luminar'


def clouds(engine, uid):
    return engine.search_meta('lidars', {'filters': [{'field': 'session_uid', 'values': [uid]}]})


def bag_of_images(path, count=3):
    """Write a ROS 1 bag of compressed images, one a second."""
    types = get_typestore(Stores.ROS1_NOETIC)
    kind = 'sensor_msgs/msg/CompressedImage'
    make, header, stamp = (types.types[one] for one in (
        kind, 'std_msgs/msg/Header', 'builtin_interfaces/msg/Time'))  # fmt: skip
    import numpy as np

    with Writer(path) as writer:
        connection = writer.add_connection('/camera/compressed', kind, typestore=types)
        for second in range(count):
            moment = stamp(sec=1_700_000_000 + second, nanosec=0)
            message = make(
                header=header(seq=second, stamp=moment, frame_id='cam'), format='png',
                data=np.frombuffer(png(second * 50), np.uint8),
            )
            raw = types.serialize_ros1(message, kind)
            writer.write(connection, (1_700_000_000 + second) * 10**9, raw)


def test_a_ros_1_bag_becomes_a_session(engine, tmp_path):
    bag_of_images(tmp_path / 'ride.bag')
    title = name('ride')
    job_id = engine.index_rosbag(title, rosbag_path=tmp_path / 'ride.bag', image_skip_factor=1,
                                 wait_for_completion=True)  # fmt: skip
    images = engine.assets_in_set(f'{title}_images')

    assert engine.get_job(job_id).status == 'finished'
    assert len(images) == 3
    bodies = engine.get_asset_manager('images').get_bytes_in_batch(images)
    assert set(bodies.values()) == {png(second * 50) for second in range(3)}


def test_a_ros_2_bag_becomes_a_session(engine):
    title = name('ride')
    reply = engine.index_rosbag2(title, ['luminar_ros2.mcap'], folder_path=LUMINAR,
                                 wait_for_completion=True)  # fmt: skip

    assert engine.get_job(reply['job_id']).status == 'finished'
    (session,) = engine.search_meta(
        'sessions', {'filters': [{'field': 'session_name', 'values': [title]}]}
    )
    assert len(clouds(engine, session['id'])) == 10


def test_a_bag_is_uploaded_without_being_indexed(engine, tmp_path):
    shutil.copy(LUMINAR / 'luminar_ros2.mcap', tmp_path)
    (entry,) = engine.add_rosbag2(['luminar_ros2.mcap'], folder_path=tmp_path)
    manager = engine.get_asset_manager('rosbags')
    url = manager.get_urls_from_object_accesses({'bag': entry})['bag']

    assert entry['filename'].endswith('luminar_ros2.mcap')
    assert manager.get_bytes('bag', url=url) == (LUMINAR / 'luminar_ros2.mcap').read_bytes()


def test_uploaded_bags_are_registered_as_a_session(engine):
    manager = engine.get_asset_manager('rosbags')
    manager.put_asset({'timestamp': '2024-01-01T00:00:00Z'}, id='kept',
                      file_path=LUMINAR / 'luminar_ros2.mcap')  # fmt: skip
    title = name('registered')
    job_id, uid = engine.register_rosbag_session(title, rosbag_ids=['kept'])

    assert engine.get_job(job_id).status == 'finished'
    assert engine.get_metadata(uid, 'sessions')['start_time'].startswith('20')
    assert len(engine.assets_in_set(f'{title}_lidars')) == 10
