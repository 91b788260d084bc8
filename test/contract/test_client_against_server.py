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

"""Every documented method is called against a real server, by the files beside this one."""

import ast
import json
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ENGINE = json.loads((HERE / 'data' / 'scene_engine_signatures.json').read_text())
ASSETS = [
    'add_auxiliary_metadata', 'assets_iterator', 'average', 'cardinality', 'clear_cache',
    'copy', 'count', 'delete', 'delete_with_list', 'delete_with_query',
    'download_data_in_batch', 'exists', 'exists_multiple', 'get_bytes',
    'get_bytes_from_kv_store', 'get_bytes_in_batch', 'get_metadata', 'get_metadata_in_batch',
    'get_url', 'get_url_in_batch', 'put_directory', 'put_file', 'remove_key_from_index',
    'search_assets', 'search_assets_large', 'search_meta', 'search_meta_large', 'sum',
    'summary_meta', 'update_aux_metadata', 'update_by_query', 'update_metadata',
    'update_metadata_batch', 'upsert_metadata', 'wait_for_batch_update_task',
    'with_asset_state',
]
JOB = [
    'abort', 'abort_task', 'add_child_job', 'append_note', 'cancel', 'finish',
    'get_comprehensive_status', 'get_job', 'get_notes', 'get_progress', 'get_status', 'queue',
    'resubmit', 'run', 'update_meta', 'update_progress', 'update_stage', 'wait_for_completion',
]


def called(*names):
    """Collect the methods that the tests beside this one call on variables of these names."""
    found = set()
    for path in HERE.glob('test_client_server_*.py'):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                found |= {node.func.attr} if _root(node.func.value) in names else set()
    return found


def _root(node):
    """Find the variable that a chain of calls starts with."""
    while isinstance(node, (ast.Call, ast.Attribute)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


@pytest.mark.parametrize('method', sorted(set(ENGINE) - {'__init__'}))
def test_a_method_of_the_scene_engine_is_called(method):
    assert method in called('engine', 'client', 'stranger')


@pytest.mark.parametrize('method', ASSETS)
def test_a_method_of_the_asset_manager_is_called(method):
    assert method in called('assets', 'client')


@pytest.mark.parametrize('method', JOB)
def test_a_method_of_the_job_manager_is_called(method):
    assert method in called('job', 'child')
