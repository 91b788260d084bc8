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

"""Every parameter of every node, as the running node describes it."""

from contextlib import ExitStack

import pytest
from rcl_interfaces.msg import ParameterType
from rcl_interfaces.srv import DescribeParameters, GetParameters, ListParameters

from scenebox_ros.nodes.catalogue import all_options

pytestmark = [pytest.mark.ros, pytest.mark.filterwarnings('ignore::DeprecationWarning')]
NUMBERS = {ParameterType.PARAMETER_INTEGER: 'integer_range',
           ParameterType.PARAMETER_DOUBLE: 'floating_point_range'}
# rates, quality, priorities, caps.
LIVE = {
    'camera_node': {'every_nth', 'max_rate_hz', 'min_distance_m', 'jpeg_quality', 'priority',
                    'streams', 'rolls', 'ring_mb'},
    'lidar_node': {'max_rate_hz', 'voxel_m', 'every_nth_point', 'priority', 'lidar_format'},
    'gps_node': {'max_rate_hz', 'priority', 'streams'},
    'session_node': {'cut_every_s', 'idle_after_s', 'mark_before_s', 'mark_after_s'},
    'uploader_node': {'max_mbit_per_s', 'schedule', 'metered', 'metered_mbit_per_s'},
    'bag_upload_node': set(),
}


def test_all_are_described_numbers_have_ranges_and_the_right_ones_are_live(bench):
    described = {}
    with ExitStack() as stack:
        for node in LIVE:
            stack.enter_context(bench.running(node))
        for node in LIVE:
            names = bench.call(ListParameters, f'/{node}/list_parameters').result.names
            answer = bench.call(DescribeParameters, f'/{node}/describe_parameters',
                                DescribeParameters.Request(names=names))
            described[node] = {one.name: one for one in answer.descriptors}

    for node, options in all_options().items():
        # use_sim_time and start_type_description_service are rclpy's own.
        own = {option.name for option in options} | {'autostart'}
        assert own <= set(described[node])
        for name in own:
            one = described[node][name]
            assert len(one.description) > 10, f'{node} {name}'
            if one.type in NUMBERS:
                assert getattr(one, NUMBERS[one.type]), f'{node} {name} has no range'
            assert not one.dynamic_typing, f'{node} {name}'
        live = {name for name in own if not described[node][name].read_only}
        assert LIVE[node] <= live
        assert live == {option.name for option in options if option.is_live}


def test_all_can_be_read_at_once_whatever_was_given_for_lists(bench):
    for given in [[], ['topics:=[]'], ['topics:=[""]'], ['topics:=["^/a", ""]']]:
        with bench.running('camera_node', *given):
            names = bench.call(ListParameters, '/camera_node/list_parameters').result.names
            values = bench.call(GetParameters, '/camera_node/get_parameters',
                                GetParameters.Request(names=names)).values
            read = dict(zip(names, values, strict=True))
            assert bench.heard['camera_node']['level'] == 'OK', bench.heard

        topics = ['^/a', ''] if given[-1:] == ['topics:=["^/a", ""]'] else ['']
        assert read['topics'].string_array_value == topics
        assert read['streams'].string_array_value == ['']
        assert read['depth'].integer_value == 10


def test_what_is_read_only_cannot_be_changed_and_a_wrong_type_is_refused(bench):
    with bench.running('uploader_node'), bench.running('session_node'):
        assert 'read-only' in bench.set('uploader_node', server='http://elsewhere:1')
        assert 'read-only' in bench.set('session_node', mode='manual')
        assert bench.set('uploader_node', max_mbit_per_s='fast') != ''
        assert 'range' in bench.set('uploader_node', max_mbit_per_s=-1.0)
        assert bench.set('uploader_node', schedule=['25:00-26:00 1']) != ''
        assert bench.set('uploader_node', schedule=['22:00-06:00 50.0'], metered=True) == ''
        assert bench.set('uploader_node', schedule=['']) == ''
        assert bench.set('session_node', cut_every_s=60.0) == ''
