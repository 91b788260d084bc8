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

"""What our nodes do alike: lifecycle with autostart, pause, diagnostics, a clean end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
import json
import logging
import signal
from threading import Event
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
import rclpy
from rclpy.clock import Clock, ClockType
from rclpy.exceptions import NameValidationException
from rclpy.executors import SingleThreadedExecutor
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.parameter import Parameter
from rclpy.signals import SignalHandlerOptions
from std_msgs.msg import String
from std_srvs.srv import Trigger

from scenebox_ros.decode.sample import OWN_HARDWARE
from scenebox_ros.errors import SceneBoxError, SettingsError
from scenebox_ros.nodes.options import declare, judge, Option, unknown_in_words
from scenebox_ros.nodes.qos import LATCHED
from scenebox_ros.nodes.turns import Turns

DIAGNOSTICS_PERIOD_S = 1.0
SIGNAL_CHECK_S = 0.1
OK, WARN, ERROR = DiagnosticStatus.OK, DiagnosticStatus.WARN, DiagnosticStatus.ERROR
LEVELS = ('OK', 'WARN', 'ERROR')
TRIGGER_TYPE = Trigger
# So rclpy refuses a name.
NAME_ERRORS = (NameValidationException, RuntimeError)

AUTOSTART = Option(
    'autostart', True, 'configure and activate by itself; false leaves that to a lifecycle manager'
)


class ManagedNode(LifecycleNode):
    """
    A lifecycle node with this package's services and diagnostics.

    Subclasses give ``options`` and fill in :meth:`begin`, :meth:`resume`, :meth:`pause`,
    :meth:`finish`, :meth:`flush`, :meth:`change` and :meth:`health`.
    """

    options: Sequence[Option] = ()

    def __init__(self, name: str, **arguments: Any) -> None:
        super().__init__(name, **arguments)
        self._by_name = {option.name: option for option in (*self.options, AUTOSTART)}
        self.values, self.given = declare(self, list(self._by_name.values()))
        self._unknown = unknown_in_words(self)
        if self._unknown:
            self.get_logger().warning(self._unknown)
        self.is_active = False
        self.is_done = False
        self.exit_code = 0
        self.turns = Turns()
        self.is_configured = False
        # Opened by those that work with one.
        self._spool: Any = None
        self._refusal = ''
        self._troubles: dict[Callable[..., object], str] = {}
        self._released: list[Callable[[], object]] = []
        self.add_on_set_parameters_callback(self._judge)
        self._diagnostics = self.create_publisher(DiagnosticArray, '/diagnostics', 10)
        self._status = self.create_publisher(String, '~/status', LATCHED)
        self._steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(DIAGNOSTICS_PERIOD_S, self.tell, clock=self._steady)
        for verb, call in (
            ('pause', self._pause), ('resume', self._resume), ('flush', self._flush)
        ):
            self.create_service(Trigger, f'~/{verb}', self._answer(call))
        _log_through(self)

    # -- for subclasses ---------------------------------------------------------------------------
    def begin(self) -> None:
        """Open what the node works with."""

    def resume(self) -> None:
        """Start working."""

    def pause(self) -> None:
        """Stop taking new work; keep what is open."""

    def flush(self) -> None:
        """Send on what waits."""

    def finish(self) -> None:
        """Stop, keep what was taken, close everything; may be called twice."""

    def change(self, values: dict[str, Any]) -> None:
        """Use parameters that were changed while running; raise SceneBoxError to refuse."""

    def health(self) -> tuple[bytes, str, dict[str, object]]:
        """Give the level, one line, and details for the diagnostics."""
        return OK, 'running' if self.is_active else 'not active', {}

    def now_ns(self) -> int:
        """Read the node's clock; 0 while /clock has not said anything yet."""
        return int(self.get_clock().now().nanoseconds)

    def every(self, period_s: float, call: Callable[[], None]) -> None:
        """Call regularly until the node is cleaned up, also while /clock stands still."""
        timer = self.create_timer(period_s, self._guarded(call), clock=self._steady)
        self._released.append(lambda: self.destroy_timer(timer))

    def listen(self, kind: Any, topic: str, call: Callable[..., object], qos: Any) -> None:
        """Subscribe until the node is cleaned up."""
        subscription = self.create_subscription(kind, topic, self._guarded(call), qos)
        self._released.append(lambda: self.destroy_subscription(subscription))

    def serve(self, kind: Any, name: str, call: Callable[[], str]) -> None:
        """Offer a service until the node is cleaned up; its answer is what ``call`` says."""
        service = self.create_service(kind, name, self._answer(call))
        self._released.append(lambda: self.destroy_service(service))

    # -- lifecycle --------------------------------------------------------------------------------
    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Open what the node works with."""
        return self._transition(self._begin)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Start working."""
        super().on_activate(state)
        # ~/resume may have been first, and what works must not be started a second time.
        return self._transition(self._resume, becomes_active=True)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop working."""
        super().on_deactivate(state)
        return self._transition(self.pause, becomes_active=False)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Close everything."""
        return self._transition(self._finish, becomes_active=False)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Close everything for good."""
        return self._transition(self._finish, becomes_active=False)

    def autostart(self) -> None:
        """Configure and activate, if the parameter says so, and say at once how that went."""
        if self.values['autostart'] and (
            self.trigger_configure() == TransitionCallbackReturn.SUCCESS
        ):
            self.trigger_activate()
        self.tell()

    def _begin(self) -> None:
        self.begin()
        self.is_configured = True

    def _finish(self) -> None:
        self.is_configured = False
        self._troubles.clear()
        self.finish()
        while self._released:
            self._released.pop()()

    def _transition(
        self, work: Callable[[], object], becomes_active: bool | None = None
    ) -> TransitionCallbackReturn:
        try:
            work()
        except (SceneBoxError, OSError, *NAME_ERRORS) as error:
            # What is not caught here rclpy swallows.
            self._refusal = str(error)
            self.get_logger().error(self._refusal)
            return TransitionCallbackReturn.FAILURE
        self._refusal = ''
        if becomes_active is not None:
            self.is_active = becomes_active
        return TransitionCallbackReturn.SUCCESS

    # -- services and parameters ------------------------------------------------------------------
    def _answer(self, call: Callable[[], str]) -> Callable[[Any, Any], Any]:
        def answer(request: Any, response: Any) -> Any:
            try:
                response.message = call()
                response.success = True
            except (SceneBoxError, OSError) as error:
                response.message = str(error)
                response.success = False
            return response

        return answer

    def _pause(self) -> str:
        if self.is_active:
            self.pause()
            self.is_active = False
        return 'paused'

    def _resume(self) -> str:
        self._must_be_configured()
        if not self.is_active:
            self.resume()
            self.is_active = True
        return 'running'

    def _flush(self) -> str:
        self._must_be_configured()
        self.flush()
        return 'flushed'

    def _guarded(self, call: Callable[..., object]) -> Callable[..., None]:
        """Keep a full disk, or a refusal, from ending the node: it is logged and shown."""
        # With its signature: rclpy reads there whether a message's info is wanted.
        @wraps(call)
        def guarded(*arguments: Any) -> None:
            try:
                call(*arguments)
            except (SceneBoxError, OSError) as error:
                self._troubles[call] = str(error)
                self.get_logger().error(str(error), throttle_duration_sec=5.0)
            else:
                self._troubles.pop(call, None)

        return guarded

    def _must_be_configured(self) -> None:
        if not self.is_configured:
            raise SettingsError(
                f'the node is not configured ({self._refusal or "autostart is off"}); '
                'configure it first'
            )

    def _judge(self, parameters: list[Parameter]) -> Any:
        verdict, changed = judge(self._by_name, parameters)
        if verdict.successful and changed:
            try:
                self.change(changed)
            except (SceneBoxError, *NAME_ERRORS) as error:
                verdict.successful, verdict.reason = False, str(error)
            else:
                self.values.update(changed)
                self.given.update(changed)
        return verdict

    def _health(self) -> tuple[bytes, str, dict[str, object]]:
        try:
            return self.health()
        except (SceneBoxError, OSError) as error:
            # The disk may be gone: the node stays to say so.
            return ERROR, str(error), {}

    def tell(self) -> None:
        """Publish how the node stands."""
        level, message, details = self._health()
        if self._spool is not None:
            # Whoever looks at the robot (scenebox status) need not know where it is.
            details['spool'] = self._spool.folder.absolute()
        if self._refusal:
            level, message = ERROR, self._refusal
        elif self._troubles:
            level, message = max(level, WARN), next(iter(self._troubles.values()))
        elif level == OK and self._spool is not None and self._spool.disagreement:
            level, message = WARN, self._spool.disagreement
        elif level == OK and self._unknown:
            level, message = WARN, self._unknown
        status = DiagnosticStatus(
            level=level, name=self.get_fully_qualified_name(), message=message,
            hardware_id=OWN_HARDWARE,
            values=[KeyValue(key=key, value=str(value)) for key, value in details.items()],
        )
        array = DiagnosticArray(status=[status])
        array.header.stamp = self.get_clock().now().to_msg()
        self._diagnostics.publish(array)
        self._status.publish(String(data=json.dumps({
            'node': status.name, 'level': LEVELS[level[0]], 'message': message,
            'details': details,
        }, default=str)))


class _NodeLog(logging.Handler):
    """Hand the library's log lines to the node's logger."""

    def __init__(self, node: LifecycleNode) -> None:
        super().__init__(logging.WARNING)
        self._node = node

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        logger = self._node.get_logger()
        text = record.getMessage()
        if record.levelno >= logging.ERROR:
            logger.error(text)
        else:
            logger.warning(text)


def _log_through(node: LifecycleNode) -> None:
    logger = logging.getLogger('scenebox_ros')
    for handler in [kept for kept in logger.handlers if isinstance(kept, _NodeLog)]:
        logger.removeHandler(handler)
    logger.addHandler(_NodeLog(node))


def run(make: Callable[[], ManagedNode], arguments: Iterable[str] | None = None) -> int:
    """
    Run a node until SIGINT or SIGTERM, then end it cleanly.

    Returns
    -------
    int
        The node's exit code: 0 after a clean end; 1 if the node could not be made.

    """
    # Our own handlers: rclpy's would end the context first, and a node that ends has last words.
    try:
        rclpy.init(
            args=list(arguments) if arguments is not None else None,
            signal_handler_options=SignalHandlerOptions.NO,
        )
    except RuntimeError as error:
        # A parameters file that is not there, or is no YAML: rclpy says which and where.
        rclpy.logging.get_logger('scenebox_ros').fatal(str(error))
        return 1
    stopping = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    node = None
    try:
        node = make()
        node.autostart()
        # One thread: callbacks only hand over, and a second would cost more than it gives.
        executor = SingleThreadedExecutor()
        executor.add_node(node)
        while not stopping.is_set() and not node.is_done:
            executor.spin_once(timeout_sec=SIGNAL_CHECK_S)
            node.turns.take()
        return node.exit_code
    except SceneBoxError as error:
        rclpy.logging.get_logger('scenebox_ros').fatal(str(error))
        return 1
    finally:
        if node is not None:
            node.finish()
            node.destroy_node()
        rclpy.try_shutdown()
