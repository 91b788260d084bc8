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

"""Quality of service, adapted to what publishers offer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy

RELIABILITY = {
    'reliable': ReliabilityPolicy.RELIABLE,
    'best_effort': ReliabilityPolicy.BEST_EFFORT,
}


def latched(depth: int = 1) -> QoSProfile:
    """Give the profile of what is said once and kept for those who come late."""
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST, depth=depth, reliability=ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy.TRANSIENT_LOCAL,
    )


LATCHED = latched()


def adapt(offers: Sequence[Any], reliability: str, depth: int) -> QoSProfile:
    """
    Ask for the most that every publisher of a topic offers.

    A reliable subscription never matches a best-effort publisher, so one such publisher makes the
    subscription best-effort; ``reliability`` other than ``auto`` insists.

    Parameters
    ----------
    offers
        The publishers' profiles (``TopicEndpointInfo.qos_profile``); may be empty.
    reliability
        ``auto``, ``reliable`` or ``best_effort``.
    depth
        Messages that the middleware keeps for us.

    """
    all_reliable = bool(offers) and all(
        offer.reliability == ReliabilityPolicy.RELIABLE for offer in offers
    )
    all_latched = bool(offers) and all(
        offer.durability == DurabilityPolicy.TRANSIENT_LOCAL for offer in offers
    )
    wanted = RELIABILITY.get(reliability)
    if wanted is None:
        wanted = RELIABILITY['reliable' if all_reliable else 'best_effort']
    latched = DurabilityPolicy.TRANSIENT_LOCAL if all_latched else DurabilityPolicy.VOLATILE
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST, depth=depth, reliability=wanted, durability=latched
    )


def lost_and_incompatible(
    on_lost: Callable[[int], None], on_incompatible: Callable[[str], None]
) -> Any:
    """Make the callbacks that count what the middleware lost, under every distribution's name."""
    try:
        from rclpy.event_handler import SubscriptionEventCallbacks
    except ImportError:  # Humble
        from rclpy.qos_event import SubscriptionEventCallbacks

    return SubscriptionEventCallbacks(
        message_lost=lambda event: on_lost(event.total_count_change),
        incompatible_qos=lambda event: on_incompatible(str(event.last_policy_kind)),
    )
