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

"""``session_node``: opens and closes sessions, and tells the other nodes which one is on."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import replace
from datetime import datetime, timezone

from std_msgs.msg import Bool, String

from scenebox_ros import ids, stamps
from scenebox_ros.capture.triggers import Condition
from scenebox_ros.errors import SettingsError
from scenebox_ros.model.records import Record
from scenebox_ros.nodes.about_robot import AboutRobot
from scenebox_ros.nodes.accounting import Account, metadata_record
from scenebox_ros.nodes.journal import Journal, OpenSession
from scenebox_ros.nodes.jumps import is_far
from scenebox_ros.nodes.managed import ManagedNode, OK, run, TRIGGER_TYPE, WARN
from scenebox_ros.nodes.moments import Call
from scenebox_ros.nodes.options import load_settings, Option, SETTINGS
from scenebox_ros.nodes.planning import session_settings
from scenebox_ros.nodes.qos import LATCHED
from scenebox_ros.nodes.spooling import (
    open_spool,
    SESSION_TOPIC,
    SessionState,
    Shortage,
    SPOOL,
    spool_folder,
    SPOOL_LIMITS,
    TRIGGER_TOPIC,
)
from scenebox_ros.nodes.watching import fires, Watch, watch_diagnostics

MARK_PRIORITY = 100
HEARTBEAT_S = 1.0

OPTIONS = (
    Option(
        'mode', 'always', 'when a session is on: always, between service calls, while the '
        'mission topic says true, or while active_when holds',
        choices=('always', 'manual', 'topic', 'active'),
    ),
    Option('name_prefix', 'drive', 'sessions are named <prefix>_<date>_<time> in UTC'),
    Option('mission_topic', 'mission', 'mode topic: std_msgs/Bool that opens and closes sessions'),
    Option(
        'active_when', '', 'mode active: a condition like "/odom twist.twist.linear.x > 0.1" that '
        'opens a session'),
    Option(
        'idle_after_s', 60.0, 'mode active: the session closes when the condition has not held '
        'for so long', 1.0, 86_400.0, True,
    ),
    Option('cut_every_s', 3600.0, 'a longer session is cut here; 0: never', 0.0, 86_400.0, True),
    Option('resolution_s', 1.0, 'seconds between points of the timeline', 0.001, 3600.0),
    Option(
        'after_restart', 'continue', 'what becomes of a session that a crash left open',
        choices=('continue', 'close'),
    ),
    Option('mark_before_s', 5.0, 'a mark covers this much before it', 0.0, 3600.0, True),
    Option('mark_after_s', 5.0, 'a mark covers this much after it', 0.0, 3600.0, True),
    Option(
        'trigger_when', [], 'conditions that trigger as they begin to hold, like "/imu/data '
        'linear_acceleration.z > 20.0"',
    ),
    Option('trigger_on_error', True, 'trigger when a diagnostic turns ERROR'),
    Option(
        'trigger_on_error_of', 'own', 'own: what nodes in other namespaces than the node\'s (and '
        'none) say does not count, they are other vehicles\'; all: it does',
        choices=('own', 'all'),
    ),
    SETTINGS,
    SPOOL,
    *SPOOL_LIMITS,
)


class SessionNode(ManagedNode):
    """Open, cut and close sessions; tell the others over a latched topic; trigger and mark."""

    options = OPTIONS

    def __init__(self) -> None:
        self._open: OpenSession | None = None
        super().__init__('session_node')
        self._told = self.create_publisher(String, SESSION_TOPIC, LATCHED)
        self._triggered = self.create_publisher(String, TRIGGER_TOPIC, 10)

    # -- lifecycle --------------------------------------------------------------------------------
    def begin(self) -> None:
        """Open the spool, tell what session is on, offer the services."""
        conditions = list(map(self._condition, self.values['trigger_when']))
        self._said = session_settings(load_settings(self.values), self.values, self.given)
        self._spool = open_spool(self.values, self.resolve_topic_name)
        self._journal = Journal(spool_folder(self.values), self.get_namespace())
        self._about = AboutRobot(self)
        self._shed: dict[str, Counter[str]] = {}
        self._is_due = self._is_mission = False
        self._held_ns = 0
        self._shortage = Shortage()
        self._short = ''
        for name, call in (
            ('start', self._start), ('stop', self._stop), ('mark', self._mark),
            ('trigger', self._trigger),
        ):
            self.serve(TRIGGER_TYPE, f'~/{name}', call)
        self.listen(String, '~/mark', lambda msg: self._try_mark(msg.data), 10)
        self._fired: deque[str] = deque(maxlen=100)
        self.listen(String, TRIGGER_TOPIC, self._on_trigger, 10)
        self._watches = [Watch(self, conditions, fires(self._fire))]
        if self.values['trigger_on_error']:
            watch_diagnostics(self, self._fire, self.values['trigger_on_error_of'] == 'all')
        self._begin_mode()
        self.every(HEARTBEAT_S, self._beat)

    def _begin_mode(self) -> None:
        if self.values['mode'] == 'topic':
            # Latched, for what was said before we came, and not: that hears who does not latch.
            for qos in (LATCHED, 10):
                self.listen(Bool, self.values['mission_topic'], self._on_mission, qos)
        if self.values['mode'] == 'active':
            condition = self._condition(self.values['active_when'])
            self._watches.append(Watch(self, [condition], self._on_activity))

    def _condition(self, text: str) -> Condition:
        condition = Condition.parse(text)
        # Names follow namespace and remapping, as those of any node.
        return replace(condition, topic=self.resolve_topic_name(condition.topic))

    def resume(self) -> None:
        """Go on with the session that a crash left, or open one if one is always on."""
        self.is_active = True
        left = self._journal.read()
        goes_on = self.values['after_restart'] == 'continue'
        if left is not None and goes_on and not is_far(self.now_ns(), left.seen_ns):
            self._go_on(left)
        elif left is not None:
            self._account = Account(self._read_shed(), left.given_up)
            self._close(left, left.seen_ns)
            self._tell(SessionState())
        self._is_due = self.values['mode'] == 'always' or self._is_mission
        self._beat()

    def pause(self) -> None:
        """Close the session that is on."""
        self._is_due = False
        if self._open is not None:
            self._stop()

    def finish(self) -> None:
        """Close session and spool."""
        if self._spool is not None:
            self.pause()
            self._spool.close()
            self._spool = None

    # -- sessions ---------------------------------------------------------------------------------
    def _start(self) -> str:
        if not self.is_active:
            raise SettingsError('the node is paused; call ~/resume first')
        if self._open is not None:
            return f'session {self._open.name} is already on'
        now_ns = self.now_ns()
        if not now_ns:
            raise SettingsError('the clock has not begun; publish /clock, or clear use_sim_time')
        moment = datetime.fromtimestamp(now_ns / stamps.NS_PER_S, timezone.utc)
        prefix = self.values['name_prefix']
        if 'name_prefix' not in self.given:
            prefix = self._said.get('session_name', prefix)
        name = f'{prefix}_{moment:%Y%m%d_%H%M%S}'
        self._go_on(OpenSession(f'{ids.std(name)}_{ids.guid()[:8]}', name, now_ns, now_ns))
        return f'session {name} is on'

    def _go_on(self, session: OpenSession) -> None:
        self._account = Account(self._read_shed(), session.given_up)
        if session.given_up is None:
            session = replace(session, given_up=self._account.standing())
        self._open = session
        self._is_due = False
        self._held_ns = self.now_ns()
        self._journal.write(session)
        state = SessionState(session.key, session.name, float(self._said['resolution_s']))
        self._about.begin(
            state, {**self._said.get('metadata', {}), 'robot': self.get_namespace()})
        self._tell_news()
        self._tell(state)
        self.get_logger().info(f'session {session.name} is on')

    def _stop(self) -> str:
        if self._open is None:
            raise SettingsError('no session is on; call ~/start first')
        session, self._open = self._open, None
        self._tell(SessionState())
        self._close(session, self.now_ns())
        return f'session {session.name} is closed'

    def _cut(self, session: OpenSession, now_ns: int) -> None:
        """Go on in another session; there is no moment without one."""
        self._open = None
        self._start()
        self._close(session, now_ns)

    def _close(self, session: OpenSession, end_ns: int) -> None:
        # Sensor nodes may still add to it; the platform takes what comes after the end, too.
        records = [Record(
            kind='end', session=session.key, id=f'{session.key}_end_{end_ns}', stamp_ns=end_ns,
            document={'start_ns': session.start_ns, 'end_ns': end_ns}, priority=-100,
        )]
        shed = self._account.cut() if self._shed else {}
        if shed:
            records.append(metadata_record(session.key, 'spool', {'spool': shed}))
        self._spool.put(records)
        if self._open is None:
            self._journal.forget()
        self.get_logger().info(f'session {session.name} is closed')

    def _tell(self, state: SessionState) -> None:
        self._told.publish(String(data=state.to_json()))

    def _tell_news(self) -> None:
        news = self._about.news(self.now_ns())
        if news is not None:
            self._spool.put([news])

    def _read_shed(self) -> dict[str, Counter[str]]:
        """Bring the counts of what the spool had no room for up to date."""
        counted = self._spool.stat()
        self._short = self._shortage.in_words(counted.total)
        for stream, stat in counted.streams.items():
            for name in ('shed', 'refused'):
                self._shed.setdefault(name, Counter())[stream] = getattr(stat, name)
        return self._shed

    def _on_mission(self, msg: Bool) -> None:
        self._is_mission = msg.data
        if not self.is_active:
            return
        if msg.data and self._open is None:
            self._start()
        elif not msg.data and self._open is not None:
            self._stop()

    def _on_activity(self, _: Condition, holds: bool, __: int) -> None:
        if not holds or not self.is_active:
            return
        self._held_ns = self.now_ns()
        if self._open is None:
            self._start()

    def _beat(self) -> None:
        """Remember that the session still runs; close it when idle, cut it when long enough."""
        now_ns = self.now_ns()
        if not self.is_active or not now_ns:
            return
        if self._is_due and self._open is None:
            self._start()
        session = self._open
        if session is None:
            return
        if is_far(now_ns, session.seen_ns):
            self._cut(session, session.seen_ns)
            return
        self._tell_news()
        self._read_shed()
        # A clock that is set back must not keep the session open for as long.
        self._held_ns = min(self._held_ns, now_ns)
        idle_ns = round(self.values['idle_after_s'] * stamps.NS_PER_S)
        if self.values['mode'] == 'active' and now_ns - self._held_ns >= idle_ns:
            self._stop()
            return
        cut_ns = round(self.values['cut_every_s'] * stamps.NS_PER_S)
        if cut_ns and now_ns - session.start_ns >= cut_ns:
            self._cut(session, now_ns)
            return
        self._open = replace(session, seen_ns=now_ns)
        self._journal.write(self._open)

    # -- triggers and marks -----------------------------------------------------------------------
    def _trigger(self) -> str:
        return self._fire(Call('service', self.now_ns()))

    def _fire(self, call: Call) -> str:
        text = call.to_json()
        self._fired.append(text)
        self._triggered.publish(String(data=text))
        self._mark_trigger(call)
        return f'triggered: {call.reason}'

    def _on_trigger(self, msg: String) -> None:
        """Mark what others triggered; our own was marked as it was published."""
        if msg.data not in self._fired:
            self._mark_trigger(Call.from_text(msg.data))

    def _mark_trigger(self, call: Call) -> None:
        if self._open is not None:
            self._mark(f'trigger {call.reason}', call.stamp_ns)
        self.get_logger().info(f'triggered: {call.reason}')

    def _try_mark(self, label: str) -> None:
        try:
            self._mark(label)
        except SettingsError as error:
            self.get_logger().warning(str(error))

    def _mark(self, label: str = 'mark', at_ns: int = 0) -> str:
        if self._open is None:
            raise SettingsError('no session is on, so there is nothing to mark')
        now_ns = at_ns or self.now_ns()
        before = round(self.values['mark_before_s'] * stamps.NS_PER_S)
        after = round(self.values['mark_after_s'] * stamps.NS_PER_S)
        start = stamps.to_iso(now_ns - before)
        entity = {
            'start_time': start, 'end_time': stamps.to_iso(now_ns + after), 'timestamp': start,
            'entity_id': ids.entity_id('mark', self._open.key, label, now_ns),
            'entity_name': 'mark', 'entity_value': [label], 'entity_type': 'state_set',
            'influence': 'interval',
        }
        self._spool.put([Record(
            kind='entities', session=self._open.key, id=f'{self._open.key}_mark_{now_ns}',
            stream=self.get_name(), stamp_ns=now_ns, entities=[entity], priority=MARK_PRIORITY,
        )])
        return f'marked {label!r}'

    def health(self) -> tuple[bytes, str, dict[str, object]]:
        """Tell which session is on."""
        for watch in self._watches if self.is_configured else ():
            for topic, problem in {**watch.problems, **watch.absent()}.items():
                return WARN, f'{topic} cannot be watched: {problem}', {}
        if self._open is None:
            return OK, 'no session', {}
        seconds = (self.now_ns() - self._open.start_ns) / stamps.NS_PER_S
        details: dict[str, object] = {
            'name': self._open.name, 'key': self._open.key, 'seconds': f'{seconds:.1f}',
        }
        if self._short:
            return WARN, self._short, details
        return OK, f'session {self._open.name}', details


def main() -> int:
    """Run the node."""
    return run(SessionNode)
