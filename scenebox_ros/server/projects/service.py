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

"""Projects: sets in stages, and the operations that work on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import json
import time
from typing import Any

from scenebox_ros import ids, stamps
from scenebox_ros.errors import (
    InvalidConfigError,
    MetadataNotFoundError,
    OperationError,
    ProjectError,
)
from scenebox_ros.server.sets.service import find, REPLACING
from scenebox_ros.server.store.database import Connection
from scenebox_ros.server.store.documents import Documents, Reach
from scenebox_ros.server.store.merge import Document, objects_of

OPERATION_TYPES = (
    'annotation', 'smoothing_time_series', 'growth_stages_extraction', 'cdl_mask_creation',
    'multispectral_time_series_building', 'dataset_similarity_search', 'consensus',
    'model_inference', 'deduplication', 'images_to_objects_model_assisted',
    'images_to_objects_from_annotations', 'annotations_to_objects', 'split_sets',
    'high_priority_operation', 'low_priority_operation',
)  # fmt: skip
CONFIG_TYPES = (
    'admin_panel', 'annotation_comparison_card', 'annotation_instruction',
    'campaign_operation_config', 'header_filter_group', 'jira_config',
    'object_interaction_recipe', 'operation_config', 'org_config', 'search', 'session_view',
    'session_view_template', 'summary_view',
)  # fmt: skip


class Projects:
    """All projects, operations and configurations of a server."""

    def __init__(self, documents: Documents) -> None:
        self.documents = documents

    def add(self, reach: Reach, name: str, tags: Sequence[str]) -> str:
        """Make a project; several may have one name."""
        if not name:
            raise ProjectError('name is empty; give the project a name')
        document = {'name': name, 'tags': list(tags), 'set_stages': [], 'timestamp': _now()}
        return str(self.documents.put(reach, 'projects', ids.guid(), document)['id'])

    def add_sets(self, reach: Reach, project_id: str, sets: Sequence[str], stage: int) -> Document:
        """Put sets into a stage of a project; those that are there stay."""
        for name in sets:
            self.documents.get(reach, 'sets', name)
        wanted = [{'set_id': ids.std(name), 'stage': stage} for name in sets]
        return self._stages(reach, project_id, lambda old: [
            *old, *(one for one in wanted if one not in old),
        ])  # fmt: skip

    def remove_sets(self, reach: Reach, project_id: str, sets: Sequence[Any]) -> Document:
        """Take sets out of stages; an entry without a stage takes the set out of all."""
        gone = []
        for entry in sets:
            named = {'set_id': entry} if isinstance(entry, str) else entry
            if not isinstance(named, Mapping) or not isinstance(named.get('set_id'), str):
                raise ProjectError(f'{str(entry)[:60]!r} is no set; give {{"set_id", "stage"}}')
            gone.append((ids.std(named['set_id'] or '?'), named.get('stage')))

        def stays(one: Any) -> bool:
            return all(
                one.get('set_id') != name or (stage is not None and one.get('stage') != stage)
                for name, stage in gone
            )

        return self._stages(reach, project_id, lambda old: [one for one in old if stays(one)])

    def _stages(self, reach: Reach, project_id: str, change: Any) -> Document:
        project = self.documents.get(reach, 'projects', project_id)
        owner, name = str(project['owner']), str(project['id'])

        def work(connection: Connection) -> Document:
            known = find(connection, owner, 'projects', [name])
            if name not in known:
                raise MetadataNotFoundError(f'project {name!r} was deleted', status=404)
            stages = change(objects_of(known[name], 'set_stages'))
            item = (name, {'set_stages': stages})
            return self.documents.apply(connection, owner, 'projects', [item], REPLACING)[0]

        return self.documents.database.write(work)

    def add_operation(self, reach: Reach, wish: Mapping[str, Any]) -> str:
        """
        Make an operation of a project.

        Raises
        ------
        OperationError
            If its type is not known, or an annotation operation names no instruction.

        """
        kind, config = wish.get('type'), wish.get('config')
        if kind not in OPERATION_TYPES:
            raise OperationError(
                f'operation type {kind!r} is not known; known are {", ".join(OPERATION_TYPES)}',
                status=400,
            )
        if not isinstance(config, Mapping):
            raise OperationError(f'config is {str(config)[:60]!r}; give an object', status=400)
        if kind == 'annotation' and not config.get('annotation_instruction_id'):
            raise OperationError(
                'config.annotation_instruction_id is missing; make an instruction first',
                status=400,
            )
        project = self.documents.get(reach, 'projects', str(wish.get('project_id') or '?'))
        document = {
            'name': str(wish.get('name') or kind),
            'type': kind,
            'stage': wish.get('stage') or 0,
            'project_id': project['id'],
            'config': dict(config),
            'description': wish.get('description'),
            'status': 'initialized',
            'progress': 0.0,
            'job_id': None,
            'timestamp': _now(),
        }
        return str(self.documents.put(reach, 'operations', ids.guid(), document)['id'])

    def add_config(self, reach: Reach, wish: Mapping[str, Any]) -> str:
        """
        Keep a configuration, with whatever keys it came; one of the same id is overwritten.

        Raises
        ------
        InvalidConfigError
            If it has no name, or its type is not known.

        """
        name, kind = wish.get('name'), wish.get('type')
        if not isinstance(name, str) or not name:
            raise InvalidConfigError(f'name is {name!r}; give the configuration a name')
        if kind not in CONFIG_TYPES:
            raise InvalidConfigError(
                f'config type {kind!r} is not known; known are {", ".join(CONFIG_TYPES)}'
            )
        name = str(wish.get('id') or ids.guid())
        document = {'timestamp': _now(), **{k: v for k, v in wish.items() if k != 'id'}}
        return str(self.documents.put(reach, 'configs', name, document)['id'])


def read_config(document: Document) -> Any:
    """Read a configuration's content, as an object even where a client wrote it as text."""
    content = document.get('config')
    try:
        return json.loads(content) if isinstance(content, str) else content
    except ValueError:
        return content


def _now() -> str:
    return stamps.to_iso(time.time_ns())
