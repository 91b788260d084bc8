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

"""Counters and durations in Prometheus' text format."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
import threading

BOUNDS_S = (0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0)


class Metrics:
    """What the server counts about requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._buckets: Counter[tuple[str, int]] = Counter()
        self._seconds: Counter[str] = Counter()
        self._durations: Counter[str] = Counter()

    def count(self, method: str, route: str, status: int, took_s: float) -> None:
        """Count one answered request."""
        with self._lock:
            self._requests[method, route, status] += 1
            self._durations[route] += 1
            self._seconds[route] += took_s  # type: ignore[assignment]
            self._buckets[route, bisect_left(BOUNDS_S, took_s)] += 1

    def text(self, gauges: dict[str, float]) -> str:
        """Write everything out, with some values of now."""
        lines = ['# TYPE scenebox_requests_total counter']
        with self._lock:
            for (method, route, status), n in sorted(self._requests.items()):
                labels = f'method="{method}",route="{route}",status="{status}"'
                lines.append(f'scenebox_requests_total{{{labels}}} {n}')
            lines.append('# TYPE scenebox_request_seconds histogram')
            for route, n in sorted(self._durations.items()):
                count = 0
                for number, bound in enumerate(BOUNDS_S):
                    labels = f'route="{route}",le="{bound:g}"'
                    count += self._buckets[route, number]
                    lines.append(f'scenebox_request_seconds_bucket{{{labels}}} {count}')
                lines.append(f'scenebox_request_seconds_bucket{{route="{route}",le="+Inf"}} {n}')
                total = self._seconds[route]
                lines.append(f'scenebox_request_seconds_sum{{route="{route}"}} {total:.6f}')
                lines.append(f'scenebox_request_seconds_count{{route="{route}"}} {n}')
        for name, value in sorted(gauges.items()):
            lines += [f'# TYPE {name} gauge', f'{name} {value:g}']
        return '\n'.join(lines) + '\n'
