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


"""The scene engine's client against the published reference, and its own documentation."""

import inspect
import json
from pathlib import Path

import pytest

from scenebox_ros.client import AsyncSceneEngineClient, SceneEngineClient
from scenebox_ros.client.aio import AsyncClient

DATA = Path(__file__).parent / 'data'
PUBLISHED = json.loads((DATA / 'scene_engine_signatures.json').read_text())
METHODS = sorted(
    name
    for name, value in inspect.getmembers(SceneEngineClient)
    if callable(value) and not name.startswith('_')
)
KEYWORD = inspect.Parameter.KEYWORD_ONLY
POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def parameters_of(name):
    """The parameters of a method as the reference writes them, and those by keyword only."""
    parameters = [
        one
        for one in inspect.signature(getattr(SceneEngineClient, name)).parameters.values()
        if one.name != 'self'
    ]
    written = []
    for one in parameters:
        if one.kind is inspect.Parameter.VAR_KEYWORD:
            written.append([f'**{one.name}'])
        elif one.kind in POSITIONAL:
            has_default = one.default is not inspect.Parameter.empty
            written.append([one.name, one.default] if has_default else [one.name])
    return written, [one for one in parameters if one.kind is KEYWORD]


@pytest.mark.parametrize('name', sorted(PUBLISHED))
def test_a_published_signature_is_kept(name):
    written, _ = parameters_of(name)

    assert written == PUBLISHED[name]


@pytest.mark.parametrize('name', sorted(PUBLISHED))
def test_what_was_added_has_a_default(name):
    _, added = parameters_of(name)

    assert all(one.default is not inspect.Parameter.empty for one in added)


@pytest.mark.parametrize('name', METHODS)
def test_a_method_is_documented_in_full(name):
    doc = inspect.getdoc(getattr(SceneEngineClient, name)) or ''
    signature = inspect.signature(getattr(SceneEngineClient, name))
    names = [one for one in signature.parameters if one != 'self']

    assert '\nExamples\n' in doc
    assert not names or '\nParameters\n' in doc
    for parameter in names:
        assert f'\n{parameter}\n' in doc or f'\n*{parameter}\n' in doc or f'**{parameter}' in doc
    if signature.return_annotation not in ('None', inspect.Signature.empty):
        assert '\nReturns\n' in doc


@pytest.mark.parametrize('name', METHODS)
def test_a_method_has_complete_types(name):
    signature = inspect.signature(getattr(SceneEngineClient, name))
    untyped = [
        one.name
        for one in signature.parameters.values()
        if one.name != 'self' and one.annotation is inspect.Parameter.empty
    ]

    assert untyped == []
    assert signature.return_annotation is not inspect.Signature.empty


@pytest.mark.parametrize('name', METHODS)
def test_the_client_for_asyncio_has_every_method(name):
    assert hasattr(AsyncSceneEngineClient, name)


def test_the_client_for_asyncio_adds_nothing_but_what_all_have():
    own = {name for name in vars(AsyncSceneEngineClient) if not name.startswith('_')}

    assert own <= set(METHODS) - {name for name in vars(AsyncClient) if not name.startswith('_')}
