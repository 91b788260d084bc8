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

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from std_msgs.msg import String

from scenebox_ros.bags.plan import sensor_name
from scenebox_ros.capture import Capture, CaptureReport, recover
from scenebox_ros.capture.roll import read_rolls, Roll, RollSettings
from scenebox_ros.errors import SettingsError
from scenebox_ros.model.settings import CaptureSettings, Role, StreamSettings
from scenebox_ros.nodes.accounting import Account, accounting_record
from scenebox_ros.nodes.intake import Intake, Item
from scenebox_ros.nodes.managed import ManagedNode, OK, TRIGGER_TYPE, WARN
from scenebox_ros.nodes.options import Option
from scenebox_ros.nodes.qos import LATCHED
from scenebox_ros.nodes.spooling import (
    open_spool,
    SESSION_TOPIC,
    SessionState,
    SPOOL,
    SPOOL_LIMITS,
    TRIGGER_TOPIC,
    video_folder,
)
from scenebox_ros.nodes.subscriptions import Subscriptions
from scenebox_ros.nodes.topics import Choice
from scenebox_ros.nodes.worker import Closed, Worker

LOOK_PERIOD_S = 1.0
MB = 1_000_000
MANY_LOST = 20

TOPIC_OPTIONS = (
    Option('topics', [], 'topics by name, or by pattern (begins with ^); empty: all of the type'),
    Option('exclude', [], 'topics or patterns to leave out'),
    Option(
        'reliability', 'auto', 'QoS; auto adapts to what the publishers offer',
        choices=('auto', 'reliable', 'best_effort'),
    ),
    Option(
        'depth', 10, 'messages that the middleware keeps for us per topic; of small ones more',
        1, 1000,
    ),
    Option('intake_messages', 200, 'messages that may wait for the worker', 1, 100_000),
    Option('intake_mb', 256, 'megabytes that may wait for the worker', 1, 100_000),
    Option('fix_topics', [], 'topics with fixes for geotags; empty: all NavSatFix topics'),
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
    Option('ring_mb', 512, 'triggered: megabytes that may be held', 1, 1_000_000, True),
)
ROLL_NAMES = frozenset(option.name for option in ROLL_OPTIONS)


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
        self.options = options_of(options)
        self._roles = roles
        self._streams: dict[str, StreamSettings] = {}
        self._session = SessionState()
        self._worker: Worker | None = None
        super().__init__(name)
        self._defaults = self._stream_settings()

    # -- lifecycle --------------------------------------------------------------------------------
    def begin(self) -> None:
        """Open the spool and listen for sessions and triggers."""
        values = self.values
        choice = Choice(values['topics'], values['exclude'], values.get('transport', 'all'))
        # Clouds are deskewed by where the vehicle was: /tf and /tf_static.
        roles = (*self._roles, 'transform') if values.get('deskew_to') else self._roles
        self._taken = Subscriptions(
            self, roles, choice, values['fix_topics'], values['reliability'],
            values['depth'], self._on_message,
        )
        self._roll: Roll[Item] | None = None
        if values['record'] == 'triggered':
            self._roll = Roll(self._roll_settings(values))
        self._spool = open_spool(values)
        # What a crash has cut off need not wait for the next session.
        recover(video_folder(values), self._spool)
        self._intake = Intake(values['intake_messages'], values['intake_mb'] * MB)
        self._worker = Worker(self._intake, self.now_ns, self._roll)
        columns = {
            'received': self._intake.received, 'dropped_at_intake': self._intake.dropped,
            'lost_in_middleware': self._taken.lost,
        }
        if self._roll is not None:
            columns |= {'not_triggered': self._roll.let_go, 'cut_short': self._roll.cut_short}
        self._account = Account(columns)
        self.listen(String, SESSION_TOPIC, self._on_session, LATCHED)
        self.listen(String, TRIGGER_TOPIC, lambda _: self._trigger(), 10)
        self.serve(TRIGGER_TYPE, '~/trigger', self._trigger)
        self.every(LOOK_PERIOD_S, self._look)

    def resume(self) -> None:
        """Subscribe to what is there and to what will come."""
        assert self._worker is not None
        self._worker.start()
        self.is_active = True
        self._look()

    def pause(self) -> None:
        """Unsubscribe; what was taken is still worked off."""
        if self._worker is not None:
            self._taken.close()

    def flush(self) -> None:
        """Send what waits for a fix or a batch to the spool."""
        if self._worker is not None:
            self._worker.flush()

    def finish(self) -> None:
        """Unsubscribe, work off the intake, close capture and spool."""
        self.pause()
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.stop(self._closing())
            self._session = SessionState()
            self._spool.close()

    def change(self, values: dict[str, Any]) -> None:
        """Use other sampling and other rolls from the next message on."""
        if ROLL_NAMES & set(values):
            settings = self._roll_settings({**self.values, **values})
            if self._worker is not None and self._roll is not None:
                self._intake.order(partial(self._roll.reconfigure, settings))
        sampling = {name: value for name, value in values.items() if name not in ROLL_NAMES}
        if not sampling:
            return
        self._defaults = replace(self._defaults, **sampling)
        changed = {
            topic: replace(stream, **sampling)
            for topic, stream in self._streams.items() if stream.role in self._roles
        }
        self._streams.update(changed)
        if self._worker is not None:
            self._worker.reconfigure(changed)

    # -- messages ---------------------------------------------------------------------------------
    def _look(self) -> None:
        if not self.is_active or self._worker is None:
            return
        new = self._taken.look()
        for topic, role in new.items():
            # Another node records the fixes; here they only say where a frame was taken.
            stream = self._defaults if role in self._roles else StreamSettings(is_recorded=False)
            self._streams[topic] = replace(stream, role=role, sensor=sensor_name(topic))
        if new:
            self._worker.reconfigure({topic: self._streams[topic] for topic in new})
            self._worker.let_pass(frozenset(
                topic for topic, stream in self._streams.items()
                if not stream.is_recorded or stream.role in ('calibration', 'transform')
            ))

    def _on_message(self, topic: str, msgtype: str, role: Role, msg: Any) -> None:
        # No decoding or writing here: a callback that waits loses the next message.
        item = Item(topic, msgtype, msg, self.now_ns(), _size_of(msg), role)
        if not self._intake.offer(item):
            self.get_logger().warning(
                'intake is full, dropping messages; lower the rate or raise intake_mb',
                throttle_duration_sec=5.0,
            )

    def _trigger(self) -> str:
        if self._worker is None or self._roll is None:
            return 'everything is recorded; set record to triggered to keep only what is around'
        self._worker.trigger(self.now_ns())
        return 'triggered'

    # -- session ----------------------------------------------------------------------------------
    def _on_session(self, msg: String) -> None:
        try:
            session = SessionState.from_json(msg.data)
        except SettingsError as error:
            self.get_logger().error(str(error))
            return
        if session == self._session or self._worker is None:
            return
        closing = self._closing()
        self._session = session
        self._worker.use(self._capture(session) if session.is_open else None, closing)

    def _closing(self) -> Closed:
        """Give what is to be done once the session that is on now is worked off."""
        return partial(self._tell_account, self._session, self._account.cut())

    def _tell_account(
        self, session: SessionState, counted: dict[str, dict[str, int]], report: CaptureReport
    ) -> None:
        name = self.get_fully_qualified_name()
        record = accounting_record(session.key, name, counted, report)
        if record is not None:
            self._spool.put([record])

    def _capture(self, session: SessionState) -> Capture:
        own = {self.get_fully_qualified_name(): {
            name: value for name, value in self.values.items() if name != SPOOL.name}}
        settings = CaptureSettings(
            session.name, dict(self._streams), resolution_s=session.resolution_s,
            video_segment_s=self.values.get('video_segment_s', 60.0),
            metadata={'parameters': own},
        )
        return Capture(
            settings, self._spool, session.key, ends_session=False,
            video_folder=video_folder(self.values),
        )

    def _stream_settings(self) -> StreamSettings:
        known = StreamSettings.__dataclass_fields__
        return StreamSettings(**{
            name: value for name, value in self.values.items() if name in known
        })

    @staticmethod
    def _roll_settings(values: dict[str, Any]) -> RollSettings:
        return RollSettings(
            values['before_s'], values['after_s'], read_rolls(values['rolls']),
            values['ring_mb'] * MB,
        )

    # -- health -----------------------------------------------------------------------------------
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
        if self._roll is not None:
            details['held_bytes'] = self._roll.held_bytes
        for topic in self._taken.topics:
            details[f'{topic} received'] = self._intake.received[topic]
            details[f'{topic} lost_in_middleware'] = self._taken.lost[topic]
            details[f'{topic} dropped_at_intake'] = self._intake.dropped[topic]
        report = self._worker.report()
        for topic, counts in (report.streams if report else {}).items():
            details[f'{topic} kept'] = counts.kept
            details[f'{topic} undecodable'] = counts.undecodable
            details[f'{topic} refused_by_spool'] = counts.refused
        for topic, reason in self._taken.refused.items():
            details[f'{topic} not_recorded'] = reason
        return (*self._verdict(report), details)

    def _verdict(self, report: CaptureReport | None) -> tuple[bytes, str]:
        taken = self._taken
        if taken.mismatched:
            topic, policy = next(iter(taken.mismatched.items()))
            return WARN, f'{topic}: a publisher offers another QoS ({policy}); set reliability'
        if taken.refused:
            topic, reason = next(iter(taken.refused.items()))
            return WARN, f'{topic} is not recorded: {reason}'
        if sum(taken.lost.values()) > sum(self._intake.received.values()) // MANY_LOST:
            return WARN, (
                'the middleware loses messages; start the publishers with the shared-memory '
                'profile in share/scenebox_ros/config/fastdds_shm.xml'
            )
        liar = _liar(report)
        if liar:
            return WARN, liar
        if self._worker is not None and self._worker.failure:
            return WARN, self._worker.failure
        if not self.is_active:
            return OK, 'paused'
        return OK, f'recording {len(taken.topics)} topics'


def options_of(options: Sequence[Option]) -> tuple[Option, ...]:
    """List all options of a sensor node that has some of its own."""
    return (
        *TOPIC_OPTIONS, *SAMPLING_OPTIONS, *ROLL_OPTIONS, *options, SPOOL, *SPOOL_LIMITS
    )


def _liar(report: CaptureReport | None) -> str:
    """Name a topic whose stamps cannot be true; empty if there is none."""
    for topic, counts in (report.streams if report else {}).items():
        if counts.stamps_unbelieved:
            return (
                f'{topic}: {counts.stamps_unbelieved} stamps are not believed (off by '
                f'{counts.clock_offset_s:.0f} s); set the sensor\'s clock, or stamps to receive'
            )
    return ''


def _size_of(msg: Any) -> int:
    payload = getattr(msg, 'data', None)
    try:
        return len(payload) + 200 if payload is not None else 1000
    except TypeError:
        return 1000
