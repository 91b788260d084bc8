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

"""The server as an ASGI application."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from starlette.types import Receive, Scope, Send

from scenebox_ros.server.api.dispatch import Dispatch
from scenebox_ros.server.api.metrics import Metrics
from scenebox_ros.server.api.routes import table
from scenebox_ros.server.core import Core, open_core
from scenebox_ros.server.housekeeping import Housekeeper
from scenebox_ros.server.settings import ServerSettings


class App:
    """
    Answers HTTP; opens the folder when made, and closes it at shutdown.

    Attributes
    ----------
    core
        The server's parts, for tests and for the process that runs it.

    """

    def __init__(self, core: Core) -> None:
        self.core = core
        metrics = Metrics()
        self._dispatch = Dispatch(core, table(metrics), metrics)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection's scope."""
        if scope['type'] == 'http':
            await self._dispatch(scope, receive, send)
        elif scope['type'] == 'lifespan':
            await self._live(receive, send)
        else:
            await send({'type': 'websocket.close', 'code': 1000})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self.core.jobs.start()
        housekeeper = Housekeeper(self.core)
        housekeeper.start()
        await send({'type': 'lifespan.startup.complete'})
        await receive()
        # Jobs may take a while to stop; open connections are served until then.
        await asyncio.to_thread(housekeeper.close)
        await asyncio.to_thread(self.core.close)
        await send({'type': 'lifespan.shutdown.complete'})


def create_app(data_dir: Path | str, **settings: Any) -> App:
    """
    Make the server of a folder.

    Parameters
    ----------
    data_dir
        Made if it is not there.
    settings
        Fields of :class:`~scenebox_ros.server.settings.ServerSettings`.

    """
    return App(open_core(ServerSettings(Path(data_dir), **settings)))
