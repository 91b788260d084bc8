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

"""One picture of a session: its frames, one cloud from above, and the way it went."""

from __future__ import annotations

from collections.abc import Sequence
import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Canvas = npt.NDArray[np.uint8]

BACKGROUND = (32, 26, 22)
INK = (235, 230, 225)
ACCENT = (80, 180, 255)
COLUMNS, ROWS = 4, 2
TILE = (320, 180)
PANEL = 640
MARGIN = 12
RADIUS_M = 45.0


def draw_session(
    title: str,
    frames: Sequence[bytes],
    cloud: npt.NDArray[np.void] | None,
    track: Sequence[tuple[float, float]],
    path: Path,
) -> Path:
    """
    Draw the picture and write it as PNG.

    Parameters
    ----------
    title
        What stands above it.
    frames
        Encoded images; up to eight, evenly picked, are shown.
    cloud
        Structured array with ``x y z`` in metres and maybe ``intensity``; None leaves it out.
    track
        Latitudes and longitudes in degrees, in order.
    path
        Where to write.

    Returns
    -------
    pathlib.Path
        The path.

    """
    width = COLUMNS * TILE[0] + (COLUMNS + 1) * MARGIN
    sheet = _contact_sheet(frames, width)
    side = (width - 3 * MARGIN) // 2
    lower = np.full((side + 2 * MARGIN, width, 3), BACKGROUND, np.uint8)
    lower[MARGIN:MARGIN + side, MARGIN:MARGIN + side] = _bird_view(cloud, side)
    right = 2 * MARGIN + side
    lower[MARGIN:MARGIN + side, right:right + side] = _track_view(track, side)
    head = np.full((56, width, 3), BACKGROUND, np.uint8)
    _write(head, title, (MARGIN, 38), 0.9)
    _, png = cv2.imencode('.png', np.vstack([head, sheet, lower]))
    path.write_bytes(png.tobytes())
    return path


def _write(canvas: Canvas, text: str, at: tuple[int, int], size: float) -> None:
    # OpenCV's fonts are ASCII only.
    plain = text.encode('ascii', 'replace').decode()
    cv2.putText(canvas, plain, at, cv2.FONT_HERSHEY_SIMPLEX, size, INK, 1, cv2.LINE_AA)


def _contact_sheet(frames: Sequence[bytes], width: int) -> Canvas:
    height = ROWS * (TILE[1] + MARGIN)
    sheet = np.full((height, width, 3), BACKGROUND, np.uint8)
    if not frames:
        _write(sheet, 'no images', (MARGIN, 40), 0.7)
        return sheet
    shown = min(len(frames), COLUMNS * ROWS)
    picks = np.linspace(0, len(frames) - 1, shown).round().astype(int)
    for place, pick in enumerate(picks):
        image = cv2.imdecode(np.frombuffer(frames[pick], np.uint8), cv2.IMREAD_COLOR)
        if image is None:
            continue
        row, column = divmod(place, COLUMNS)
        top, left = row * (TILE[1] + MARGIN), MARGIN + column * (TILE[0] + MARGIN)
        sheet[top:top + TILE[1], left:left + TILE[0]] = _fit(image)
    return sheet


def _fit(image: npt.NDArray[Any]) -> Canvas:
    """Scale an image into a tile, keeping its shape."""
    tile = np.full((TILE[1], TILE[0], 3), BACKGROUND, np.uint8)
    scale = min(TILE[0] / image.shape[1], TILE[1] / image.shape[0])
    size = max(1, int(image.shape[1] * scale)), max(1, int(image.shape[0] * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    top, left = (TILE[1] - size[1]) // 2, (TILE[0] - size[0]) // 2
    tile[top:top + size[1], left:left + size[0]] = small
    return tile


def _bird_view(cloud: npt.NDArray[np.void] | None, side: int) -> Canvas:
    """Draw a cloud from above, x up and y left, coloured by height."""
    panel = np.full((side, side, 3), BACKGROUND, np.uint8)
    for radius_m in (15, 30, 45):
        circle = round(radius_m / RADIUS_M * side / 2)
        cv2.circle(panel, (side // 2, side // 2), circle, (70, 60, 55), 1, cv2.LINE_AA)
    if cloud is not None and cloud.size:
        flat = cloud.ravel()
        x, y, z = (flat[name].astype(np.float64) for name in 'xyz')
        seen = np.isfinite(x) & np.isfinite(y) & np.isfinite(z)
        seen &= (np.abs(x) < RADIUS_M) & (np.abs(y) < RADIUS_M)
        rows = ((1 - x[seen] / RADIUS_M) * (side - 1) / 2).astype(int)
        columns = ((1 - y[seen] / RADIUS_M) * (side - 1) / 2).astype(int)
        shade = np.clip((z[seen] + 2.5) / 8.0, 0, 1) * 255
        colors = cv2.applyColorMap(shade.astype(np.uint8)[:, None], cv2.COLORMAP_TURBO)
        for down, right in ((0, 0), (0, 1), (1, 0), (1, 1)):
            at = np.minimum(rows + down, side - 1), np.minimum(columns + right, side - 1)
            panel[at] = colors[:, 0] if len(rows) else panel[at]
    count = 0 if cloud is None else cloud.size
    _write(panel, f'one cloud from above: {count} points, rings every 15 m', (10, 24), 0.5)
    return panel


def _track_view(track: Sequence[tuple[float, float]], side: int) -> Canvas:
    """Draw the fixes in local metres, north up, with a scale bar."""
    panel = np.full((side, side, 3), BACKGROUND, np.uint8)
    _write(panel, f'GPS track: {len(track)} fixes', (10, 24), 0.5)
    if not track:
        return panel
    latitude, longitude = np.array(track).T
    unwrapped = np.degrees(np.unwrap(np.radians(longitude)))
    east = (unwrapped - unwrapped[0]) * 111_320 * math.cos(math.radians(latitude.mean()))
    north = (latitude - latitude[0]) * 110_574
    span = max(float(np.ptp(east)), float(np.ptp(north)), 5.0) * 1.25
    column = (0.5 + (east - (east.min() + east.max()) / 2) / span) * (side - 1)
    row = (0.5 - (north - (north.min() + north.max()) / 2) / span) * (side - 1)
    line = np.stack([column, row], axis=1).round().astype(np.int32)
    cv2.polylines(panel, [line.reshape(-1, 1, 2)], False, ACCENT, 2, cv2.LINE_AA)
    for place in line:
        cv2.circle(panel, (int(place[0]), int(place[1])), 3, ACCENT, -1, cv2.LINE_AA)
    bar_m = 10.0 ** math.floor(math.log10(span / 2))
    length = round(bar_m / span * side)
    cv2.line(panel, (20, side - 24), (20 + length, side - 24), INK, 2)
    _write(panel, f'{bar_m:g} m', (20, side - 32), 0.5)
    return panel
