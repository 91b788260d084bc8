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

"""Parts of sets, and how sets compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from typing import Any

from scenebox_ros import ids
from scenebox_ros.client.endpoints.scene import sets
from scenebox_ros.client.endpoints.scene.reply import optional, truthy
from scenebox_ros.client.methods.scene.base import Json, Query, SceneMethods
from scenebox_ros.errors import ArgumentTypeError, InvalidArgumentsError, RuleError
from scenebox_ros.model import plain

MANY_SPLITS = 5


class SetComparisonMethods(SceneMethods):
    """Split sets and compare them."""

    def split_set(
        self,
        set_id: str,
        percentages_or_sections: int | Iterable[float],
        subset_names: Sequence[str],
        random_seed: int = 42,
        wait_for_completion: bool = False,
    ) -> list[str]:
        """
        Split a set into subsets at random.

        Parameters
        ----------
        set_id
            Id of the set to split.
        percentages_or_sections
            A number of sections of equal size, or the share of each subset, between 0 and 1; what
            rounding leaves over is spread equally.
        subset_names
            One name per subset; none of them may exist.
        random_seed
            Another seed gives another split.
        wait_for_completion
            Wait until the job is done; always so for more than 5 subsets.

        Returns
        -------
        list[str]
            The ids of the subsets

        Raises
        ------
        RuleError
            If names and subsets differ in number, or shares are out of range.
        ValueError
            If the number of sections is not positive.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.split_set('set_1', [0.8, 0.2], ['training', 'validation'])

        """
        parts = _checked_parts(percentages_or_sections)
        count = parts if isinstance(parts, int) else len(parts)
        names = plain.listed(subset_names, 'subset_names')
        if len(names) != count:
            raise RuleError(f'{len(names)} names for {count} subsets; pass one for each')
        body = {
            'set_id': set_id,
            'random_seed': random_seed,
            'wait_for_completion': wait_for_completion,
            'subset_names': names,
            ('sections' if isinstance(parts, int) else 'percentages'): parts,
        }
        reply = sets.split(self._http, body)
        self._started(reply, wait_for_completion or count > MANY_SPLITS)
        told = optional(reply, 'subset_ids')
        return list(told) if told else [ids.std(name) for name in names]

    def compare_sets(
        self,
        sets: Iterable[str],
        index_name: str,
        metric_type: str | None = None,
        metric_params: Mapping[str, Any] | None = None,
        wait_for_completion: bool = True,
    ) -> str:
        """
        Compare sets in an embedding space.

        Parameters
        ----------
        sets
            Ids of two or more sets.
        index_name
            Name of the embedding space.
        metric_type
            How; default: ``wasserstein``.
        metric_params
            Parameters of the metric, like ``num_projections`` and ``num_seeds``.
        wait_for_completion
            Wait until the job is done; it raises if the job fails.

        Returns
        -------
        str
            The job's id

        Raises
        ------
        ValueError
            If there are fewer than two sets, or no embedding space.
        JobError
            If the job is waited for and fails.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.compare_sets(['set_1', 'set_2'], 'similarity_images_default_v1')

        """
        listed = plain.listed(sets, 'sets')
        if len(listed) < 2:
            raise InvalidArgumentsError(f'{len(listed)} sets cannot be compared; pass two or more')
        if not index_name:
            raise InvalidArgumentsError('index_name is empty; pass the embedding space')
        return self._compare(
            {
                'sets': listed,
                'index_name': index_name,
                **truthy(metric_type=metric_type, metric_params=metric_params),
            },
            wait_for_completion,
        )

    def _compare(self, body: Json, wait: bool) -> str:
        return self._started(sets.compare(self._http, body), wait)

    def get_comparison_matrix(
        self, search: Query | None = None, index_name: str | None = None
    ) -> list[Json]:
        """
        Read how sets compare in an embedding space.

        Parameters
        ----------
        search
            Query; only comparisons that match it.
        index_name
            Name of the embedding space.

        Returns
        -------
        list[Json]
            One object per pair of sets

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_comparison_matrix(index_name='similarity_images_default_v1')

        """
        return sets.matrix(self._http, search, index_name)

    def get_sets_comparison_matrix(
        self, search: Query | None = None, index_name: str | None = None
    ) -> list[Json]:
        """
        Read how sets compare; another name of :meth:`get_comparison_matrix`.

        Parameters
        ----------
        search
            Query; only comparisons that match it.
        index_name
            Name of the embedding space.

        Returns
        -------
        list[Json]
            One object per pair of sets

        Raises
        ------
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.get_sets_comparison_matrix(index_name='similarity_images_default_v1')

        """
        return self.get_comparison_matrix(search, index_name)


def _checked_parts(given: int | Iterable[float]) -> int | list[float]:
    # A number of numpy is an Integral, too.
    if isinstance(given, Integral):
        if given <= 0:
            raise InvalidArgumentsError(f'{given} sections; pass 1 or more')
        return int(given)
    if not isinstance(given, Iterable):
        raise ArgumentTypeError(f'{given!r} is neither a number of sections nor a list of shares')
    parts = plain.listed(given, 'percentages_or_sections')
    if any(not 0 < part <= 1 for part in parts) or sum(parts) > 1 + 1e-9:
        raise RuleError(f'shares {parts}; each must be above 0, their sum at most 1')
    return parts
