#!/bin/sh
# Makes .cache/peers/python: the Python clients that others wrote and our `valetkey`
# library, apart from .venv, for they may want other versions. Does nothing when that
# was done before. The lock is written from tests/peers/python by
#   uv pip compile requirements.in --output-file requirements.txt --universal \
#     --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade
set -eu
cd "$(dirname "$0")/../.."
lock=tests/peers/python/requirements.txt venv=.cache/peers/python
say() { printf '%s\n' "$*" >&2; }

# The folder is part of it, for a venv cannot be moved.
state() { { cat "$lock" shared/pyproject.toml; pwd -P; } | cksum; }
current() {
  [ -x $venv/bin/python ] && $venv/bin/python -c '' 2>/dev/null &&
    [ "$(cat $venv/installed 2>/dev/null)" = "$(state)" ]
}

current && exit
say "Installing PyPI's clients into $venv (once)"
rm -rf $venv
# The Python of .venv is young enough.
if command -v uv >/dev/null; then
  uv venv --quiet --python .venv/bin/python $venv
  install="uv pip install --quiet --python $venv/bin/python"
else
  .venv/bin/python -m venv $venv
  install="$venv/bin/python -m pip install --quiet --disable-pip-version-check"
fi
$install --require-hashes -r "$lock"
$install --no-deps --no-build-isolation -e shared
state >$venv/installed
