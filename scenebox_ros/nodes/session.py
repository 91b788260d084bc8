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

from datetime import datetime, timezone
from typing import Any

from std_msgs.msg import Bool, String
from std_srvs.srv import Trigger

from scenebox_ros import ids, stamps
from scenebox_ros.errors import SettingsError
from scenebox_ros.model.records import Record
from scenebox_ros.nodes.journal import Journal, OpenSession
from scenebox_ros.nodes.managed import ManagedNode, OK, run
from scenebox_ros.nodes.options import Option
from scenebox_ros.nodes.spooling import (
    LATCHED,
    open_spool,
    SESSION_TOPIC,
    SessionState,
    SPOOL,
    spool_folder,
    SPOOL_LIMITS,
)

MARK_PRIORITY = 100
HEARTBEAT_S = 1.0

OPTIONS = (
    Option(
        'mode', 'always', 'when a session is on: always, between service calls, or while the '
        'mission topic says true', choices=('always', 'manual', 'topic'),
    ),
    Option('name_prefix', 'drive', 'sessions are named <prefix>_<date>_<time> in UTC'),
    Option('mission_topic', 'mission', 'std_msgs/Bool that opens and closes sessions'),
    Option('cut_every_s', 3600.0, 'a longer session is cut here; 0: never', 0.0, 86_400.0, True),
    Option('resolution_s', 1.0, 'seconds between points of the timeline', 0.001, 3600.0),
    Option(
        'after_restart', 'continue', 'what becomes of a session that a crash left open',
        choices=('continue', 'close'),
    ),
    Option('mark_before_s', 5.0, 'a mark covers this much before it', 0.0, 3600.0, True),
    Option('mark_after_s', 5.0, 'a mark covers this much after it', 0.0, 3600.0, True),
    SPOOL,
    *SPOOL_LIMITS,
)


class SessionNode(ManagedNode):
    """Open, cut and close sessions; tell the others over a latched topic; mark events."""

    options = OPTIONS

    def __init__(self) -> None:
        self._open: OpenSession | None = None
        self._spool: Any = None
        super().__init__('session_node')

    # -- lifecycle --------------------------------------------------------------------------------
    def begin(self) -> None:
        """Open the spool, tell what session is on, offer the services."""
        self._spool = open_spool(self.values)
        self._journal = Journal(spool_folder(self.values))
        self._told = self.create_publisher(String, SESSION_TOPIC, LATCHED)
        for name, call in (('start', self._start), ('stop', self._stop), ('mark', self._mark)):
            self.create_service(Trigger, f'~/{name}', self._answer(call))
        self.create_subscription(String, '~/mark', lambda msg: self._mark(msg.data), 10)
        if self.values['mode'] == 'topic':
            self.create_subscription(Bool, self.values['mission_topic'], self._on_mission, LATCHED)
        self.create_timer(HEARTBEAT_S, self._beat)

    def resume(self) -> None:
        """Go on with the session that a crash left, or open one if one is always on."""
        left = self._journal.read()
        if left is not None and self.values['after_restart'] == 'continue':
            self._go_on(left)
        elif left is not None:
            self._close(left, left.seen_ns)
        if self.values['mode'] == 'always' and self._open is None:
            self._start()

    def pause(self) -> None:
        """Close the session that is on."""
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
        if self._open is not None:
            return f'session {self._open.name} is already on'
        now_ns = self._now()
        moment = datetime.fromtimestamp(now_ns / stamps.NS_PER_S, timezone.utc)
        name = f'{self.values["name_prefix"]}_{moment:%Y%m%d_%H%M%S}'
        self._go_on(OpenSession(f'{ids.std(name)}_{ids.guid()[:8]}', name, now_ns, now_ns))
        return f'session {name} is on'

    def _go_on(self, session: OpenSession) -> None:
        self._open = session
        self._journal.write(session)
        self._tell(SessionState(session.key, session.name, self.values['resolution_s']))
        self.get_logger().info(f'session {session.name} is on')

    def _stop(self) -> str:
        if self._open is None:
            raise SettingsError('no session is on; call ~/start first')
        session, self._open = self._open, None
        self._close(session, self._now())
        return f'session {session.name} is closed'

    def _close(self, session: OpenSession, end_ns: int) -> None:
        self._tell(SessionState())
        # Sensor nodes may still add to it; the platform takes what comes after the end, too.
        self._spool.put([Record(
            kind='end', session=session.key, id=f'{session.key}_end_{end_ns}', stamp_ns=end_ns,
            document={'start_ns': session.start_ns, 'end_ns': end_ns}, priority=-100,
        )])
        self._journal.forget()
        self.get_logger().info(f'session {session.name} is closed')

    def _tell(self, state: SessionState) -> None:
        self._told.publish(String(data=state.to_json()))

    def _on_mission(self, msg: Bool) -> None:
        if msg.data and self._open is None:
            self._start()
        elif not msg.data and self._open is not None:
            self._stop()

    def _beat(self) -> None:
        """Remember that the session still runs; cut it when it is long enough."""
        if self._open is None or not self.is_active:
            return
        now_ns = self._now()
        cut_ns = round(self.values['cut_every_s'] * stamps.NS_PER_S)
        if cut_ns and now_ns - self._open.start_ns >= cut_ns:
            self._stop()
            self._start()
            return
        self._open = OpenSession(self._open.key, self._open.name, self._open.start_ns, now_ns)
        self._journal.write(self._open)

    # -- marks ------------------------------------------------------------------------------------
    def _mark(self, label: str = 'mark') -> str:
        if self._open is None:
            raise SettingsError('no session is on, so there is nothing to mark')
        now_ns = self._now()
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

    def _now(self) -> int:
        return int(self.get_clock().now().nanoseconds)

    def health(self) -> tuple[bytes, str, dict[str, object]]:
        """Tell which session is on."""
        if self._open is None:
            return OK, 'no session', {}
        seconds = (self._now() - self._open.start_ns) / stamps.NS_PER_S
        details: dict[str, object] = {
            'name': self._open.name, 'key': self._open.key, 'seconds': f'{seconds:.1f}',
        }
        return OK, f'session {self._open.name}', details


def main() -> int:
    """Run the node."""
    return run(SessionNode)
