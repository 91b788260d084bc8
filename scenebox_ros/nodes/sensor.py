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
The sensor node: any number of topics of one kind, into the spool.

Threads: the executor's thread runs the callbacks, which only hand over; one worker (worker.py)
decodes, encodes and stores. ``finish`` stops the worker once all that was taken is stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import Any

from rclpy.subscription import Subscription
from std_msgs.msg import String

from scenebox_ros.bags.plan import sensor_name
from scenebox_ros.capture import Capture, recover
from scenebox_ros.decode import can_decode, POSES
from scenebox_ros.errors import SettingsError
from scenebox_ros.model.settings import CaptureSettings, Role, StreamSettings
from scenebox_ros.nodes.intake import Intake, Item
from scenebox_ros.nodes.managed import ManagedNode, OK, WARN
from scenebox_ros.nodes.options import Option
from scenebox_ros.nodes.qos import adapt, lost_and_incompatible
from scenebox_ros.nodes.spooling import (
    LATCHED,
    open_spool,
    SESSION_TOPIC,
    SessionState,
    SPOOL,
    SPOOL_LIMITS,
    video_folder,
)
from scenebox_ros.nodes.topics import Choice
from scenebox_ros.nodes.worker import Worker

LOOK_PERIOD_S = 1.0
MB = 1_000_000

TOPIC_OPTIONS = (
    Option('topics', [], 'topics by name, or by pattern (begins with ^); empty: all of the type'),
    Option('exclude', [], 'topics or patterns to leave out'),
    Option(
        'reliability', 'auto', 'QoS; auto adapts to what the publishers offer',
        choices=('auto', 'reliable', 'best_effort'),
    ),
    Option('depth', 10, 'messages that the middleware keeps for us per topic', 1, 1000),
    Option('intake_messages', 200, 'messages that may wait for the worker', 1, 100_000),
    Option('intake_mb', 256, 'megabytes that may wait for the worker', 1, 100_000),
    Option('fix_topics', [], 'topics with fixes for geotags; empty: all of a fix\'s type'),
    Option('track_topics', [], 'odometry or poses that are fixes around the datum'),
    Option('datum', '', 'of their frame: latitude, longitude, altitude in m, heading in degrees'),
)
SAMPLING_OPTIONS = (
    Option('every_nth', 1, 'keep every n-th message', 1, 1_000_000, is_live=True),
    Option('max_rate_hz', 0.0, 'keep at most this many a second; 0: all', 0.0, 1000.0, True),
    Option('min_distance_m', 0.0, 'keep one every so many metres; 0: all', 0.0, 1e6, True),
    Option('priority', 0, 'higher uploads first and is shed last', -100, 100, True),
    Option(
        'stamps', 'header', 'whose time counts: the sensor\'s or the arrival\'s', is_live=True,
        choices=('header', 'receive'),
    ),
)
# What ROS and we say about ourselves is not sensor data.
OWN_TOPICS = frozenset(['/diagnostics', '/rosout', '/parameter_events', f'/{SESSION_TOPIC}'])
# Asked for where clouds are deskewed.
TF_TYPE = 'tf2_msgs/msg/TFMessage'
TF_TOPICS = ('/tf', '/tf_static')


class SensorNode(ManagedNode):
    """
    Subscribe to topics of some roles and spool what they say.

    Parameters
    ----------
    name
        The node's name.
    roles
        Which kinds of message types it takes.

    """

    def __init__(self, name: str, roles: Sequence[Role], options: Sequence[Option]) -> None:
        self.options = (*TOPIC_OPTIONS, *SAMPLING_OPTIONS, *options, SPOOL, *SPOOL_LIMITS)
        self._roles = roles
        self._topics: dict[str, tuple[str, Subscription]] = {}
        self._streams: dict[str, StreamSettings] = {}
        self._lost: Counter[str] = Counter()
        self._mismatched: dict[str, str] = {}
        self._datum: tuple[float, ...] = ()
        self._session = SessionState()
        self._worker: Worker | None = None
        super().__init__(name)
        self._defaults = self._stream_settings()

    # -- lifecycle --------------------------------------------------------------------------------
    def begin(self) -> None:
        """Open the spool and listen for the session."""
        self._datum = read_datum(self.values['datum'], self.values['track_topics'])
        self._choice = Choice(
            self.values['topics'], self.values['exclude'], self.values.get('transport', 'all')
        )
        self._spool = open_spool(self.values)
        # What a crash has cut off need not wait for the next session.
        recover(video_folder(self.values), self._spool)
        self._intake = Intake(self.values['intake_messages'], self.values['intake_mb'] * MB)
        self._worker = Worker(self._intake, self._now)
        self.create_subscription(String, SESSION_TOPIC, self._on_session, LATCHED)
        self.create_timer(LOOK_PERIOD_S, self._look)

    def resume(self) -> None:
        """Subscribe to what is there and to what will come."""
        assert self._worker is not None
        self._worker.start()
        self.is_active = True
        self._look()

    def pause(self) -> None:
        """Unsubscribe; what was taken is still worked off."""
        for _, subscription in self._topics.values():
            self.destroy_subscription(subscription)
        self._topics.clear()

    def flush(self) -> None:
        """Send what waits for a fix or a batch to the spool."""
        if self._worker is not None:
            self._worker.flush()

    def finish(self) -> None:
        """Unsubscribe, work off the intake, close capture and spool."""
        self.pause()
        if self._worker is not None:
            self._worker.stop()
            self._worker = None
            self._spool.close()

    def change(self, values: dict[str, Any]) -> None:
        """Use other sampling from the next message on."""
        try:
            self._defaults = replace(self._defaults, **values)
        except TypeError as error:
            raise SettingsError(str(error)) from error
        changed = {
            topic: replace(stream, **values)
            for topic, stream in self._streams.items() if stream.role in self._roles
        }
        self._streams.update(changed)
        if self._worker is not None:
            self._worker.reconfigure(changed)

    # -- topics -----------------------------------------------------------------------------------
    def _look(self) -> None:
        """Follow the graph: subscribe to new topics, let go of those without publishers."""
        if not self.is_active:
            return
        present = {
            topic: kinds for topic, kinds in self.get_topic_names_and_types()
            if topic not in OWN_TOPICS and self.count_publishers(topic)
        }
        wanted = self._choice.pick(present, _types_of(self._roles, present))
        for topic, msgtype in self._fix_topics(present).items():
            wanted.setdefault(topic, msgtype)
        if self.values.get('deskew_to'):
            wanted.update({topic: TF_TYPE for topic in TF_TOPICS if topic in present})
        for topic, msgtype in wanted.items():
            if topic not in self._topics:
                self._subscribe(topic, msgtype)
        for topic in [kept for kept in self._topics if kept not in present]:
            self.destroy_subscription(self._topics.pop(topic)[1])

    def _fix_topics(self, present: dict[str, list[str]]) -> dict[str, str]:
        named, tracks = self.values['fix_topics'], self.values['track_topics']
        found = {}
        for topic, kinds in present.items():
            for kind in kinds:
                is_fix = can_decode(kind) == 'fix' and (not named or topic in named)
                is_track = topic in tracks and kind in POSES
                # A receiver whose messages are not installed here gives no geotags, no trouble.
                if is_track or (is_fix and is_installed(kind)):
                    found[topic] = kind
        return found

    def _subscribe(self, topic: str, msgtype: str) -> None:
        offers = [end.qos_profile for end in self.get_publishers_info_by_topic(topic)]
        profile = adapt(offers, self.values['reliability'], self.values['depth'])
        events = lost_and_incompatible(
            partial(self._on_lost, topic), partial(self._mismatched.__setitem__, topic)
        )
        is_track = topic in self.values['track_topics'] and msgtype in POSES
        role = 'fix' if is_track else can_decode(msgtype) or 'skip'
        is_ours = role in self._roles
        # Another node records the fixes; here they only say where a frame was taken.
        stream = self._defaults if is_ours else StreamSettings(is_recorded=False)
        self._streams[topic] = replace(
            stream, role=role, sensor=sensor_name(topic), datum=self._datum if is_track else (),
            fields=fields_of(topic, self.values.get('fields', ())))
        if self._worker is not None:
            self._worker.reconfigure({topic: self._streams[topic]})
        subscription = self.create_subscription(
            _message_class(msgtype), topic, partial(self._on_message, topic, msgtype), profile,
            event_callbacks=events,
        )
        self._topics[topic] = msgtype, subscription
        self.get_logger().info(f'recording {topic} ({msgtype}, {profile.reliability.name})')

    def _on_message(self, topic: str, msgtype: str, msg: Any) -> None:
        # No decoding or writing here: a callback that waits loses the next message.
        item = Item(topic, msgtype, msg, self._now(), _size_of(msg))
        if not self._intake.offer(item):
            self.get_logger().warning(
                'intake is full, dropping messages; lower the rate or raise intake_mb',
                throttle_duration_sec=5.0,
            )

    def _on_lost(self, topic: str, count: int) -> None:
        self._lost[topic] += count

    # -- session ----------------------------------------------------------------------------------
    def _on_session(self, msg: String) -> None:
        try:
            session = SessionState.from_json(msg.data)
        except SettingsError as error:
            self.get_logger().error(str(error))
            return
        if session == self._session or self._worker is None:
            return
        self._session = session
        self._worker.use(self._capture(session) if session.is_open else None)

    def _capture(self, session: SessionState) -> Capture:
        settings = CaptureSettings(
            session.name, dict(self._streams), resolution_s=session.resolution_s
        )
        return Capture(
            settings, self._spool, session.key, ends_session=False,
            video_folder=video_folder(self.values),
        )

    def _stream_settings(self) -> StreamSettings:
        known = StreamSettings.__dataclass_fields__
        return StreamSettings(**{
            name: value for name, value in self.values.items() if name in known and name != 'datum'
        })

    def _now(self) -> int:
        return int(self.get_clock().now().nanoseconds)

    def health(self) -> tuple[bytes, str, dict[str, object]]:
        """Tell per topic what came, what was lost and where, and what waits."""
        if self._worker is None:
            return OK, 'not configured', {}
        details: dict[str, object] = {
            'session': self._session.name or 'none',
            'waiting_messages': len(self._intake),
            'waiting_bytes': self._intake.waiting_bytes,
            'outside_sessions': self._worker.outside_sessions,
        }
        for topic in self._topics:
            details[f'{topic} received'] = self._intake.received[topic]
            details[f'{topic} lost_in_middleware'] = self._lost[topic]
            details[f'{topic} dropped_at_intake'] = self._intake.dropped[topic]
        report = self._worker.report()
        for topic, counts in (report.streams if report else {}).items():
            details[f'{topic} kept'] = counts.kept
            details[f'{topic} undecodable'] = counts.undecodable
            details[f'{topic} refused_by_spool'] = counts.refused
        return (*self._verdict(), details)

    def _verdict(self) -> tuple[bytes, str]:
        if self._mismatched:
            topic, policy = next(iter(self._mismatched.items()))
            return WARN, f'{topic}: a publisher offers another QoS ({policy}); set reliability'
        if sum(self._lost.values()) > sum(self._intake.received.values()) // 20:
            return WARN, (
                'the middleware loses messages; start the publishers with the shared-memory '
                'profile in share/scenebox_ros/config/fastdds_shm.xml'
            )
        if self._worker is not None and self._worker.failure:
            return WARN, self._worker.failure
        if not self.is_active:
            return OK, 'paused'
        return OK, f'recording {len(self._topics)} topics'


def _types_of(roles: Sequence[Role], present: dict[str, list[str]]) -> set[str]:
    return {kind for kinds in present.values() for kind in kinds if can_decode(kind) in roles}


def _message_class(msgtype: str) -> Any:
    package, _, name = msgtype.split('/')
    try:
        return getattr(import_module(f'{package}.msg'), name)
    except (ImportError, AttributeError) as error:
        raise SettingsError(
            f'message type {msgtype} is not installed here; install the package {package}'
        ) from error


def is_installed(msgtype: str) -> bool:
    """Tell whether a message type can be subscribed to here."""
    try:
        _message_class(msgtype)
    except SettingsError:
        return False
    return True


def fields_of(topic: str, named: Sequence[str]) -> tuple[str, ...]:
    """Pick a topic's own paths, ``/imu/data.angular_velocity.z``, and those of every topic."""
    own = (name.removeprefix(f'{topic}.') for name in named)
    return tuple(path for path in own if not path.startswith('/'))


def read_datum(text: str, tracks: Sequence[str]) -> tuple[float, ...]:
    """Read the datum, which topics with metres need; what is wrong with it is said at once."""
    try:
        datum = tuple(float(part) for part in text.split(',') if part.strip())
    except ValueError as error:
        raise SettingsError(f'datum is {text!r}; write numbers: "48.1, 11.5, 520, 0"') from error
    if tracks and not datum:
        raise SettingsError(f'{tracks[0]} has metres and no positions; set datum')
    return StreamSettings(datum=datum).datum


def _size_of(msg: Any) -> int:
    payload = getattr(msg, 'data', None)
    try:
        return len(payload) + 200 if payload is not None else 1000
    except TypeError:
        return 1000
