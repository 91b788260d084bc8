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
Asking an HTTP endpoint about an asset.

It gets ``POST`` with the asset's bytes as they are, headers ``Content-Type``, ``X-Asset-Id`` and
``X-Asset-Type``, and answers ``{"classes": [{"label", "confidence"}], "boxes": [{"label",
"confidence", "left", "top", "right", "bottom"}], "embedding": [...], "mask": {"png": base64,
"regions": [{"label", "confidence", "color": "#rrggbb"}]}}``, each of them optional.
Redirects are not followed: only the address that the operator wrote down is ever called.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
import json
import math
import re
from typing import Any
from urllib.parse import quote, urlsplit

from scenebox_ros.codecs.probe import probe
from scenebox_ros.errors import DependencyError, SceneBoxError
from scenebox_ros.server.models.prediction import Found, Label, Mask, Prediction, Region
from scenebox_ros.server.models.registry import Model

MAX_ANSWER = 16 * 1024 * 1024
COLOUR = re.compile('#[0-9a-f]{6}')
SIDES = ('left', 'top', 'right', 'bottom')


def predict(model: Model, blob: bytes, asset_id: str, kind: str, content_type: str) -> Prediction:
    """
    Ask a model's endpoint.

    Raises
    ------
    DependencyError
        If it cannot be reached, refuses, or answers what cannot be understood.

    """
    headers = {'Content-Type': content_type or 'application/octet-stream',
               'X-Asset-Id': quote(asset_id), 'X-Asset-Type': kind}  # fmt: skip
    try:
        return read(json.loads(_post(model, blob, headers)))
    except (OSError, HTTPException) as error:
        raise DependencyError(f'model {model.name!r} cannot be reached: {error}') from None
    except (ValueError, TypeError, KeyError) as error:
        raise DependencyError(
            f'model {model.name!r} answered what cannot be understood: {error!r:.300}'
        ) from None


def _post(model: Model, blob: bytes, headers: Mapping[str, str]) -> bytes:
    place = urlsplit(model.url)
    kind = HTTPSConnection if place.scheme == 'https' else HTTPConnection
    connection = kind(place.hostname or '', place.port, timeout=model.timeout_s)
    path = (place.path or '/') + (f'?{place.query}' if place.query else '')
    try:
        connection.request('POST', path, blob, dict(headers))
        reply = connection.getresponse()
        body = reply.read(MAX_ANSWER + 1)
    finally:
        connection.close()
    if reply.status != 200:
        raise OSError(f'it answered {reply.status}: {body[:200].decode("utf-8", "replace")}')
    if len(body) > MAX_ANSWER:
        raise OSError(f'its answer is longer than {MAX_ANSWER} bytes')
    return body


def read(answer: Any) -> Prediction:
    """Read an endpoint's answer; ValueError, TypeError or KeyError if it is none."""
    if not isinstance(answer, Mapping):
        raise TypeError('the answer must be a JSON object')
    return Prediction(
        tuple(Label(str(c['label']), _number(c.get('confidence', 1)))
              for c in answer.get('classes') or ()),
        tuple(Found(str(b['label']), _number(b.get('confidence', 1)), *map(_number, _box(b)))
              for b in answer.get('boxes') or ()),
        tuple(_number(value) for value in answer.get('embedding') or ()),
        _mask(answer['mask']) if answer.get('mask') else None,
    )  # fmt: skip


def _mask(given: Mapping[str, Any]) -> Mask:
    png = base64.b64decode(given['png'], validate=True)
    try:
        found = probe(png)
    except SceneBoxError as error:
        raise ValueError(f'the mask: {error}') from None
    if found.format != 'png':
        raise ValueError(f'the mask is {found.format}, not png')
    regions = []
    for one in given['regions']:
        colour = str(one['color']).lower()
        if not COLOUR.fullmatch(colour):
            raise ValueError(f'color {colour[:20]!r} is not #rrggbb')
        regions.append(Region(str(one['label']), _number(one.get('confidence', 1)), colour))
    return Mask(png, tuple(regions))


def _box(box: Mapping[str, Any]) -> list[Any]:
    return [box[side] for side in SIDES]


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f'{value!r} is not a finite number')
    return number
