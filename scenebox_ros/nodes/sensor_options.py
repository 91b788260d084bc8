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

"""The parameters that all sensor nodes have."""

from __future__ import annotations

from collections.abc import Sequence

from scenebox_ros.nodes.options import Option, SETTINGS
from scenebox_ros.nodes.spooling import SPOOL, SPOOL_LIMITS

TOPIC_OPTIONS = (
    Option(
        'topics', [], 'topics by name, pattern (begins with ^) or type (sensor_msgs/msg/Imu); '
        'empty: all that the node can record',
    ),
    Option('exclude', [], 'topics, patterns or types to leave out'),
    SETTINGS,
    Option(
        'streams', [], 'settings of single topics, over those of the file and of the node, like '
        '"/camera/(left|right)/.*:max_rate_hz=5.0,jpeg_quality=80"', is_live=True,
    ),
    Option(
        'reliability', 'auto', 'QoS; auto adapts to what the publishers offer',
        choices=('auto', 'reliable', 'best_effort'),
    ),
    Option(
        'depth', 10,
        'messages that the middleware keeps for us per topic; of small and compressed ones more',
        1, 1000,
    ),
    Option('intake_messages', 2000, 'messages that may wait for the worker', 1, 100_000),
    Option('intake_mb', 256, 'megabytes that may wait for the worker', 1, 100_000),
    Option(
        'silent_after_s', 10.0, 'a camera, lidar or position that says nothing for so long is '
        'told in the diagnostics; 0: never', 0.0, 86_400.0, True,
    ),
    Option('fix_topics', [], 'topics with positions for geotags; empty: all with fixes'),
)
SAMPLING_OPTIONS = (
    Option('every_nth', 1, 'keep every n-th message', 1, 1_000_000, is_live=True),
    Option('max_rate_hz', 0.0, 'keep at most this many a second; 0: all', 0.0, 1000.0, True),
    Option('min_distance_m', 0.0, 'keep one every so many metres; 0: all', 0.0, 1e6, True),
    Option('on_change', False, 'keep only what differs from the one before', is_live=True),
    Option('priority', 0, 'higher uploads first and is shed last', -100, 100, True),
    Option(
        'stamps', 'header', 'whose time counts: the sensor\'s or the arrival\'s', is_live=True,
        choices=('header', 'receive'),
    ),
    Option(
        'max_clock_offset_s', 86_400.0, 'a stamp further than this from its arrival is not '
        'believed; 0: believe all', 0.0, 1e9, True,
    ),
)
# Of cameras and lidars.
SNAPSHOT_OPTIONS = (
    Option(
        'snapshot_every_s', 0.0, 'keep only the frame nearest to each multiple of this, of all '
        'sensors that say the same; 0: all frames', 0.0, 3600.0, True,
    ),
    Option(
        'snapshot_tolerance_s', 0.05, 'how far from the moment the frame of a snapshot may be',
        0.0, 3600.0, True,
    ),
)
ROLL_OPTIONS = (
    Option(
        'record', 'always', 'keep everything, or only what is around triggers',
        choices=('always', 'triggered'),
    ),
    Option('before_s', 10.0, 'triggered: seconds kept before a trigger', 0.0, 3600.0, True),
    Option('after_s', 10.0, 'triggered: seconds kept after a trigger', 0.0, 3600.0, True),
    Option(
        'rolls', [], 'triggered: other seconds for some topics, like "/lidar/points 2.0 5.0"',
        is_live=True,
    ),
    Option(
        'roll_by', 'stamp', 'triggered: whether the seconds are those of the messages or of their '
        'arrival', choices=('stamp', 'arrival'),
    ),
    Option(
        'before_session_s', 10.0, 'seconds kept of what comes before a session begins; 0: none',
        0.0, 3600.0, True,
    ),
    Option(
        'ring_mb', 512, 'megabytes that may be held before triggers, and as many before sessions',
        1, 1_000_000, True,
    ),
)


def options_of(options: Sequence[Option]) -> tuple[Option, ...]:
    """List all options of a sensor node that has some of its own."""
    return (
        *TOPIC_OPTIONS, *SAMPLING_OPTIONS, *ROLL_OPTIONS, *options, SPOOL, *SPOOL_LIMITS
    )
