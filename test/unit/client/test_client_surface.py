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


"""What users of the client see: names, signatures, docstrings, imports."""

import ast
import importlib
import inspect
import os
from pathlib import Path
import re
import subprocess
import sys

import pytest

from scenebox_ros import client, errors
from scenebox_ros.client import (
    AssetManagerClient,
    AsyncAssetManagerClient,
    exceptions,
    JobManagerClient,
)
from scenebox_ros.client.endpoints import jobs

ROOT = Path(__file__).parents[3]
# As published; the headings of the last six are lost there and follow from their parameters.
PUBLISHED = """
delete(id, wait_for_deletion=True, raise_for_failure=False)
put_file(file_object, id=None, folder=None, owner_organization_id=None, content_type=None, \
content_encoding=None, content_size=None, add_to_redis_cache=False, retry=False)
get_url(id, expiration=43200)
get_bytes(id, add_to_diskcache=False, add_to_redis_cache=True, url=None, retry=False)
get_bytes_in_batch(ids, add_to_redis_cache=True, add_to_diskcache=False)
copy(id, new_id)
sum(field_name, is_nested=False, search=None)
average(field_name, is_nested=False, search=None)
cardinality(field_name, string_field=True, is_nested=False, search=None)
get_metadata(id, retry=False)
get_metadata_in_batch(ids, source_selected_fields=None)
update_metadata(id, metadata, buffered_write=False, replace_sets=False, geo_field=None, \
shape_group_field=None, nested_fields=None, retry=False)
update_aux_metadata(id, metadata, geo_field=None, shape_group_field=None, nested_fields=None)
update_metadata_batch(ids, metadata, buffered_write=False, replace_sets=False, geo_field=None, \
shape_group_field=None, nested_fields=None)
upsert_metadata(id, metadata, geo_field=None, shape_group_field=None, nested_fields=None, \
buffered_write=False)
update_by_query(update_field, update_value, operation, limit=None, query=None)
assets_iterator(query=None, filters=None, sort_field='id', sort_order='asc')
search_assets(query=None, filters=None, size=50, offset=0, sort_field=None, sort_order=None, \
search_after=None, scan=False)
search_assets_large(query=None, filters=None)
remove_key_from_index(key, wait_for_completion=False)
delete_with_query(query=None, filters=None, wait_for_completion=False)
delete_with_list(assets_list=None, wait_for_completion=False)
search_meta(query=None, size=50, filters=None, offset=0, sort_field=None, sort_order=None, \
scan=False, compress=False)
search_meta_large(query=None, filters=None, compress=False)
with_asset_state(asset_type, metadata_only=False)
download_data_in_batch(destination_dir, ids=None, query=None, download_metadata=True)
add_auxiliary_metadata(id=None, ids=None, search=None, filters=None, **kwargs)
clear_cache(all_organizations=False, partitions=None)
wait_for_batch_update_task(query_task_id, timeout=1200)
get_bytes_from_kv_store(id)
get_url_in_batch(ids)
exists(id)
exists_multiple(ids)
count(search=None)
summary_meta(summary_request)
""".strip().splitlines()
CONSTRUCTOR = (
    "(asset_type='sessions', asset_manager_url=None, metadata_only=False, auth_token=None, "
    'cache_disabled=False, is_non_standard_asset=False, kv_store=None, num_threads=20)'
)


def published_form(function):
    """A signature without self, types and what is keyword-only."""
    parameters = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for name, parameter in inspect.signature(function).parameters.items()
        if name != 'self' and parameter.kind is not inspect.Parameter.KEYWORD_ONLY
    ]
    return str(inspect.Signature(parameters))


def public_methods(kind):
    return {
        name: function
        for name, function in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith('_')
    }


@pytest.mark.parametrize('line', PUBLISHED, ids=lambda line: line.partition('(')[0])
def test_a_method_has_the_published_signature(line):
    name, _, rest = line.partition('(')

    assert published_form(getattr(AssetManagerClient, name)) == f'({rest}'


def test_a_directory_is_zipped_in_the_systems_folder_for_temporary_files():
    shown = published_form(AssetManagerClient.put_directory)

    assert re.fullmatch(r"\(directory_path, metadata, temp_dir='.+'\)", shown)


def test_the_constructor_has_the_published_signature():
    assert published_form(AssetManagerClient.__init__) == CONSTRUCTOR
    assert published_form(AsyncAssetManagerClient.__init__) == CONSTRUCTOR


@pytest.mark.parametrize(
    'kind, name',
    [
        (kind, name)
        for kind in (AssetManagerClient, JobManagerClient)
        for name in public_methods(kind)
    ],
    ids=lambda one: getattr(one, '__name__', one),
)
def test_a_public_method_is_documented_in_full(kind, name):
    function = public_methods(kind)[name]
    text = inspect.getdoc(function)
    parameters = [
        one for one in inspect.signature(function).parameters.values() if one.name != 'self'
    ]

    assert text.splitlines()[0].endswith('.')
    assert 'Examples\n--------\n>>> ' in text
    for parameter in parameters:
        assert re.search(rf'^(.*, )?\**{parameter.name}(,.*)?$', text, re.MULTILINE), parameter
    if inspect.signature(function).return_annotation not in ('None', None):
        assert 'Returns\n-------' in text


def test_the_asynchronous_client_has_the_same_methods():
    sync = public_methods(AssetManagerClient)
    others = public_methods(AsyncAssetManagerClient)

    assert set(others) - set(sync) == {'run'}
    assert set(sync) - set(others) == set()
    for name in set(sync) - {'close'}:
        assert inspect.signature(sync[name]) == inspect.signature(others[name])
        assert sync[name].__doc__ == others[name].__doc__


def test_every_exported_name_is_there_and_known_to_type_checkers():
    source = Path(client.__file__).read_text()
    typed = [
        name.name
        for block in ast.parse(source).body if isinstance(block, ast.If)
        for line in block.body
        for name in line.names
    ]

    assert sorted(typed) == sorted(client.HOMES) == client.__all__
    for name, home in client.HOMES.items():
        assert getattr(client, name) is getattr(importlib.import_module(home), name)
        assert name in dir(client)


def test_a_star_imports_all_that_is_exported():
    names = {}
    exec('from scenebox_ros.client import *', names)

    assert set(client.HOMES) <= set(names)


def test_a_name_that_is_not_there_lists_those_that_are():
    with pytest.raises(AttributeError, match=r"no 'Nonsense'; it has .*AssetManagerClient"):
        _ = client.Nonsense


def test_every_error_can_be_imported_from_the_client():
    ours = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, Exception)
        and not name.startswith(('Decode', 'Encode', 'Bag', 'Spool'))
    }

    assert ours - {'SettingsError'} <= set(vars(exceptions))


@pytest.mark.parametrize(
    'name', ['AssetManagerClient', 'JobManagerClient', 'SceneEngineClient', 'Image']
)
def test_importing_a_client_loads_nothing_heavy(name):
    heavy = ('numpy', 'cv2', 'rclpy', 'pandas', 'av', 'tqdm', 'tenacity', 'asyncio')
    code = (
        f'import sys; from scenebox_ros.client import {name}; '
        f'print([one for one in {heavy!r} if one in sys.modules])'
    )
    environment = {**os.environ, 'PYTHONPATH': str(ROOT)}
    done = subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True, env=environment, check=True
    )

    assert done.stdout.strip() == '[]'


def test_jobs_are_documents_only():
    assert jobs.JOBS.query() == {'asset_type': 'jobs', 'metadata_only': True}
