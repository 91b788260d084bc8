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
Many small assets in one request: bytes are hashed and stored with their documents.

The event loop only receives: a thread hashes and checks while it receives other requests. Each
asset has a result of its own; see :mod:`scenebox_ros.wire.frames` for what the body is.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from dataclasses import replace
import logging
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from scenebox_ros.errors import InvalidArgumentsError
from scenebox_ros.server.api import failures
from scenebox_ros.server.api.assets import writing
from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.failures import RefusedError
from scenebox_ros.server.api.limits import in_time
from scenebox_ros.server.api.table import Endpoint, WRITE
from scenebox_ros.server.api.uploads import header_text
from scenebox_ros.server.store.batches import Batch, key_of, SmallAsset
from scenebox_ros.server.store.documents import valid_id
from scenebox_ros.server.store.json_text import has_zero_key
from scenebox_ros.server.store.merge import Mode
from scenebox_ros.server.store.naming import Name
from scenebox_ros.server.store.segments import Body
from scenebox_ros.wire.extension_routes import BATCH_PUT
from scenebox_ros.wire.frames import Frame, FrameReader, MAX_BODY_BYTES, MAX_ITEM_BYTES, MAX_ITEMS

log = logging.getLogger(__name__)
Json = dict[str, Any]


async def put_batch(call: Call) -> Any:
    """Store many small assets, bytes and documents; one that fails does not fail the others."""
    asset_type = call.asset_type
    # As the original's batches are put: created or overwritten.
    how = replace(writing(call), mode=Mode.PUT)
    with in_time(call.core.settings.body_timeout_s):
        frames = await _frames(call.request)

    def begin() -> tuple[list[SmallAsset | Exception], Future[Any]]:
        judged = [_judged(call, asset_type, frame) for frame in frames]
        assets = [one for one in judged if isinstance(one, SmallAsset)]
        batch = Batch(call.objects, call.documents, call.organization, asset_type, how, assets)
        return judged, batch.store()

    judged, storing = await run_in_threadpool(begin)
    stored = iter(await asyncio.wrap_future(storing))
    outcomes = [next(stored) if isinstance(one, SmallAsset) else one for one in judged]
    results = [_result(call, *pair) for pair in zip(frames, outcomes, strict=True)]
    return {'results': results, 'sets': _sets_of(outcomes)}


async def _frames(request: Request) -> list[Frame]:
    """Read the whole body; its bytes stay where they arrived."""
    frames: list[Frame] = []
    reader, size = FrameReader(), 0
    async for piece in request.stream():
        size += len(piece)
        try:
            frames += reader.feed(piece)
        except (ValueError, RecursionError) as error:
            message = f'after {len(frames)} assets: {str(error)[:200]}'
            raise RefusedError(400, 'bad_frame', message) from None
        if size > MAX_BODY_BYTES or len(frames) > MAX_ITEMS:
            limits = f'{MAX_BODY_BYTES} bytes or {MAX_ITEMS} assets'
            raise RefusedError(413, 'too_large', f'the body has more than {limits}; send less')
        request.state.held.take(len(piece))
    if not reader.is_between:
        raise RefusedError(400, 'bad_frame', f'the body ends early, after {len(frames)} assets')
    return frames


def _judged(call: Call, asset_type: str, frame: Frame) -> SmallAsset | Exception:
    """Check one asset as strictly as one that comes alone."""
    try:
        return _checked(call, asset_type, frame)
    except Exception as error:
        return error


def _checked(call: Call, asset_type: str, frame: Frame) -> SmallAsset:
    head = frame.head
    asset_id, document = valid_id(head.get('id')), head.get('document')
    if not isinstance(document, dict):
        raise InvalidArgumentsError(f'document of {asset_id!r} is not an object; send {{...}}')
    if has_zero_key(document):
        raise InvalidArgumentsError(f'a key of {asset_id!r} has a zero character; take it out')
    call.objects.limit(frame.size)
    if frame.is_too_large:
        raise RefusedError(
            413, 'too_large', f'{frame.size} bytes of {MAX_ITEM_BYTES}; send it by itself'
        )
    if head.get('sha256') != frame.sha256:
        claimed = str(head.get('sha256'))[:64]
        raise RefusedError(
            422, 'wrong_hash', f'the bytes hash to {frame.sha256}, not {claimed}; send again'
        )
    key = key_of(asset_type, asset_id, frame.sha256, head.get('name') or asset_id)
    name = Name(
        call.organization, key, header_text(head.get('content_type')),
        header_text(head.get('content_encoding')),
    )
    return SmallAsset(asset_id, document, name, Body(frame.sha256, frame.pieces))


def _result(call: Call, frame: Frame, outcome: Any) -> Json:
    if isinstance(outcome, Exception):
        return {'id': frame.head.get('id'), 'error': _told(call, outcome)}
    uri = outcome['object_access']['uri']
    return {'id': outcome['id'], 'uri': uri, 'size': frame.size}


def _sets_of(outcomes: list[Any]) -> list[str]:
    lists = [one.get('sets') for one in outcomes if isinstance(one, dict)]
    names = [name for sets in lists if isinstance(sets, list) for name in sets]
    return sorted({name for name in names if isinstance(name, str)})


def _told(call: Call, error: Exception) -> Json:
    told = failures.known(error)
    if told is None:
        request_id = call.request.state.request_id
        log.error('request %s failed', request_id, exc_info=error,
                  extra={'request_id': request_id})
        told = 500, 'internal', 'the server failed; its log has the request id'
    status, code, message = told
    return {'status': status, 'code': code, 'message': message}


ENDPOINTS = [Endpoint(BATCH_PUT, put_batch, WRITE, raw=True)]
