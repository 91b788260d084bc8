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

"""Campaigns: pipelines of operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scenebox_ros.client.endpoints.scene.reply import text, truthy
from scenebox_ros.client.methods.scene.base import Json, SceneMethods
from scenebox_ros.errors import CampaignError
from scenebox_ros.model.assets import TemplateOperation
from scenebox_ros.wire import scene_routes as routes
from scenebox_ros.wire.route import Route


class CampaignMethods(SceneMethods):
    """Create, search and change campaigns."""

    def create_campaign(
        self,
        name: str,
        operations_pipeline: Sequence[TemplateOperation],
        tags: Sequence[str] | None = None,
    ) -> str:
        """
        Create a campaign.

        Parameters
        ----------
        name
            Its name.
        operations_pipeline
            Its operations in their order.
        tags
            For searching.

        Returns
        -------
        str
            The campaign's id

        Raises
        ------
        CampaignError
            If the server refuses.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> step = TemplateOperation(operation_id='operation_1', config_id='config_1')
        >>> client.create_campaign('Label cars', [step])

        """
        body = {'name': name, 'operations_pipeline': _pipeline(operations_pipeline),
                **truthy(tags=list(tags or ()))}
        reply = self._campaign(routes.CAMPAIGN_ADD, json=body)
        return text(reply, 'campaign_id', f'create campaign {name!r}')

    def _get_campaign(self, campaign_id: str) -> Json:
        read: Json = self._campaign(routes.CAMPAIGN_GET, gives=dict, campaign_id=campaign_id)
        return read

    def delete_campaign(self, campaign_id: str) -> Any:
        """
        Delete a campaign.

        Parameters
        ----------
        campaign_id
            The campaign's id.

        Returns
        -------
        Any
            The server's answer

        Raises
        ------
        CampaignError
            If the server refuses.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.delete_campaign('campaign_1')

        """
        return self._campaign(routes.CAMPAIGN_DELETE, campaign_id=campaign_id)

    def search_campaigns(
        self,
        filters: Sequence[Mapping[str, Any]] | None = None,
        return_fields: Sequence[str] | None = None,
        sort_field: str | None = None,
        sort_order: str | None = None,
    ) -> list[Json]:
        """
        Search campaigns.

        Parameters
        ----------
        filters
            ``[{'field': ..., 'values': [...]}]``.
        return_fields
            Only these fields.
        sort_field
            Field to sort by.
        sort_order
            ``'asc'`` or ``'desc'``.

        Returns
        -------
        list[Json]
            Their documents

        Raises
        ------
        CampaignError
            If the server refuses.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.search_campaigns()

        """
        found: list[Json] = self._campaign(
            routes.CAMPAIGN_SEARCH,
            json=truthy(filters=filters, return_fields=return_fields),
            query={'sort_field': sort_field, 'sort_order': sort_order}, repeat=True, gives=list,
        )
        return found

    def update_campaign_pipeline(
        self, campaign_id: str, new_operations_pipeline: Sequence[TemplateOperation]
    ) -> Any:
        """
        Change the operations of a campaign.

        Parameters
        ----------
        campaign_id
            The campaign's id.
        new_operations_pipeline
            All its operations in their new order.

        Returns
        -------
        Any
            The server's answer

        Raises
        ------
        CampaignError
            If the server refuses.
        ResponseError
            If the server cannot be reached or refuses; see its ``status``, ``code`` and
            ``request_id``.

        Examples
        --------
        >>> client.update_campaign_pipeline('campaign_1', [step])

        """
        body = {'new_operations_pipeline': _pipeline(new_operations_pipeline)}
        return self._campaign(routes.CAMPAIGN_PIPELINE, json=body, campaign_id=campaign_id)

    def _update_campaign_activeness(self, campaign_id: str, active: bool) -> Any:
        return self._campaign(
            routes.CAMPAIGN_ACTIVE, query={'active': active}, campaign_id=campaign_id
        )

    # -- tasks -----------------------------------------------------------------------------------

    def _campaign(
        self,
        route: Route,
        *,
        json: Json | None = None,
        query: Json | None = None,
        repeat: bool | None = None,
        gives: type | None = None,
        **path: str,
    ) -> Any:
        body: Json = {} if json is None else {'json': json}
        noun = route.path.split('/{')[0]
        return self._http.call(
            route, path, query, error=CampaignError, repeat=repeat, gives=gives,
            of=dict if gives is list else None, doing=f'{route.method} {noun}', **body,
        )


def _pipeline(operations: Sequence[TemplateOperation]) -> list[Json]:
    """Give operations numbers by their place."""
    return [
        {**operation.to_dic(), 'task_step': step} for step, operation in enumerate(operations)
    ]
