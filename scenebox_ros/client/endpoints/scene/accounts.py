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

"""The server, its users, organizations, ownerships and caches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scenebox_ros.client.endpoints.scene.reply import Json, truthy
from scenebox_ros.client.http import Http
from scenebox_ros.model import plain
from scenebox_ros.wire import scene_routes as routes


def whoami(http: Http) -> Json:
    """Read who the token's user is."""
    reply: Json = http.call(routes.AUTH, gives=dict, doing='read who the token belongs to')
    return reply


def add_user(http: Http, username: str, email: str, role: str, organization_id: str) -> Json:
    """Add a user."""
    body = {'username': username, 'email': email, 'role': role, 'organization_id': organization_id}
    reply: Json = http.call(routes.USER_ADD, json=body, gives=dict, doing=f'add user {username!r}')
    return reply


def modify_user(http: Http, username: str, **changes: str | None) -> None:
    """Change what is given."""
    http.call(
        routes.USER_MODIFY, {'username': username}, json=truthy(**changes),
        doing=f'modify user {username!r}',
    )


def delete_user(http: Http, username: str) -> None:
    """Delete a user."""
    http.call(routes.USER_DELETE, {'username': username}, doing=f'delete user {username!r}')


def list_users(http: Http) -> list[Json]:
    """List all users."""
    reply: list[Json] = http.call(routes.USER_LIST, gives=list, of=dict, doing='list users')
    return reply


def add_organization(http: Http, name: str) -> Json:
    """Add an organization."""
    reply: Json = http.call(
        routes.ORGANIZATION_ADD, json={'organization_name': name},
        gives=dict, doing=f'add organization {name!r}',
    )
    return reply


def list_organizations(http: Http) -> list[Json]:
    """List all organizations."""
    reply: list[Json] = http.call(
        routes.ORGANIZATION_LIST, gives=list, of=dict, doing='list organizations'
    )
    return reply


def modify_organization(http: Http, organization_id: str, name: str) -> None:
    """Rename an organization."""
    http.call(
        routes.ORGANIZATION_MODIFY, {'organization_id': organization_id},
        json={'organization_name': name}, doing=f'modify organization {organization_id!r}',
    )


def delete_organization(http: Http, organization_id: str) -> None:
    """Delete an organization."""
    http.call(
        routes.ORGANIZATION_DELETE, {'organization_id': organization_id},
        doing=f'delete organization {organization_id!r}',
    )


def list_ownerships(http: Http) -> list[Json]:
    """List all ownerships."""
    reply: list[Json] = http.call(
        routes.OWNERSHIP_LIST, gives=list, of=dict, doing='list ownerships'
    )
    return reply


def add_ownership(http: Http, owner: str, access: str) -> None:
    """Let one organization access what another owns."""
    http.call(
        routes.OWNERSHIP_ADD, json={'owner': owner, 'access': access},
        doing=f'let {access!r} access what {owner!r} owns',
    )


def revoke_ownership(http: Http, owner: str, access: str) -> None:
    """Take such an access back."""
    http.call(
        routes.OWNERSHIP_REVOKE, json={'owner': owner, 'access': access},
        doing=f'revoke the access of {access!r} to what {owner!r} owns',
    )


def clear_cache(http: Http, all_organizations: bool, partitions: Iterable[str] | None) -> Json:
    """Clear the server's caches."""
    reply: Json = http.call(
        routes.CLEAR_CACHE, query={'all_organizations': all_organizations},
        json=truthy(partitions=plain.listed(partitions, 'partitions')), repeat=True, gives=dict,
        doing='clear the cache',
    )
    return reply


def delete_all_data(http: Http) -> None:
    """Delete everything."""
    http.call(routes.DELETE_ALL_DATA, doing='delete all data')


def cancel_job(http: Http, job_id: str) -> Any:
    """Cancel a job."""
    return http.call(routes.JOB_CANCEL, {'job_id': job_id}, doing=f'cancel job {job_id!r}')
