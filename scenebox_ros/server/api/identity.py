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

"""Users, organizations and grants: admins manage their organization, superadmins all."""

from __future__ import annotations

from typing import Any

from scenebox_ros.errors import AccessError, UserManagerError
from scenebox_ros.server.api.call import Call
from scenebox_ros.server.api.table import ADMIN, Endpoint, SUPERADMIN
from scenebox_ros.server.store.identities import Permission, ROLES
from scenebox_ros.wire import scene_routes as routes
from scenebox_ros.wire.route import Route

# Beyond the original protocol: more tokens for a user, and the end of all of them.
TOKEN_ADD = Route('POST', 'root', 'identity_manager/user/{username}/token')
TOKENS_REVOKE = Route('DELETE', 'root', 'identity_manager/user/{username}/token')


def add_user(call: Call) -> Any:
    """Make a user; the answer is the only time that the token can be read."""
    organization = call.optional('organization_id', str) or call.organization
    role, username = call.field('role'), call.field('username')
    email = call.optional('email', str, '')
    _may_manage(call, organization, role)
    token = call.core.identities.add_user(username, email, role, organization)
    return {'username': username, 'email': email, 'role': role,
            'organization_id': organization, 'token': token}


def modify_user(call: Call) -> Any:
    """Change a user."""
    user = _user(call)
    email, role, organization = (
        call.optional(name, str) for name in ('email', 'role', 'organization_id')
    )
    _may_manage(call, organization or user['organization_id'], role or user['role'])
    call.core.identities.modify_user(user['username'], email, role, organization)
    return {'acknowledged': True}


def delete_user(call: Call) -> Any:
    """Delete a user and their tokens."""
    user = _user(call)
    if user['username'] == call.identity.username:
        raise AccessError('you cannot delete yourself; ask another admin')
    call.core.identities.delete_user(user['username'])
    return {'acknowledged': True}


def list_users(call: Call) -> Any:
    """List users; ``token`` shows only how the user's tokens begin."""
    return call.core.identities.users(_own(call))


def add_token(call: Call) -> Any:
    """Make one more token, that may expire."""
    user = _user(call)
    lifetime_s = call.optional('lifetime_s', (int, float))
    return {'token': call.core.identities.add_token(user['username'], lifetime_s)}


def revoke_tokens(call: Call) -> Any:
    """Make all of a user's tokens useless."""
    user = _user(call)
    return {'acknowledged': True, 'revoked': call.core.identities.revoke_tokens(user['username'])}


def add_organization(call: Call) -> Any:
    """Make an organization."""
    name = call.field('organization_name')
    return {'name': name, 'id': call.core.identities.add_organization(name)}


def modify_organization(call: Call) -> Any:
    """Rename an organization."""
    name = call.field('organization_name')
    call.core.identities.rename_organization(call.path['organization_id'], name)
    return {'acknowledged': True}


def delete_organization(call: Call) -> Any:
    """Delete an organization that is empty."""
    call.core.identities.delete_organization(call.path['organization_id'])
    return {'acknowledged': True}


def list_organizations(call: Call) -> Any:
    """List the organizations that the caller may know of."""
    own = _own(call)
    every = call.core.identities.organizations()
    return [item for item in every if own is None or item['id'] in call.identity.organizations]


def list_ownerships(call: Call) -> Any:
    """List who may see whose data."""
    return call.core.identities.ownerships(_own(call))


def add_ownership(call: Call) -> Any:
    """Let the organization ``access`` see what belongs to ``owner``."""
    owner = call.field('owner')
    _may_manage(call, owner)
    call.core.identities.grant(owner, call.field('access'))
    return {'acknowledged': True}


def revoke_ownership(call: Call) -> Any:
    """Take a grant back."""
    owner = call.field('owner')
    _may_manage(call, owner)
    return {'acknowledged': True,
            'revoked': call.core.identities.withdraw(owner, call.field('access'))}


def _own(call: Call) -> str | None:
    """Give the organization that an admin is limited to; superadmins are not."""
    return None if call.identity.may(Permission.SUPERADMIN) else call.organization


def _may_manage(call: Call, organization: str, role: str | None = None) -> None:
    if call.identity.may(Permission.SUPERADMIN):
        return
    if organization != call.organization:
        raise AccessError(f'you manage organization {call.organization!r} only')
    if role is not None and ROLES.get(role, Permission.NONE) > ROLES[call.identity.role]:
        raise AccessError(f'an {call.identity.role} cannot make a {role}')


def _user(call: Call) -> dict[str, Any]:
    user = call.core.identities.user(call.path['username'])
    # Other organizations' users are not even said to exist.
    if user is None or _own(call) not in (None, user['organization_id']):
        raise UserManagerError(f'there is no user {call.path["username"][:80]!r}')
    _may_manage(call, user['organization_id'], user['role'])
    return user


ENDPOINTS = [
    Endpoint(routes.USER_ADD, add_user, ADMIN, is_secret=True),
    Endpoint(routes.USER_MODIFY, modify_user, ADMIN),
    Endpoint(routes.USER_DELETE, delete_user, ADMIN),
    Endpoint(routes.USER_LIST, list_users, ADMIN),
    Endpoint(TOKEN_ADD, add_token, ADMIN, is_secret=True),
    Endpoint(TOKENS_REVOKE, revoke_tokens, ADMIN),
    Endpoint(routes.ORGANIZATION_ADD, add_organization, SUPERADMIN),
    Endpoint(routes.ORGANIZATION_MODIFY, modify_organization, SUPERADMIN),
    Endpoint(routes.ORGANIZATION_DELETE, delete_organization, SUPERADMIN),
    Endpoint(routes.ORGANIZATION_LIST, list_organizations),
    Endpoint(routes.OWNERSHIP_LIST, list_ownerships, ADMIN),
    Endpoint(routes.OWNERSHIP_ADD, add_ownership, ADMIN),
    Endpoint(routes.OWNERSHIP_REVOKE, revoke_ownership, ADMIN),
]
