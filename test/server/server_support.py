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

"""Real servers on loopback ports: in a thread, or in a process that can be killed."""

from contextlib import contextmanager
from dataclasses import dataclass
import signal
import socket
import subprocess
import sys
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


START = (
    'import socket, sys; from scenebox_ros.server.serve import serve;'
    'serve(sys.argv[1], sock=socket.socket(fileno=int(sys.argv[2])))'
)


class Server:
    """A server in a process of its own; its socket outlives it, so the address stays."""

    def __init__(self, folder):
        self.folder = folder
        self.sock = socket.socket()
        self.sock.bind(('127.0.0.1', 0))
        self.sock.listen(128)
        self.url = f'http://127.0.0.1:{self.sock.getsockname()[1]}'

    def start(self):
        number = self.sock.fileno()
        command = [sys.executable, '-c', START, str(self.folder), str(number)]
        self.process = subprocess.Popen(command, pass_fds=[number])
        # The socket is there already, so this waits in line until the server takes it.
        httpx.get(f'{self.url}/readyz', timeout=60).raise_for_status()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.sock.close()
        return self.process.wait(60)

    def client(self):
        token = (self.folder / 'token').read_text()
        return httpx.Client(
            base_url=self.url, headers={'Authorization': f'Bearer {token}'}, timeout=20
        )
