#!/usr/bin/env bash
# Runs the tests that need ROS in an environment with rclpy: test/ros/run.sh VENV [pytest arguments]
# Everything stays on this machine's loopback and in domains that nobody uses (conftest.py).
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=$(cd "$1" && pwd)
shift
export PATH="$venv/bin:$PATH"
export AMENT_PREFIX_PATH="$venv"
export ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST
export ROS_LOG_DIR="${ROS_LOG_DIR:-$(mktemp -d)}"
results=build/test-results
cache=$(mktemp -d)
trap 'rm -rf "$cache"' EXIT
mkdir -p "$results"
rm -f "$results"/ros*.xml

# SECONDS RESULTS [pytest arguments]. rclpy catches SIGTERM: a stuck process needs SIGKILL to end.
attempt() {
    timeout -k 20 "$1" "$venv/bin/python" -m pytest -m ros test/ros test/launch -o cache_dir="$cache" "${@:3}" \
        --junitxml "$results/$2"
}

# They wait more than they work: two at a time.
code=0
attempt 1500 ros.xml -n 2 --dist loadfile "$@" || code=$?

# As colcon's --retest-until-pass: a few that failed are run once more, alone. What else went wrong counts at once:
# a run that ended early, files that cannot be collected, nothing to run, a process that died.
[ "$code" -eq 1 ] || exit "$code"
mapfile -t failed < <(sed -n 's/^  "\(.*\)": true,\?$/\1/p' "$cache/v/cache/lastfailed")
if [ ${#failed[@]} -gt 3 ] || printf '%s\n' "${failed[@]}" | grep -qv :: || grep -q 'crashed while' "$results/ros.xml"
then
    exit "$code"
fi
printf '\n=== FAILED AT THE FIRST ATTEMPT (see %s), run once more, alone:\n' "$results/ros.xml"
printf '      %s\n' "${failed[@]}"
attempt 900 ros-again.xml "$@" -n 0 --last-failed --last-failed-no-failures none
printf '\n=== PASSED ONLY AT THE SECOND ATTEMPT:\n'
printf '      %s\n' "${failed[@]}"
