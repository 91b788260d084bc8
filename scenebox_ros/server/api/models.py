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

"""Models over HTTP: which there are, and running one."""

from __future__ import annotations

from typing import Any

from scenebox_ros.errors import InvalidArgumentsError
from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.submit import chosen, submit, unused
from scenebox_ros.server.api.table import Endpoint, WRITE
from scenebox_ros.server.models.jobs import HISTOGRAM
from scenebox_ros.server.models.onnx import require_onnx
from scenebox_ros.server.models.registry import BUILT_IN, find, names
from scenebox_ros.wire import extension_routes, scene_routes as routes

WISHES = ('obtain_mask', 'obtain_bbox', 'obtain_object_entities', 'obtain_embeddings')
# Beyond these, clients may send what only some model of the platform understands.
KNOWN = {*WISHES, 'obtain_classes', 'model', 'asset_type', 'ids', 'search', 'threshold',
         'classes_of_interest'}  # fmt: skip


def list_models(call: Call) -> Any:
    """List the models that can be run."""
    return {'models': names(call.core.settings.folder)}


def infer(call: Call) -> Any:
    """Begin to run a model."""
    name, kind = call.field('model'), call.optional('asset_type', str, 'images')
    model = HISTOGRAM if name == BUILT_IN else find(call.core.settings.folder, name)
    if model.onnx:
        require_onnx()
    if kind not in ('images', 'objects') and not model.url:
        raise InvalidArgumentsError(f'{kind} have no pixels; choose images or objects')
    threshold = call.optional('threshold', (int, float))
    if threshold is not None and not 0 <= threshold <= 1:
        raise InvalidArgumentsError(f'threshold is {threshold}; choose 0 to 1')
    names_wanted = call.strings('classes_of_interest') if call.optional(
        'classes_of_interest', list) else []  # fmt: skip
    return submit(call, 'model_inference', {
        **chosen(call, kind), 'asset_type': kind, 'model': name, 'threshold': threshold,
        'classes_of_interest': names_wanted,
        'obtain_classes': call.optional('obtain_classes', bool, True),
        **{wish: call.optional(wish, bool, False) for wish in WISHES},
    }, told=unused(call, *sorted(set(call.object) - KNOWN)))  # fmt: skip


ENDPOINTS = [
    Endpoint(extension_routes.MODELS, list_models),
    Endpoint(routes.MODEL_INFERENCE, infer, WRITE),
]
