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


"""From an HTTP answer to a value or to the right exception."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
import json
import re
import time
from typing import Any
from urllib.parse import quote, quote_plus

from scenebox_ros.errors import InvalidAuthorization, ResponseError

QUOTED = 300
ADVICE = {
    400: 'check the arguments',
    401: 'check the token: it is wrong or has expired',
    403: 'check the token: its role may not do this',
    404: 'check the id, the asset type and the URL',
    409: 'it is there already, or is being changed; look and try again',
    413: 'send less at a time',
    422: 'check the arguments',
    429: 'the server is busy; try again later',
    501: 'this server cannot do that; leave it out',
    507: 'the server is full; make room',
}
SERVER_FAILED = "try again later; if it stays, give the server's operator the request id"


@dataclass(frozen=True)
class Answer:
    """A whole answer of the API."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_ok(self) -> bool:
        """Whether the server did what it was asked."""
        return self.status < 300

    def without(self, secret: str | None) -> Answer:
        """Mask the token wherever the server repeats it, to quote what it said."""
        headers = {name.lower(): masked(value, secret) for name, value in self.headers.items()}
        body = masked(self.body.decode('latin-1'), secret).encode('latin-1')
        return Answer(self.status, headers, body)

    @property
    def request_id(self) -> str | None:
        """Tell what the server calls this request."""
        return self.headers.get('x-request-id')

    @property
    def retry_after_s(self) -> float | None:
        """How long the server asks to wait, if it says so."""
        text = self.headers.get('retry-after', '').strip()
        if re.fullmatch(r'\d+(\.\d+)?', text):
            return float(text)
        try:
            return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
        except (TypeError, ValueError, IndexError):
            return None


def value_of(
    answer: Answer, error: type[ResponseError], doing: str, secret: str | None = None
) -> Any:
    """
    Read the JSON of a good answer; nothing gives ``None``. An error does not repeat the secret.

    Raises
    ------
    ResponseError
        As ``error``, if it is not JSON.

    """
    if not answer.body:
        return None
    try:
        return json.loads(answer.body)
    # Brackets nested without end are no answer either.
    except (ValueError, RecursionError):
        pass
    answer = answer.without(secret)
    raise error(
        f'could not {doing}: the answer ({answer.status}) is not JSON but '
        f'{_quoted(answer.body)!r}; check that the URL is that of a SceneBox server',
        status=answer.status,
        request_id=answer.request_id,
    )


def of_kind(
    value: Any,
    kinds: type | tuple[type, ...],
    error: type[ResponseError],
    doing: str,
    of: type | None = None,
    secret: str | None = None,
) -> Any:
    """
    Return a value of an answer, if it is what the protocol promises.

    Parameters
    ----------
    value
        The JSON.
    kinds
        What it may be.
    error, doing
        The class to raise, and what was attempted.
    of
        What each element of a list must be.
    secret
        The token, to be masked where the answer repeats it.

    Raises
    ------
    ResponseError
        As ``error``, if it is something else.

    """
    is_promised = isinstance(value, kinds)
    if is_promised and isinstance(value, list) and of:
        is_promised = all(isinstance(one, of) for one in value)
    if is_promised:
        return value
    shown = _short(masked(json.dumps(value), secret))
    raise error(
        f'could not {doing}: the answer is {shown}, which is not what the protocol promises; '
        'check that the URL is that of a SceneBox server'
    )


def list_in(
    document: Mapping[str, Any], key: str, error: type[ResponseError], of: type
) -> list[Any]:
    """
    Read a list that a document may have; nothing is an empty one.

    Raises
    ------
    ResponseError
        As ``error``, if it is something else, or its elements are not as ``of`` says.

    """
    found: list[Any] = of_kind(document.get(key) or [], list, error, f'read {key!r}', of)
    return found


def number_in(document: Mapping[str, Any], key: str, error: type[ResponseError]) -> float:
    """
    Read a number that a document may have; nothing is 0.

    Raises
    ------
    ResponseError
        As ``error``, if it is no number.

    """
    told = of_kind(document.get(key) or 0.0, (int, float), error, f'read {key!r}')
    return float(told)


def text_in(document: Mapping[str, Any], key: str, error: type[ResponseError]) -> str | None:
    """
    Read a text that a document may have.

    Raises
    ------
    ResponseError
        As ``error``, if it is something else.

    """
    told: str | None = of_kind(document.get(key), (str, type(None)), error, f'read {key!r}')
    return told


def error_of(
    answer: Answer, error: type[ResponseError], doing: str, secret: str | None = None
) -> ResponseError:
    """
    Make the exception for an answer that is not good.

    Parameters
    ----------
    answer
        With a status of 300 or more.
    error
        The class that the call documents.
    doing
        What was attempted: ``"get the metadata of 'x'"``.
    secret
        The token, to be masked where the server repeats it.

    Returns
    -------
    ResponseError
        Of the class ``error``; of :class:`InvalidAuthorization` for 401 and 403 if ``error`` is a
        base of that.

    """
    answer = answer.without(secret)
    code, reason = _said(answer)
    details = [f'code {code}'] if code else []
    details += [f'request {answer.request_id}'] if answer.request_id else []
    suffix = f' ({", ".join(details)})' if details else ''
    text = f'could not {doing}: {answer.status} {reason}{suffix}; {_advice(answer)}'
    if answer.status in (401, 403) and issubclass(InvalidAuthorization, error):
        error = InvalidAuthorization
    return error(
        masked(text, secret), status=answer.status, code=code, request_id=answer.request_id
    )


def masked(text: str, secret: str | None) -> str:
    """Mask the token wherever a text repeats it, be it escaped for a URL."""
    for form in {secret, quote(secret), quote_plus(secret)} if secret else ():
        text = text.replace(form, '***')
    return text


def _advice(answer: Answer) -> str:
    if 300 <= answer.status < 400:
        target = answer.headers.get('location', '').partition('?')[0]
        return f'the server moved to {target or "another place"}; pass that URL to the client'
    return ADVICE.get(answer.status, SERVER_FAILED if answer.status >= 500 else ADVICE[400])


def _said(answer: Answer) -> tuple[str | None, str]:
    """Find the server's own word and sentence for an error."""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None, _quoted(answer.body)
    inner = said.get('error', said) if isinstance(said, dict) else said
    if not isinstance(inner, dict):
        return None, _short(str(inner))
    code = inner.get('code')
    reason = inner.get('message') or inner.get('detail') or json.dumps(inner)
    return (str(code) if code else None), _short(str(reason))


def _quoted(body: bytes) -> str:
    """Quote a body: of a web page only its words."""
    text = body[:20_000].decode('utf-8', 'replace')
    if re.match(r'\s*<(!doctype|html|\?xml)', text, re.IGNORECASE):
        text = re.sub(r'(?is)<(script|style).*?</\1>|<[^>]*>', ' ', text)
    return _short(text)


def _short(text: str) -> str:
    text = ' '.join(text.split())
    return text if len(text) <= QUOTED else f'{text[:QUOTED]}…'
