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


"""The tables of docs/migrating.md, line by line."""

from importlib import import_module
from pathlib import Path
import re

import pytest

PAGE = Path(__file__).parents[2] / 'docs' / 'migrating.md'
LINE = re.compile(r'^\| (?P<before>.+?) \| `(?P<now>scenebox_ros[\w.]*)` \|$', re.MULTILINE)
TABLE = LINE.findall(PAGE.read_text())


def found(dotted):
    """Import a module, or what is in one."""
    try:
        return import_module(dotted)
    except ImportError:
        home, _, name = dotted.rpartition('.')
        return getattr(import_module(home), name)


@pytest.mark.parametrize('before, now', TABLE, ids=[now for _, now in TABLE])
def test_an_import_of_the_table_works(before, now):
    assert found(now) is not None


def test_the_table_has_every_module_of_the_client_s_models():
    models = Path(import_module('scenebox_ros.client.models').__file__).parent
    listed = {now for _, now in TABLE}

    assert {
        f'scenebox_ros.client.models.{path.stem}'
        for path in models.glob('*.py')
        if path.stem != '__init__'
    } <= listed


@pytest.mark.parametrize(
    'name',
    ['BoundingBox', 'Polygon', 'Line', 'Point', 'Ellipse', 'Label', 'Pose', 'Connection',
     'Cuboid2D', 'Cuboid3D', 'AnnotationEntity', 'BoundingBoxAnnotation', 'PolygonAnnotation',
     'LineAnnotation', 'PointAnnotation', 'EllipseAnnotation', 'ClassificationAnnotation',
     'PoseAnnotation', 'Cuboid2DAnnotation', 'Cuboid3DAnnotation', 'SegmentationAnnotation'],
)
def test_an_annotation_class_is_where_users_look_for_it(name):
    annotation = import_module('scenebox_ros.client.models.annotation')
    client = import_module('scenebox_ros.client')

    assert getattr(annotation, name) is getattr(client, name)
