#!/bin/sh
# Installs the clients and servers that others wrote, as tests/peers/*/ lock them, into
# .cache/peers; does nothing when that was done before. What cannot be had is named
# and the rest goes on: its tests are then skipped, or fail where CI=true or
# REQUIRE_BROWSER=1 says that they must run. With `node`: those of npm alone.
set -eu
cd "$(dirname "$0")/.."
say() { printf '%s\n' "$*" >&2; }

# npm, and a Node.js for it to run on: as root, from the Debian or Ubuntu archive.
get_npm() {
  command -v npm >/dev/null && return
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  say "Installing npm (once)"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq &&
    apt-get install -y -qq --no-install-recommends npm >/dev/null </dev/null
}

install_node_peers() {
  from=tests/peers/node into=.cache/peers/node
  cmp -s "$from/package-lock.json" "$into/installed" && return
  get_npm || { say "No npm: install it to run the tests with npm's clients"; return; }
  say "Installing npm's clients into $into (once)"
  mkdir -p "$into"
  rm -f "$into/installed"
  cp "$from/package.json" "$from/package-lock.json" "$into"
  if (cd "$into" && npm ci --ignore-scripts --no-audit --no-fund --silent >&2); then
    cp "$from/package-lock.json" "$into/installed"
  else
    say "npm's clients cannot be installed: their tests will not run"
  fi
}

install_node_peers
[ "${1:-all}" = node ] && exit
sh tests/peers/install-python.sh ||
  say "PyPI's clients cannot be installed: their tests will not run"
sh tests/peers/install-apache.sh
