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
The one retry rule.

A request is sent again if it may be (repeating it changes nothing more) and if it may help (the
connection broke, the server is busy or restarting). Waits double from half a second with jitter;
where the server says how long to wait, that counts, up to a limit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import logging
from typing import Any, Generic, TypeVar, Union

from scenebox_ros.client import cancel

log = logging.getLogger(__name__)

T = TypeVar('T')
BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
# What comes and goes by itself: documents that are not visible yet or are being changed.
PASSING = frozenset({404, 409, 423})


@dataclass(frozen=True)
class Failure:
    """
    An attempt that failed.

    Attributes
    ----------
    error
        What to raise if it was the last one.
    is_repeatable
        Whether another attempt may help.
    after_s
        How long the server asks to wait.
    was_sent
        Whether the server may have seen the request.

    """

    error: Exception
    is_repeatable: bool
    after_s: float | None = None
    was_sent: bool = True


@dataclass(frozen=True)
class Done(Generic[T]):
    """An attempt that worked."""

    value: T


Outcome = Union[Done[T], Failure]


@dataclass(frozen=True)
class RetryRule:
    """
    How often and how long.

    Attributes
    ----------
    attempts
        In all, with the first one.
    first_wait_s, longest_wait_s
        The waits double from the first to the longest; jitter takes up to a quarter off.
    longest_retry_after_s
        A server that asks for more gets no further attempt in this call.
    longest_s
        How long the attempts after the first may take, before one more is not begun: a server
        that says nothing is asked twice.

    """

    attempts: int = 4
    first_wait_s: float = 0.5
    longest_wait_s: float = 8.0
    longest_retry_after_s: float = 120.0
    longest_s: float = 60.0

    def run(self, attempt: Callable[[], Outcome[T]]) -> T:
        """
        Attempt until it works or nothing more helps.

        Raises
        ------
        Exception
            The last attempt's.

        """
        outcome = attempt()
        if self._helps(outcome) and self.attempts > 1:
            outcome = self._again(attempt, outcome)
        if isinstance(outcome, Failure):
            # Raised here, outside of any handler: a context could carry a URL with the token.
            raise outcome.error
        return outcome.value

    def _again(self, attempt: Callable[[], Outcome[T]], first: Outcome[T]) -> Outcome[T]:
        # Imported only once something failed: it takes longer than most requests.
        from tenacity import retry_if_result, Retrying, stop_after_attempt, stop_after_delay
        from tenacity.wait import wait_base

        rule, outcomes = self, iter([first])

        class Wait(wait_base):
            def __call__(self, retry_state: Any) -> float:
                return rule.wait_s(retry_state.attempt_number, retry_state.outcome.result())

        retrying = Retrying(
            retry=retry_if_result(self._helps),
            stop=stop_after_attempt(self.attempts) | stop_after_delay(self.longest_s),
            wait=Wait(),
            sleep=cancel.sleep,
            before_sleep=_tell,
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else first,
        )
        # The first attempt was made already.
        return retrying(lambda: next(outcomes, None) or attempt())

    def wait_s(self, attempts: int, outcome: Outcome[T]) -> float:
        """Tell how long to wait after so many attempts."""
        import random

        if isinstance(outcome, Failure) and outcome.after_s is not None:
            return outcome.after_s
        longest = min(self.first_wait_s * 2 ** (attempts - 1), self.longest_wait_s)
        return float(longest * random.uniform(0.75, 1.0))

    def _helps(self, outcome: Outcome[T]) -> bool:
        if not isinstance(outcome, Failure) or not outcome.is_repeatable:
            return False
        return (outcome.after_s or 0.0) <= self.longest_retry_after_s


def _tell(state: Any) -> None:
    failure = state.outcome.result()
    log.warning('attempt %d failed, trying again: %s', state.attempt_number, failure.error)
