#!/usr/bin/env bash
# Every test: core, vectors, simulation and corpora under sanitizers; what crosses a display or a kernel in release.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/dev/packages.sh
. tools/dev/build.sh

install_packages build run test lint gpl-x264
build release programs
lint
echo "== films by x264, which only a GPL build has"
build gpl-x264 video_gpl_test
run_tests gpl-x264 -R video_gpl_test
build sanitize
echo "== core, simulation and corpora, under address and undefined-behaviour sanitizers"
run_tests sanitize -j2 -LE 'x11|e2e|lab'
echo "== two homes in the network laboratory, under the same sanitizers"
run_tests sanitize -L lab-sanitize
echo "== the built programs: displays, processes, networks"
run_tests release -L 'x11|e2e|lab|tools'
