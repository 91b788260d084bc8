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

"""Which server, and with which token: from flags, the environment or a file, in this order."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field
import os
from pathlib import Path
import stat

from scenebox_ros.errors import InvalidAuthorization, SettingsError
from scenebox_ros.upload.settings import server_url

DEFAULT_SERVER = 'http://127.0.0.1:8420'
CONFIG_NAMES = {'server', 'token_file'}


@dataclass(frozen=True)
class Access:
    """A server and the token for it; the token is left out of the repr."""

    server: str
    token: str = field(repr=False)


def config_path(environment: Mapping[str, str]) -> Path:
    """Find the configuration file: ``$SCENEBOX_CONFIG`` or ``~/.config/scenebox/config.yaml``."""
    if environment.get('SCENEBOX_CONFIG'):
        return Path(environment['SCENEBOX_CONFIG'])
    home = environment.get('XDG_CONFIG_HOME') or Path.home() / '.config'
    return Path(home) / 'scenebox' / 'config.yaml'


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say which server and which token."""
    parser.add_argument(
        '--server', metavar='URL', help='the SceneBox server (else $SCENE_ENGINE_URL, else the '
        f'configuration file, else {DEFAULT_SERVER})',
    )
    # A token on the command line would be seen by everybody who lists the processes.
    parser.add_argument(
        '--token-file', metavar='FILE', type=Path, help='a file with the token (else '
        '$SCENEBOX_TOKEN, else $SCENEBOX_TOKEN_FILE, else the configuration file)',
    )


def access(options: argparse.Namespace, environment: Mapping[str, str] = os.environ) -> Access:
    """
    Settle server and token.

    Parameters
    ----------
    options
        The parsed command line, with ``server`` and ``token_file``.
    environment
        The environment's variables.

    Returns
    -------
    Access
        Both, ready for the client.

    Raises
    ------
    InvalidAuthorization
        If there is no token, or its file cannot be read.
    SettingsError
        If the server is no URL, or the configuration cannot be used.

    """
    file = _read_config(environment)
    server = (
        options.server or environment.get('SCENE_ENGINE_URL') or file.get('server')
        or DEFAULT_SERVER
    )
    return Access(server_url(server), _token(options.token_file, environment, file))


def _token(flag: Path | None, environment: Mapping[str, str], file: Mapping[str, str]) -> str:
    if flag is not None:
        return _read_token(flag)
    if environment.get('SCENEBOX_TOKEN'):
        return environment['SCENEBOX_TOKEN'].strip()
    named = environment.get('SCENEBOX_TOKEN_FILE') or file.get('token_file')
    if named:
        return _read_token(Path(named).expanduser())
    raise InvalidAuthorization(
        'no token; pass --token-file FILE or set SCENEBOX_TOKEN (a local server writes its token '
        'to the file "token" in its data folder)'
    )


def _read_token(path: Path) -> str:
    try:
        token = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidAuthorization(f'cannot read the token file {path}: {error}') from error
    if not token:
        raise InvalidAuthorization(f'the token file {path} is empty; put the token in it')
    if path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        import logging

        logging.getLogger(__name__).warning(
            'token file %s can be read by others; run: chmod 600 %s', path, path
        )
    return token


def _read_config(environment: Mapping[str, str]) -> dict[str, str]:
    path = config_path(environment)
    if not path.is_file():
        if environment.get('SCENEBOX_CONFIG'):
            raise SettingsError(f'$SCENEBOX_CONFIG names {path}, which is no file')
        return {}
    import yaml

    try:
        values = yaml.safe_load(path.read_text()) or {}
    except (OSError, yaml.YAMLError) as error:
        raise SettingsError(f'cannot read the configuration {path}: {error}') from error
    if not isinstance(values, dict) or not all(isinstance(v, str) for v in values.values()):
        raise SettingsError(f'{path} must hold lines like "server: http://127.0.0.1:8420"')
    unknown = set(values) - CONFIG_NAMES
    if unknown:
        raise SettingsError(
            f'{path} says {min(unknown)!r}, which is no setting; it may say '
            + ' and '.join(sorted(CONFIG_NAMES))
        )
    return values
