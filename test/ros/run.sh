#!/usr/bin/env bash
# Runs the tests that need ROS in an environment with rclpy: test/ros/run.sh VENV [pytest arguments]
# Everything stays on this machine's loopback and in a domain of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=$(cd "$1" && pwd)
shift
export PATH="$venv/bin:$PATH"
export AMENT_PREFIX_PATH="$venv"
export ROS_DOMAIN_ID="${ROS_DOMAIN_ID:-$((RANDOM % 100 + 1))}"
export ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST
export ROS_LOG_DIR="${ROS_LOG_DIR:-$(mktemp -d)}"
mkdir -p build/test-results
# They wait more than they work: two at a time. rclpy catches SIGTERM: a stuck process needs SIGKILL to end.
exec timeout -k 20 1500 "$venv/bin/python" -m pytest -m ros test/ros test/launch -n 2 --dist loadfile \
    --junitxml build/test-results/ros.xml "$@"
