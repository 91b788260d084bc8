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

"""Users, organizations, who may see whose data, and tokens (kept only as hashes)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
import hashlib
import secrets
import time
from typing import Any, TypeVar

from scenebox_ros import ids
from scenebox_ros.errors import (
    InvalidArgumentsError,
    InvalidOrganization,
    OrganizationAlreadyExistsError,
    OwnershipAlreadyExistsError,
    UserAlreadyExistsError,
    UserManagerError,
)
from scenebox_ros.server.store.database import Connection, Database

T = TypeVar('T')
FIRST_ORGANIZATION = 'scenebox'
FIRST_USER = 'superadmin'
CACHE_S = 30.0
MAX_CACHED = 4096


class Permission(IntEnum):
    """What a role may do; each includes those before it."""

    NONE = 0
    READ = 1
    WRITE = 2
    DELETE = 3
    ADMIN = 4
    SUPERADMIN = 5


ROLES = {
    'superadmin': Permission.SUPERADMIN,
    'admin': Permission.ADMIN,
    'tester': Permission.DELETE,
    'data_provider': Permission.DELETE,
    'data_user': Permission.WRITE,
    'public_user': Permission.READ,
    'read_only_user': Permission.READ,
    'health_checker': Permission.NONE,
}


@dataclass(frozen=True)
class Identity:
    """
    Who calls.

    Attributes
    ----------
    organizations
        Whose documents are visible: the own organization first, then those that granted access.

    """

    username: str
    email: str
    role: str
    organization_id: str
    organization: str
    organizations: tuple[str, ...]
    token_hash: str = ''

    def may(self, permission: Permission) -> bool:
        """Tell whether the role includes a permission."""
        return ROLES[self.role] >= permission


class Identities:
    """The table of who is who. Answers are remembered for a few seconds, changes clear them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cache: dict[str, tuple[float, Identity]] = {}
        self._changes = 0

    def identify(self, token: str) -> Identity | None:
        """Look a token up; nothing if it is unknown, revoked or expired."""
        key = _hash(token)
        cached = self._cache.get(key)
        if cached and cached[0] > time.time():
            return cached[1]
        sql = (
            'SELECT u.username, u.email, u.role, u.organization_id, o.name, t.expires'
            ' FROM tokens t JOIN users u ON u.username = t.username'
            ' JOIN organizations o ON o.id = u.organization_id WHERE t.hash = ?'
        )
        changes = self._changes
        with self._database.reading() as connection:
            row = connection.execute(sql, (key,)).fetchone()
            if row is None or (row[5] is not None and row[5] <= time.time()):
                return None
            sql = 'SELECT owner FROM ownerships WHERE access = ? ORDER BY owner'
            granted = [owner for (owner,) in connection.execute(sql, (row[3],))]
        username, email, role, organization_id, organization, expires = row
        reach = (organization_id, *granted)
        identity = Identity(username, email, role, organization_id, organization, reach, key)
        if len(self._cache) >= MAX_CACHED:
            self._cache.clear()
        until = min(time.time() + CACHE_S, expires or float('inf'))
        # What was revoked since it was read must not be remembered.
        if changes == self._changes:
            self._cache[key] = (until, identity)
        return identity

    def begin(self) -> str | None:
        """Make the first organization, user and token, if there is no user yet."""
        if self._database.query('SELECT 1 FROM users LIMIT 1'):
            return None
        self.add_organization('SceneBox', FIRST_ORGANIZATION)
        return self.add_user(FIRST_USER, '', 'superadmin', FIRST_ORGANIZATION)

    def add_token(self, username: str, lifetime_s: float | None = None) -> str:
        """Make one more token for a user; this is the only time it can be read."""
        return self._change(lambda c: _new_token(c, username, lifetime_s))

    def revoke_tokens(self, username: str) -> int:
        """Make all tokens of a user useless; return how many there were."""
        sql = 'DELETE FROM tokens WHERE username = ?'
        return self._change(lambda c: c.execute(sql, (username,)).rowcount)

    def revoke(self, token: str) -> bool:
        """Make one token useless."""
        sql = 'DELETE FROM tokens WHERE hash = ?'
        return self._change(lambda c: c.execute(sql, (_hash(token),)).rowcount > 0)

    def add_user(self, username: str, email: str, role: str, organization_id: str) -> str:
        """Make a user and return the first token."""
        _check_name(username, 'username')
        _check_role(role)

        def work(connection: Connection) -> str:
            _need_organization(connection, organization_id)
            sql = 'INSERT INTO users VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'
            if not connection.execute(sql, (username, email, role, organization_id)).rowcount:
                raise UserAlreadyExistsError(f'user {username!r} exists; choose another name')
            return _new_token(connection, username, None)

        return self._change(work)

    def modify_user(self, username: str, email: str | None = None, role: str | None = None,
                    organization_id: str | None = None) -> None:
        """Change what is given."""
        if role is not None:
            _check_role(role)

        def work(connection: Connection) -> None:
            if organization_id is not None:
                _need_organization(connection, organization_id)
            sql = (
                'UPDATE users SET email = coalesce(?, email), role = coalesce(?, role),'
                ' organization_id = coalesce(?, organization_id) WHERE username = ?'
            )
            values = (email, role, organization_id, username)
            if not connection.execute(sql, values).rowcount:
                raise UserManagerError(f'there is no user {username!r}; list users to see them')

        self._change(work)

    def delete_user(self, username: str) -> None:
        """Delete a user and their tokens."""
        sql = 'DELETE FROM users WHERE username = ?'
        if not self._change(lambda c: c.execute(sql, (username,)).rowcount):
            raise UserManagerError(f'there is no user {username!r}; list users to see them')

    def user(self, username: str) -> dict[str, Any] | None:
        """Look a user up by name."""
        found = [user for user in self.users() if user['username'] == username]
        return found[0] if found else None

    def users(self, organization_id: str | None = None) -> list[dict[str, Any]]:
        """List users, of one organization or all; tokens only by their first characters."""
        sql = (
            'SELECT u.username, u.email, u.role, u.organization_id, o.name,'
            " (SELECT group_concat(hint, ' ') FROM tokens t WHERE t.username = u.username)"
            ' FROM users u JOIN organizations o ON o.id = u.organization_id'
            ' WHERE ?1 IS NULL OR u.organization_id = ?1 ORDER BY u.username'
        )
        names = ('username', 'email', 'role', 'organization_id', 'organization', 'token')
        rows = self._database.query(sql, (organization_id,))
        return [dict(zip(names, row, strict=True)) for row in rows]

    def add_organization(self, name: str, organization_id: str | None = None) -> str:
        """Make an organization and return its id."""
        _check_name(name, 'organization name')
        new = organization_id or ids.guid()

        def work(connection: Connection) -> str:
            sql = 'INSERT INTO organizations VALUES (?, ?) ON CONFLICT DO NOTHING'
            if not connection.execute(sql, (new, name)).rowcount:
                raise OrganizationAlreadyExistsError(f'organization {name!r} exists')
            return new

        return self._change(work)

    def rename_organization(self, organization_id: str, name: str) -> None:
        """Give an organization another name."""
        _check_name(name, 'organization name')

        def work(connection: Connection) -> None:
            _need_organization(connection, organization_id)
            sql = 'UPDATE OR IGNORE organizations SET name = ? WHERE id = ?'
            if not connection.execute(sql, (name, organization_id)).rowcount:
                raise OrganizationAlreadyExistsError(f'organization {name!r} exists')

        self._change(work)

    def delete_organization(self, organization_id: str) -> None:
        """Delete an organization that has no users and no documents any more."""

        def work(connection: Connection) -> None:
            _need_organization(connection, organization_id)
            sql = (
                'SELECT (SELECT count(*) FROM users WHERE organization_id = ?1),'
                ' (SELECT coalesce(sum(documents), 0) FROM scopes WHERE owner = ?1)'
            )
            users, documents = connection.execute(sql, (organization_id,)).fetchone()
            if users or documents:
                raise InvalidOrganization(
                    f'organization {organization_id!r} still has {users} users and {documents}'
                    ' documents; delete those first'
                )
            connection.execute('DELETE FROM organizations WHERE id = ?', (organization_id,))

        self._change(work)

    def organizations(self) -> list[dict[str, str]]:
        """List organizations."""
        rows = self._database.query('SELECT id, name FROM organizations ORDER BY name')
        return [{'id': number, 'name': name} for number, name in rows]

    def grant(self, owner: str, access: str) -> None:
        """Let the organization ``access`` see what belongs to ``owner``."""

        def work(connection: Connection) -> None:
            _need_organization(connection, owner)
            _need_organization(connection, access)
            sql = 'INSERT INTO ownerships VALUES (?, ?) ON CONFLICT DO NOTHING'
            if owner == access or not connection.execute(sql, (owner, access)).rowcount:
                raise OwnershipAlreadyExistsError(f'{access!r} has access to {owner!r} already')

        self._change(work)

    def withdraw(self, owner: str, access: str) -> bool:
        """Take such a grant back."""
        sql = 'DELETE FROM ownerships WHERE owner = ? AND access = ?'
        return self._change(lambda c: c.execute(sql, (owner, access)).rowcount > 0)

    def ownerships(self, organization_id: str | None = None) -> list[dict[str, str]]:
        """List grants, all or those that an organization takes part in."""
        sql = 'SELECT owner, access FROM ownerships WHERE ?1 IS NULL OR ?1 IN (owner, access)'
        rows = self._database.query(sql, (organization_id,))
        return [{'owner': owner, 'access': access} for owner, access in rows]

    def _change(self, work: Callable[[Connection], T]) -> T:
        result = self._database.write(work)
        self._changes += 1
        self._cache.clear()
        return result


def _hash(token: str) -> str:
    # A token has 192 random bits, so a plain hash cannot be turned back by guessing.
    return hashlib.sha256(token.encode('utf-8', 'replace')).hexdigest()


def _new_token(connection: Connection, username: str, lifetime_s: float | None) -> str:
    """Write a token's hash; the form has the dashes that the original client splits it at."""
    if not connection.execute('SELECT 1 FROM users WHERE username = ?', (username,)).fetchone():
        raise UserManagerError(f'there is no user {username!r}; list users to see them')
    token = f'sbx-{secrets.token_hex(4)}-{secrets.token_hex(24)}'
    now = time.time()
    expires = None if lifetime_s is None else now + lifetime_s
    row = (_hash(token), username, token[:12] + '...', now, expires)
    connection.execute('INSERT INTO tokens VALUES (?, ?, ?, ?, ?)', row)
    return token


def _need_organization(connection: Connection, organization_id: str) -> None:
    sql = 'SELECT 1 FROM organizations WHERE id = ?'
    if not connection.execute(sql, (organization_id,)).fetchone():
        raise InvalidOrganization(
            f'there is no organization {organization_id!r}; list organizations to see them'
        )


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise InvalidArgumentsError(f'role {role!r} is not one of: {", ".join(ROLES)}')


def _check_name(name: str, what: str) -> None:
    if not isinstance(name, str) or not 0 < len(name) <= 256 or not name.isprintable():
        shown = repr(name)[:40]
        raise InvalidArgumentsError(f'{what} {shown} is not 1 to 256 printable characters')
