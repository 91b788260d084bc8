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

"""A client for the server that the flags name, checked before any work begins."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
import logging
import sys
from threading import Timer

from scenebox_ros.cli.settings import access
from scenebox_ros.client import SceneEngineClient
from scenebox_ros.client.pool import plain_url

PATIENT_S = 10.0


def connect(options: argparse.Namespace) -> SceneEngineClient:
    """
    Connect, and make sure that server and token are good.

    Raises
    ------
    ConnectionFailedError
        If nothing answers.
    InvalidAuthorization
        If the token is wrong.
    SettingsError
        If there is no token.

    """
    wanted = access(options)
    with _silent_retries(), _patience(wanted.server):
        client = SceneEngineClient(auth_token=wanted.token, scene_engine_url=wanted.server)
        client.whoami()
    return client


@contextmanager
def _patience(server: str) -> Iterator[None]:
    """Say what is waited for, where that takes long."""
    text = f'waiting for an answer of {plain_url(server)}\n'
    late = Timer(PATIENT_S, sys.stderr.write, [text])
    late.daemon = True
    late.start()
    try:
        yield
    finally:
        late.cancel()


@contextmanager
def _silent_retries() -> Iterator[None]:
    """Say once that nothing answers, not at every attempt; with -v, all is told."""
    retries = logging.getLogger('scenebox_ros.client.retry')
    if not retries.isEnabledFor(logging.DEBUG):
        retries.setLevel(logging.ERROR)
    try:
        yield
    finally:
        retries.setLevel(logging.NOTSET)
