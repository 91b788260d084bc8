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

"""A real server on a loopback port, once per module, with the token of its first start."""

from contextlib import contextmanager
from dataclasses import dataclass
import socket
import threading

import httpx
import uvicorn

from scenebox_ros.server.serve import config, prepare


@dataclass
class Running:
    """A running server: where it is, its superadmin's token, and its parts."""

    url: str
    token: str
    core: object
    folder: object

    def client(self, token=None, **options):
        headers = {'Authorization': f'Bearer {token or self.token}'}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, **options)

    def user(self, role='data_provider', organization=None, name=None):
        """Make a user, and an organization if there is no such one; return the token."""
        identities = self.core.identities
        known = {item['name']: item['id'] for item in identities.organizations()}
        organization = organization or 'SceneBox'
        number = known.get(organization) or identities.add_organization(organization)
        name = name or f'{role}-{len(identities.users())}'
        return identities.add_user(name, '', role, number)


@contextmanager
def running(folder, **settings):
    """Start a server in a thread, stop it cleanly at the end."""
    app = prepare(folder, **settings)
    sock = socket.socket()
    sock.bind(('127.0.0.1', 0))
    sock.listen(64)
    server = uvicorn.Server(config(app))
    server.install_signal_handlers = lambda: None
    thread = threading.Thread(target=server.run, kwargs={'sockets': [sock]}, daemon=True)
    thread.start()
    url = f'http://127.0.0.1:{sock.getsockname()[1]}'
    try:
        httpx.get(f'{url}/readyz', timeout=30).raise_for_status()
        yield Running(url, (folder / 'token').read_text(), app.core, folder)
    finally:
        server.should_exit = True
        thread.join(30)
        app.core.close()
        sock.close()
