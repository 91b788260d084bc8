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


"""Where bytes are."""

import pytest

from scenebox_ros.errors import ObjectAccessError
from scenebox_ros.model.object_access import ObjectAccess, UriParser


@pytest.mark.parametrize(
    'given, written',
    [
        ({'url': 'http://test'}, {'url': 'http://test'}),
        ({'uri': 's3://b/x/y.png'}, {'filename': 'y.png', 'uri': 's3://b/x/y.png'}),
        (
            {'uri': 'gs://b/x/y.png', 'filename': 'f'},
            {'filename': 'f', 'uri': 'gs://b/x/y.png'},
        ),
        ({'uri': 's3://b/'}, {'uri': 's3://b/'}),
        (
            {'url': 'http://t', 'uri': 's3://b/k', 'filename': 'f'},
            {'filename': 'f', 'url': 'http://t', 'uri': 's3://b/k'},
        ),
    ],
)
def test_an_object_access_is_written_with_what_it_has(given, written):
    access = ObjectAccess(**given)

    assert access.to_dic() == written
    assert list(access.to_dic()) == list(written)
    assert ObjectAccess.from_dict({**written, 'medium': 'x'}) == access


@pytest.mark.parametrize(
    'given, medium',
    [
        ({'url': 'http://t', 'uri': 's3://b/k'}, 'public-url'),
        ({'uri': 's3://b/k'}, 's3'),
        ({'uri': 'gs://b/k'}, 'gs'),
        ({'uri': 'abs://b/k'}, 'abs'),
    ],
)
def test_the_medium_follows_from_the_place(given, medium):
    assert ObjectAccess(**given).medium == medium


@pytest.mark.parametrize(
    'given, message',
    [
        ({}, 'pass url or uri'),
        ({'url': '', 'uri': ''}, 'pass url or uri'),
        ({'uri': 'ftp://b/k'}, r"'ftp://b/k' is in no known storage; .*gs://, s3://, abs://"),
        ({'uri': 'plain'}, "'plain' is in no known storage"),
    ],
)
def test_a_place_that_is_none_is_named(given, message):
    with pytest.raises(ObjectAccessError, match=message):
        ObjectAccess(**given)


def test_two_are_equal_if_their_urls_or_else_their_uris_are():
    assert ObjectAccess(url='u', uri='s3://b/1') == ObjectAccess(url='u', uri='s3://b/2')
    assert ObjectAccess(uri='s3://b/1', filename='a') == ObjectAccess(uri='s3://b/1')
    assert ObjectAccess(uri='s3://b/1') != ObjectAccess(uri='s3://b/2')
    assert ObjectAccess(url='u') != 'u'
    assert len({ObjectAccess(url='u'), ObjectAccess(url='u', uri='s3://b/2')}) == 1


@pytest.mark.parametrize(
    'uri, parts',
    [
        ('gs://b/k?x=1', ('gs', 'b', 'k?x=1')),
        ('abs://acct/cont/blob#frag', ('abs', 'acct', 'cont/blob#frag')),
        ('s3://b//x/y.png', ('s3', 'b', 'x/y.png')),
    ],
)
def test_a_uri_has_a_provider_a_bucket_and_a_key(uri, parts):
    parsed = UriParser(uri)

    assert (parsed.cloud_provider, parsed.bucket, parsed.key) == parts
    assert parsed.url == uri
