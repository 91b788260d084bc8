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

"""How annotations compare."""

from __future__ import annotations

from collections.abc import Mapping

from scenebox_ros.client.endpoints.scene import jobs, reads
from scenebox_ros.client.endpoints.scene.reply import optional, truthy
from scenebox_ros.client.methods.scene.base import Json, Query
from scenebox_ros.client.methods.scene.search import SearchMethods
from scenebox_ros.errors import RuleError
from scenebox_ros.wire import scene_routes as routes

MOST_DELETED = 10_000
NOTHING = 'No annotations to delete'


class ComparisonMethods(SearchMethods):
    """Compare annotations, read how models perform."""

    def compare_annotation_pairs(
        self,
        asset_id: str,
        asset_type: str,
        base_annotation_id: str | None = None,
        other_annotation_id: str | None = None,
        base_mapping: Mapping[str, str] | None = None,
        other_mapping: Mapping[str, str] | None = None,
        iou_threshold: float | None = None,
        match_labels: bool | None = None,
        wait_for_completion: bool = False,
    ) -> Json:
        """
        Compare two annotations of an image.

        Parameters
        ----------
        asset_id
            Id of the image.
        asset_type
            ``images``.
        base_annotation_id
            The first annotation.
        other_annotation_id
            The second annotation.
        base_mapping
            Other names for the first one's labels, ``{'vehicle': 'car'}``.
        other_mapping
            Other names for the second one's labels.
        iou_threshold
            Least overlap of two boxes that match.
        match_labels
            Match labels, too, not overlap alone.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.

        Returns
        -------
        Json
            The answer, with the ``job_id``

        Raises
        ------
        JobError
            If the job is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.compare_annotation_pairs('img_1', 'images', 'ann_1', 'ann_2')

        """
        body = {
            'asset_id': asset_id,
            'asset_type': asset_type,
            **truthy(
                base_annotation_id=base_annotation_id, other_annotation_id=other_annotation_id,
                base_mapping=base_mapping, other_mapping=other_mapping,
            ),
            **({} if iou_threshold is None else {'iou_threshold': iou_threshold}),
            **({} if match_labels is None else {'match_labels': match_labels}),
        }
        reply = jobs.start(self._http, routes.COMPARISON_PAIRS, body)
        self._started(reply, wait_for_completion)
        return reply

    def get_performance_metrics(
        self, comparison_task_id: str, search: Query | None = None, iou_threshold: float = 0.0
    ) -> Json:
        """
        Read how a model's annotations compare with the ground truth.

        Parameters
        ----------
        comparison_task_id
            Id of the comparison.
        search
            Query; only comparisons that match it.
        iou_threshold
            Least overlap of two boxes that match, 0 to 1.

        Returns
        -------
        Json
            Precision, recall and f1 by label

        Raises
        ------
        RuleError
            If the comparison does not exist or the threshold is out of range.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_performance_metrics('task_1')

        """
        self._check_comparison(comparison_task_id, iou_threshold)
        wanted = {'field': 'comparison_task_id', 'values': [comparison_task_id]}
        query = dict(search or {})
        query['filters'] = [*(query.get('filters') or ()), wanted]
        body = {'search': query, 'iou_threshold': iou_threshold}
        read: Json = reads.read(self._http, routes.COMPARISON_METRICS, body, gives=dict)
        return read

    def get_performance_metrics_per_dimension(
        self,
        comparison_task_id: str,
        dimension: str,
        iou_threshold: float = 0.0,
        search: Query | None = None,
        force_recalculation: bool = False,
    ) -> Json:
        """
        Read how a model's annotations compare with the ground truth, by a field's values.

        Parameters
        ----------
        comparison_task_id
            Id of the comparison.
        dimension
            The field.
        iou_threshold
            Least overlap of two boxes that match, 0 to 1.
        search
            Query; only comparisons that match it.
        force_recalculation
            Compute them anew.

        Returns
        -------
        Json
            ``performances`` by value and label, and the ``job_id``

        Raises
        ------
        RuleError
            If the comparison does not exist or the threshold is out of range.
        JobError
            If computing them fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_performance_metrics_per_dimension('task_1', 'sensor')

        """
        self._check_comparison(comparison_task_id, iou_threshold)
        body = {
            'summary_request': {'search': search, 'dimensions': [dimension]},
            'iou_threshold': iou_threshold,
            'comparison_task_id': comparison_task_id,
            'force_recalculation': force_recalculation,
        }
        route = routes.COMPARISON_METRICS_BY_DIMENSION
        read: Json = reads.read(self._http, route, body, gives=dict)
        if not optional(read, 'performances'):
            self._started(read, True)
            again = {**body, 'force_recalculation': False}
            read = reads.read(self._http, route, again, gives=dict)
        return read

    def _check_comparison(self, task_id: str, iou_threshold: float) -> None:
        if not 0 <= iou_threshold <= 1:
            raise RuleError(f'iou_threshold is {iou_threshold}; pass a number from 0 to 1')
        summary = self.summary_meta(
            'annotations_comparisons',
            {'dimensions': ['comparison_task_id'], 'max_size_for_agg': 10_000},
        )
        known = [
            bucket['key']
            for aggregation in summary.get('aggregations') or ()
            for bucket in aggregation.get('buckets') or ()
        ]
        if task_id not in known:
            raise RuleError(f'comparison {task_id!r} does not exist')
