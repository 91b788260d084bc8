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


"""The asset manager's routes, grouped by noun. All take ``asset_type`` and more as query."""

from __future__ import annotations

from scenebox_ros.wire.route import Route

# -- the server and its users
STATUS = Route('GET', 'root', 'status')
AUTH = Route('GET', 'root', 'auth')
CLEAR_CACHE = Route('POST', 'root', 'clear_cache')
ASSETS_STATUS = Route('GET', 'v1', 'assets/status/')

# -- one asset
ASSET_EXISTS = Route('GET', 'v1', 'assets/exists/{id}')
ASSET_COPY = Route('PUT', 'v1', 'assets/copy/{id}')
ASSET_URL = Route('GET', 'v1', 'assets/{id}')
ASSET_DELETE = Route('DELETE', 'v1', 'assets/{id}')

# -- documents
DOCUMENT_GET = Route('GET', 'v1', 'assets/meta/{id}')
DOCUMENT_PUT = Route('PUT', 'v1', 'assets/meta/{id}')
# The same route twice: the original updates without a slash at the end and puts with one.
DOCUMENTS_UPDATE = Route('POST', 'v1', 'assets/meta_batch')
DOCUMENTS_PUT = Route('POST', 'v1', 'assets/meta_batch/')
FIELD_REGISTER = Route('POST', 'v1', 'assets/register_field/')

# -- searches
SEARCH_IDS = Route('POST', 'v1', 'assets/')
SEARCH_DOCUMENTS = Route('POST', 'v1', 'assets/meta')
SEARCH_FIELDS = Route('GET', 'v1', 'assets/meta/search_fields/')

# -- counts and summaries
COUNT = Route('POST', 'v1', 'assets/count/')
SUM = Route('POST', 'v1', 'assets/sum/')
AVERAGE = Route('POST', 'v1', 'assets/average/')
CARDINALITY = Route('POST', 'v1', 'assets/cardinality/')
SUMMARY = Route('POST', 'v1', 'assets/meta/summary/')
SUMMARY_2D = Route('POST', 'v1', 'assets/summary_2d/')
SUMMARY_ND = Route('POST', 'v1', 'assets/summary_nd/')
FIELD_STATISTICS = Route('POST', 'v1', 'assets/field_statistics/')

# -- many at once, by jobs and tasks
UPDATE_BY_QUERY = Route('POST', 'v1', 'assets/update_by_query')
REMOVE_WITH_QUERY = Route('POST', 'v1', 'assets/remove_with_query/')
REMOVE_WITH_LIST = Route('POST', 'v1', 'assets/remove_with_list/')
REMOVE_KEY = Route('POST', 'v1', 'assets/remove_key_from_index/')

# -- uploads
UPLOAD_URL = Route('POST', 'v1', 'assets/temporary_upload_url/')
MULTIPART_START = Route('POST', 'v1', 'assets/multipart_upload_id/')
MULTIPART_URL = Route('POST', 'v1', 'assets/multipart_temporary_upload_url/')
MULTIPART_COMPLETE = Route('POST', 'v1', 'assets/multipart_complete/')
CLEAR_BYTES = Route('DELETE', 'v1', 'assets/clear_bytes_from_cache')
DELETE_IF_STORED = Route('DELETE', 'v1', 'assets/delete_if_exists_in_storage')
DELETE_IF_STORED_BY_ID = Route('DELETE', 'v1', 'assets/delete_if_exists_in_storage/{id}')

# -- where bytes are
ACCESS_URLS_OF_ASSETS = Route('POST', 'v1', 'assets/url_from_object_access_in_batch/')
ACCESS_URL_OF_ASSET = Route('POST', 'v1', 'assets/url_from_object_access/')
ACCESS_URLS = Route('POST', 'v1', 'storage/url_from_object_access_in_batch/')
ACCESS_URL = Route('POST', 'v1', 'storage/url_from_object_access/')
STORAGE_LIST = Route('POST', 'v1', 'storage/list_objects/')
STORAGE_SIGN = Route('POST', 'v1', 'storage/generate_signed_url/')
