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


"""One request of the API, and how often it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from scenebox_ros.client.answers import Answer, error_of
from scenebox_ros.client.exchange import exchange
from scenebox_ros.client.pool import Pool
from scenebox_ros.client.retry import BUSY, Failure, Outcome, PASSING, RetryRule
from scenebox_ros.errors import ResponseError


@dataclass(frozen=True)
class Request:
    """
    A request that is ready to be sent.

    Attributes
    ----------
    doing
        For messages, after "could not".
    error
        The class to raise for a bad answer.
    secret
        The token, to be masked in messages.
    repeat
        Whether sending it twice does no more than once.
    patient
        Try again also if what is asked for is not there (yet).
    lenient
        Return a bad answer instead of raising.
    follows
        Whether a redirect of a GET is followed.

    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | Sequence[bytes] = field(repr=False)
    doing: str
    error: type[ResponseError]
    secret: str | None = field(repr=False)
    repeat: bool
    patient: bool = False
    lenient: bool = False
    follows: bool = True

    def sent(self, pool: Pool, rule: RetryRule) -> Answer:
        """
        Send it, again where that is safe and may help.

        Raises
        ------
        ResponseError
            As ``error`` for a bad answer; without any answer, what says why.

        """
        bad: Answer | None = None

        def attempt() -> Outcome[Answer]:
            nonlocal bad
            outcome = self._once(pool)
            bad = None if isinstance(outcome, Failure) or outcome.value.is_ok else outcome.value
            return self._judged(outcome)

        try:
            return rule.run(attempt)
        except ResponseError:
            if self.lenient and bad is not None:
                return bad
            raise

    def _once(self, pool: Pool) -> Outcome[Answer]:
        return exchange(
            pool,
            self.method,
            self.url,
            headers=self.headers,
            content=self.content,
            doing=self.doing,
            secret=self.secret,
            limit_s=pool.timeouts.total_s,
            follows=self.follows,
        )

    def _judged(self, outcome: Outcome[Answer]) -> Outcome[Answer]:
        """Turn a bad answer into a failure, and say whether it may be tried again."""
        if isinstance(outcome, Failure):
            # What never left this machine may always be sent again.
            again = outcome.is_repeatable and (self.repeat or not outcome.was_sent)
            return replace(outcome, is_repeatable=again)
        answer = outcome.value
        if answer.is_ok:
            return outcome
        # 429 says that nothing was done.
        again = answer.status == 429 or (self.repeat and answer.status in BUSY)
        again = again or (self.patient and answer.status in PASSING)
        bad = error_of(answer, self.error, self.doing, self.secret)
        return Failure(bad, again, answer.retry_after_s)
