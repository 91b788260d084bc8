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


"""Operations: schemas, state between phases, external annotators."""

from types import SimpleNamespace

import pytest

from scenebox_ros.client.external_annotator import (
    empty_annotation,
    ExternalAnnotator,
    output_set_id,
)
from scenebox_ros.client.operations import BaseOperation
from scenebox_ros.errors import OperationError
from scenebox_ros.model.annotation import BoundingBox, BoundingBoxAnnotation
from scenebox_ros.model.parameters import (
    BooleanParameter,
    FieldValueParameter,
    PhaseEntity,
    RangeParameter,
    RawParameter,
    SetsList,
)


class Sets:
    """Sets of images; all but ``gone`` exist."""

    def exists(self, set_id):
        return set_id in ('set_1', 'made')

    def get_metadata(self, set_id):
        return {'assets_type': 'images'}


class Client:
    """A scene engine's client that remembers."""

    def __init__(self):
        self.stored = {}
        self.calls = []

    def get_asset_manager(self, asset_type):
        return Sets()

    def _get_operation_instance(self, instance_id):
        return {'state_dict': self.stored}

    def _update_operation_instance(self, instance_id, state_dict):
        self.stored = state_dict

    def get_job_manager(self, job_id):
        return SimpleNamespace(
            run=lambda: self.calls.append('run'),
            finish=lambda: self.calls.append('finish'),
            abort=lambda error_string: self.calls.append('abort'),
        )

    def assets_in_set(self, set_id):
        return ['img_1', 'img_2']

    def create_set(self, name, asset_type, **fields):
        self.calls.append(('create_set', name, fields['id']))

    def delete_annotations(self, search):
        self.calls.append('delete_annotations')

    def add_annotations(self, annotations, annotations_to_objects):
        self.calls.append(('add', [one.id for one in annotations]))


class Annotator(ExternalAnnotator):
    """Sends nothing, receives one box."""

    annotator_name = 'cvat'
    config_schema = (FieldValueParameter('annotation_type', 'str', ['two_d_bounding_box']),)
    input_schema = (SetsList(['images']),)
    phase_params_schema = (
        PhaseEntity('send_data', []), PhaseEntity('receive_annotations', [])
    )

    def send_images_to_annotator(self, instance_id, set_ids, config, payload):
        self.sec.calls.append(('send', list(set_ids)))

    def receive_annotations_from_annotator(
        self, instance_id, set_id, output_set_id, config, payload
    ):
        box = BoundingBox(label='car', x_min=1, x_max=3, y_min=2, y_max=5)
        return [BoundingBoxAnnotation([box], id='ann_1', asset_id='img_1', provider='cvat')]


def run(annotator, phase):
    return annotator.process(
        'inst1', 'job_1', {'sets': ['set_1']}, {'annotation_type': 'two_d_bounding_box'}, phase
    )


def test_a_range_is_written_as_in_the_protocol():
    parameter = RangeParameter('a', 'float', 0.0, 1.0, 0.5, description='d')

    assert list(parameter.to_dic().items()) == [
        ('field_name', 'a'), ('field_data_type', 'float'), ('description', 'd'),
        ('accept_none_as_valid', False), ('min_value', 0.0), ('max_value', 1.0),
        ('default_value', 0.5), ('parameter_type', 'range_parameter'),
    ]


@pytest.mark.parametrize(
    'parameter, value, error',
    [
        (RangeParameter('a', 'float', 0.0, 1.0), 2.0, AssertionError),
        (RangeParameter('a', 'float', 0.0, 1.0), None, AssertionError),
        (RangeParameter('a', 'float', 0.0, 1.0), 1, ValueError),
        (FieldValueParameter('a', 'str', ['x']), 'y', AssertionError),
        (FieldValueParameter('a', 'list_str', ['x']), ['x', 'y'], AssertionError),
        (FieldValueParameter('a', 'list_str', accept_none_as_valid=True), None, ValueError),
        (FieldValueParameter('a', 'set'), 1, ValueError),
        (BooleanParameter('a'), None, ValueError),
        (RawParameter('a'), [], ValueError),
    ],
)
def test_a_value_that_does_not_fit_is_refused(parameter, value, error):
    with pytest.raises(error, match=r"'a'"):
        parameter.validate(value)


@pytest.mark.parametrize(
    'parameter, value',
    [
        (RangeParameter('a', 'int', 0, 5), True),
        (FieldValueParameter('a', 'list_str', ['x']), ['x']),
        (BooleanParameter('a', accept_none_as_valid=True), None),
    ],
)
def test_a_value_that_fits_passes(parameter, value):
    parameter.validate(value)


def test_state_is_merged_and_each_part_is_overwritten_alone():
    client = Client()
    operation = BaseOperation(client)
    operation.save_state('i', {'a': 1})
    operation.save_state('i', {'b': 2})
    operation._save_state_internal('i', {'z': 1})

    assert client.stored == {'user_data': {'a': 1, 'b': 2}, 'internal_data': {'z': 1}}
    operation.save_state('i', {'c': 1}, overwrite=True)
    assert client.stored == {'user_data': {'c': 1}, 'internal_data': {'z': 1}}
    assert operation.get_state('i') == {'c': 1}


def test_an_operation_without_input_schema_cannot_write_it():
    with pytest.raises(OperationError, match='input_schema'):
        BaseOperation(Client()).get_input_schema()
    assert BaseOperation(Client()).get_config_schema() == []


def test_an_annotator_sends_and_then_receives():
    client = Client()
    annotator = Annotator(client)

    assert run(annotator, 'send_data') == ({'sets': []}, False)
    output = 'ab1919043307c8cb58811da1af6098d4'
    assert output_set_id('set1', 'inst1') == output
    made = output_set_id('set_1', 'inst1')
    assert run(annotator, 'receive_annotations') == ({'sets': [made]}, True)
    assert ('create_set', 'set_1_inst1', made) in client.calls
    assert ('add', ['ann_1', 'cvat_img_2_two_d_bounding_box']) in client.calls


def test_nothing_is_received_before_data_was_sent():
    client = Client()

    with pytest.raises(OperationError, match='run the phase send_data first'):
        run(Annotator(client), 'receive_annotations')
    assert client.calls == ['run', 'abort']


def test_an_annotator_needs_config_and_input():
    with pytest.raises(OperationError, match='one of them is empty'):
        Annotator(Client()).process('inst1', 'job_1', {}, {})


def test_an_empty_annotation_has_a_derived_id():
    assert empty_annotation('img_1.png', 'polygon', 'cvat').id == 'cvat_img_1.png_polygon'
    with pytest.raises(TypeError, match='ellipse'):
        empty_annotation('img_1.png', 'ellipse', 'cvat')
