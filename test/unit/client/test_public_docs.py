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


"""What users find in ``help()``: every public method says all there is to say, and an example."""

import ast
import doctest
from importlib import import_module
import inspect
import re

import pytest

from scenebox_ros import client

ROOMS = ('annotation', 'assets', 'external_annotator', 'object_access', 'operations',
         'transformers', 'udf')
MODULES = [client, *(import_module(f'scenebox_ros.client.models.{room}') for room in ROOMS)]
NAMES = {
    name: getattr(module, name)
    for module in MODULES
    for name in dir(module)
    if inspect.isclass(getattr(module, name)) or name in client.HOMES
}
CLASSES = [
    value
    for value in NAMES.values()
    if inspect.isclass(value) and value.__module__.startswith('scenebox_ros')
    and not issubclass(value, Exception)
]
# A method that is inherited is looked at once.
METHODS = {
    method.__qualname__: method
    for cls in CLASSES
    for name, method in inspect.getmembers(cls, callable)
    if inspect.isroutine(method) and not name.startswith('_')
    and str(getattr(method, '__module__', '')).startswith('scenebox_ros')
}
# Whose examples need no server.
LOCAL = [
    name
    for name in METHODS
    if name.partition('.')[0] in ('AnnotationEntity', 'Connection', 'Embedding', 'ObjectAccess',
                                  'Parameter', 'PhaseEntity', 'Point', 'RelatedAnnotation',
                                  'TemplateOperation', 'Timeouts')
]


@pytest.mark.parametrize('name', METHODS)
def test_a_public_method_is_documented_in_full(name):
    doc = inspect.getdoc(METHODS[name])
    signature = inspect.signature(METHODS[name])
    parameters = [one for one in signature.parameters if one not in ('self', 'cls')]

    assert '\nExamples\n--------\n' in doc
    assert not parameters or '\nParameters\n----------\n' in doc
    for parameter in parameters:
        assert re.search(rf'(^|, |\n|\*){parameter}(,|\n)', doc), parameter
    if signature.return_annotation not in (None, 'None', inspect.Signature.empty):
        assert re.search(r'\n(Returns|Yields)\n-', doc)


@pytest.mark.parametrize('name', METHODS)
def test_an_example_is_python(name):
    for example in doctest.DocTestParser().get_examples(inspect.getdoc(METHODS[name])):
        compile(example.source, name, 'exec', flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.parametrize('name', LOCAL)
def test_an_example_that_needs_no_server_does_what_it_says(name):
    doc = inspect.getdoc(METHODS[name])
    test = doctest.DocTestParser().get_doctest(doc, dict(NAMES), name, None, None)

    assert doctest.DocTestRunner(verbose=False).run(test).failed == 0
