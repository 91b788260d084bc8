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

from scenebox_ros.bags import Overrides
from scenebox_ros.capture import Capture, CaptureReport
from scenebox_ros.capture.recovery import recover
from scenebox_ros.capture.roll import read_rolls, Roll, RollSettings
from scenebox_ros.errors import SettingsError
from scenebox_ros.model.settings import CaptureSettings, Role, StreamSettings
from scenebox_ros.nodes.accounting import Account, accounting_record, Rows, rows_of, with_life
from scenebox_ros.nodes.intake import Intake, Item, size_of
from scenebox_ros.nodes.jumps import Leave
from scenebox_ros.nodes.managed import ManagedNode, OK, TRIGGER_TYPE, WARN
from scenebox_ros.nodes.moments import Call, moment_of
from scenebox_ros.nodes.options import load_settings, Option
from scenebox_ros.nodes.planning import changed_settings, read_lines, session_settings, TopicPlan
from scenebox_ros.nodes.qos import LATCHED
from scenebox_ros.nodes.sensor_options import options_of
from scenebox_ros.nodes.silence import Silence
from scenebox_ros.nodes.spooling import (
    open_spool,
    SESSION_TOPIC,
    SessionState,
    SPOOL,
    TRIGGER_TOPIC,
    video_folder,
)
from scenebox_ros.nodes.subscriptions import Subscriptions
from scenebox_ros.nodes.topics import Choice, is_name
from scenebox_ros.nodes.worker import Closed, Worker

LOOK_PERIOD_S = 1.0
# What a node that is killed had counted is known up to here.
ACCOUNT_PERIOD_S = 10.0
MB = 1_000_000
MANY_LOST = 20
PROFILE = 'the shared-memory profile in share/scenebox_ros/config/fastdds_shm.xml'
# Between a message and the trigger that it causes; pre-rolls are held for so much longer.
TRIGGER_LATE_S = 2.0
STEADY = frozenset({'image', 'lidar', 'fix'})
STREAM_SETTINGS = frozenset(StreamSettings.__dataclass_fields__)


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
        self._file = Overrides()
        self._session = SessionState()
        self._worker: Worker | None = None
        self._silence = Silence()
        self._leave = Leave()
        self._live = {option.name for option in self.options if option.is_live}
        super().__init__(name)

    # -- lifecycle --------------------------------------------------------------------------------
    def begin(self) -> None:
        """Open the spool and listen for sessions and triggers."""
        values = self.values
        self._file = load_settings(values)
        self._taken = Subscriptions(
            self, self._plan(values, self.given), values['reliability'], values['depth'],
            self._on_message,
        )
        self._roll: Roll[Item] | None = None
        if values['record'] == 'triggered':
            self._roll = Roll(self._rolls(values))
        self._spool = open_spool(values, self.resolve_topic_name)
        # What a crash has cut off need not wait for the next session.
        recover(video_folder(values), self._spool)
        self._intake = Intake(values['intake_messages'], values['intake_mb'] * MB)
        self._early: Roll[Item] = Roll(_early_settings(values))
        self._worker = Worker(
            self._intake, self.now_ns, self._roll, self._moment, self._early)
        columns = {
            'received': self._intake.received, 'dropped_at_intake': self._intake.dropped,
            'lost_in_middleware': self._taken.lost, 'outside_sessions': self._early.let_go,
            'outside_sessions_no_room': self._early.cut_short,
        }
        if self._roll is not None:
            columns |= {'not_triggered': self._roll.let_go, 'cut_short': self._roll.cut_short}
        self._account = Account(columns)
        self.listen(String, SESSION_TOPIC, self._on_session, LATCHED)
        self.listen(String, TRIGGER_TOPIC, self._on_call, 10)
        self.serve(TRIGGER_TYPE, '~/trigger', self._trigger)
        self.every(LOOK_PERIOD_S, self._look)
        self.every(ACCOUNT_PERIOD_S, self._keep_account)

    def resume(self) -> None:
        """Subscribe to what is there and to what will come."""
        assert self._worker is not None
        self._worker.start()
        self.is_active = True
        self._look()

    def pause(self) -> None:
        """Unsubscribe; what was taken is still worked off."""
        if self._worker is not None:
            self._taken.close(self.turns)

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
        """Use other settings of streams and other rolls from the next message on."""
        merged = {**self.values, **values}
        rolls = self._rolls(merged)
        plan = self._plan(merged, self.given | set(values))
        if self._worker is None:
            return
        changed = {
            topic: changed_settings(
                self._streams[topic], plan.row(topic, msgtype).settings, self._live)
            for topic, msgtype in self._taken.topics.items()
        }
        self._taken.plan = plan
        self._streams.update(changed)
        self._worker.reconfigure(changed)
        self._intake.order(partial(self._early.reconfigure, _early_settings(merged)))
        if self._roll is not None:
            self._intake.order(partial(self._roll.reconfigure, rolls))

    def _plan(self, values: dict[str, Any], given: set[str]) -> TopicPlan:
        """Say what is to be recorded, and how; refuses what cannot work."""
        def full(entries: Sequence[str]) -> list[str]:
            # Names follow namespace and remapping, as those of any node.
            return [self.resolve_topic_name(entry) if is_name(entry) else entry
                    for entry in entries]

        settings = {name: values[name] for name in given if name in STREAM_SETTINGS}
        StreamSettings.from_mapping(settings)
        return TopicPlan(
            self._roles,
            Choice(full(values['topics']), full(values['exclude']),
                   values.get('transport', 'all'), self.get_namespace()),
            self._file, settings, read_lines(values['streams']), full(values['fix_topics']),
        )

    def _rolls(self, values: dict[str, Any]) -> RollSettings:
        rolls = read_rolls(values['rolls'])
        return RollSettings(
            values['before_s'], values['after_s'],
            {self.resolve_topic_name(topic): window for topic, window in rolls.items()},
            TRIGGER_LATE_S if values['roll_by'] == 'stamp' else 0.0, values['ring_mb'] * MB,
        )

    # -- messages ---------------------------------------------------------------------------------
    def _look(self) -> None:
        if not self.is_active or self._worker is None:
            return
        self._follow_clock()
        left = self._leave.back()
        if left is not None:
            self._use(left)
        for topic, stream in self._taken.look().items():
            known = self._streams.get(topic, stream)
            self._streams[topic] = replace(stream, sensor=known.sensor)
            self._worker.reconfigure({topic: self._streams[topic]})
        self._worker.let_pass(frozenset(
            topic for topic, stream in self._streams.items()
            if not stream.is_recorded or stream.role in ('calibration', 'transform')
        ))

    def _on_message(self, topic: str, msgtype: str, role: Role, msg: Any) -> None:
        # No decoding or writing here: a callback that waits loses the next message.
        item = Item(topic, msgtype, msg, self._follow_clock(), size_of(msg), role)
        if not self._intake.offer(item):
            self.get_logger().warning(
                'intake is full, dropping messages; lower the rate or raise intake_mb',
                throttle_duration_sec=5.0,
            )

    def _moment(self, item: Item) -> int:
        if self.values['roll_by'] == 'arrival':
            return item.received_ns
        return moment_of(item.msg, item.received_ns, self._streams.get(item.topic))

    def _on_call(self, msg: String) -> None:
        self._trigger(Call.from_text(msg.data).stamp_ns)

    def _trigger(self, stamp_ns: int = 0) -> str:
        if self._worker is None or self._roll is None:
            return 'everything is recorded; set record to triggered to keep only what is around'
        is_by_stamp = self.values['roll_by'] == 'stamp' and stamp_ns
        self._worker.trigger(stamp_ns if is_by_stamp else self.now_ns())
        return 'triggered'

    # -- session ----------------------------------------------------------------------------------
    def _on_session(self, msg: String) -> None:
        try:
            session = SessionState.from_json(msg.data)
        except SettingsError as error:
            self.get_logger().error(str(error))
            return
        # The session that is told may be the one that begins after a jump.
        self._follow_clock()
        self._leave.told()
        if session != self._session and self._worker is not None:
            self._use(session)

    def _follow_clock(self) -> int:
        """Leave a session of another time; gives the time."""
        now_ns = self.now_ns()
        if self._leave.jumped(now_ns, self._session):
            self._use(SessionState())
        return now_ns

    def _use(self, session: SessionState) -> None:
        assert self._worker is not None
        # What comes between sessions counts for the next one: it may begin with it.
        closing = self._closing() if self._session.is_open else None
        self._session = session
        self._worker.use(self._capture(session) if session.is_open else None, closing)
        self._keep_account()

    def _closing(self) -> Closed:
        """Give what is to be done once the session that is on now is worked off."""
        return partial(
            self._tell_account, self._session.key, self._account.life, self._account.cut())

    def _tell_account(self, session: str, life: str, counted: Rows, report: CaptureReport) -> None:
        name = self.get_fully_qualified_name()
        lives = self._with_life(session, life, rows_of(counted, report), is_whole=True)
        record = accounting_record(session, name, lives)
        if record is not None:
            self._spool.put([record])

    def _keep_account(self) -> None:
        """Have the worker write down what was counted so far: the node may be killed."""
        worker, session, account = self._worker, self._session.key, self._account
        if worker is not None and session:
            life, counted = account.life, account.so_far()
            self._intake.order(lambda: self._with_life(
                session, life, rows_of(counted, worker.report()), is_whole=False))

    def _with_life(self, session: str, life: str, rows: Rows, is_whole: bool) -> Any:
        """Keep what this node counted in a session beside what it counted in earlier lives."""
        return self._spool.keep(
            session, self.get_fully_qualified_name(),
            lambda known: with_life(known, life, rows, is_whole))

    def _capture(self, session: SessionState) -> Capture:
        own = {self.get_fully_qualified_name(): {
            name: value for name, value in self.values.items() if name != SPOOL.name}}
        said = session_settings(self._file, self.values, self.given)
        settings = CaptureSettings(**{
            **said, 'session_name': session.name, 'streams': dict(self._streams),
            'resolution_s': session.resolution_s,
            'metadata': {**said.get('metadata', {}), 'parameters': own},
        })
        return Capture(
            settings, self._spool, session.key, ends_session=False,
            video_folder=video_folder(self.values),
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
        # Also of those that vanished, and while the node is paused.
        for topic in dict.fromkeys([*self._taken.topics, *self._intake.received]):
            details[f'{topic} received'] = self._intake.received[topic]
            details[f'{topic} lost_in_middleware'] = self._taken.lost[topic]
            details[f'{topic} dropped_at_intake'] = self._intake.dropped[topic]
        report = self._worker.report()
        for topic, counts in (report.streams if report else {}).items():
            details[f'{topic} kept'] = counts.kept
            details[f'{topic} sampled_out'] = counts.sampled_out
            details[f'{topic} undecodable'] = counts.undecodable
            details[f'{topic} refused_by_spool'] = counts.refused
        for topic, reason in self._taken.refused.items():
            details[f'{topic} not_recorded'] = reason
        silent = self._silence.look(
            self._expected() if self.is_active else {}, self.values['silent_after_s'])
        return (*self._verdict(report, silent), details)

    def _expected(self) -> dict[str, int]:
        """Give the counts of the topics that should never be silent for long."""
        taken = self._taken
        absent = [entry for entry in taken.plan.choice.names if is_name(entry)
                  and entry not in taken.topics and entry not in taken.refused]
        steady = [topic for topic in taken.topics if self._streams[topic].role in STEADY]
        return {topic: self._intake.received[topic] for topic in (*absent, *steady)}

    def _verdict(
        self, report: CaptureReport | None, silent: dict[str, float]
    ) -> tuple[bytes, str]:
        taken = self._taken
        if taken.mismatched:
            topic, policy = next(iter(taken.mismatched.items()))
            return WARN, f'{topic}: a publisher offers another QoS ({policy}); set reliability'
        if taken.refused:
            topic, reason = next(iter(taken.refused.items()))
            return WARN, f'{topic} is not recorded: {reason}'
        for topic, lost in taken.lost.items():
            # By topic: what comes a thousand times a second must not hide a camera.
            if lost > max(1, self._intake.received[topic] // MANY_LOST):
                return WARN, (
                    f'{topic}: the middleware loses messages ({lost} so far); start its publisher '
                    f'with {PROFILE}'
                )
        liar = _liar(report)
        if liar:
            return WARN, liar
        if self._worker is not None and self._worker.failure:
            return WARN, self._worker.failure
        if not self.is_active:
            return OK, 'paused'
        if taken.elsewhere:
            return WARN, (
                f'nothing to record in {self.get_namespace()}, but {taken.elsewhere} elsewhere; '
                'what is not in the node\'s namespace is recorded if you name it: "^/" names all'
            )
        if silent:
            topic, seconds = next(iter(silent.items()))
            what = 'says nothing' if topic in taken.topics else 'nobody publishes it'
            # What never arrives has no numbers by which its loss could be seen.
            never = topic in taken.topics and not self._intake.received[topic]
            advice = f'; if its driver runs, start that with {PROFILE}' if never else ''
            return WARN, f'{topic}: {what} for {seconds:.0f} s{advice}'
        return OK, f'recording {len(taken.topics)} topics'


def _early_settings(values: dict[str, Any]) -> RollSettings:
    return RollSettings(values['before_session_s'], 0.0, max_bytes=values['ring_mb'] * MB)


def _liar(report: CaptureReport | None) -> str:
    """Name a topic whose stamps cannot be true; empty if there is none."""
    for topic, counts in (report.streams if report else {}).items():
        if counts.stamps_unbelieved:
            return (
                f'{topic}: {counts.stamps_unbelieved} stamps are not believed (off by '
                f'{counts.clock_offset_s:.0f} s); set the sensor\'s clock, or stamps to receive'
            )
    return ''
