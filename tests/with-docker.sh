#!/bin/bash
# Runs a command with a Docker engine within its reach, if one can be had: the
# machine's own, else one of ../shared/tools/docker-engine, stopped if we started it.
set -eu
engine=../shared/tools/docker-engine
works() { docker info >/dev/null 2>&1; }

if ! works && [[ -x $engine ]]; then
  eval "$("$engine" env)"
  if ! works; then
    echo "Starting a Docker engine for the compose tests (minutes, the first time)" >&2
    trap '"$engine" down >/dev/null 2>&1' EXIT
    "$engine" up >/dev/null </dev/null || echo "It does not start: no compose tests" >&2
  fi
fi
"$@"
