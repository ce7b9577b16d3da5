#!/bin/sh
# Makes .venv with the packages of requirements-$1.txt (demo or dev) and ours, and
# does nothing when that was done before. Uses uv where there is one, else pip.
set -eu
cd "$(dirname "$0")/.."
kind=$1
say() { printf '%s\n' "$*" >&2; }
fail() { say "make: $*"; exit 1; }

# What the packages depend on. The folder is part of it, for a .venv cannot be moved.
state() {
  { cat "requirements-$1.txt" shared/pyproject.toml services/*/pyproject.toml
    (cd .venv && pwd -P); } | cksum
}
current() {
  [ -x .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null &&
    [ "$(cat ".venv/valetkey-$1" 2>/dev/null)" = "$(state "$1")" ]
}
suits() { # PYTHON MODULE: is it young enough, and does it have the module?
  "$1" -c "import sys, $2; sys.exit(not (3, 11) <= sys.version_info)" >/dev/null 2>&1
}
find_python() { # MODULE
  for each in ${PYTHON:-python3.14 python3.13 python3.12 python3.11 python3}; do
    if suits "$each" "$1"; then echo "$each"; return; fi
  done
  fail "needs Python 3.11 or newer${PYTHON:+ (PYTHON is $PYTHON)}," \
    "with its venv module (Debian: apt-get install python3-venv)"
}

current "$kind" && exit
[ -L .venv ] && fail ".venv is a link to a folder whose packages are not current"

say "Installing packages into .venv (once)"
ours="-e shared -e services/auth -e services/resource -e services/client-demo"
# No resolution and no building in isolation: only what the lock names is fetched.
if command -v uv >/dev/null; then
  python=$(find_python sys)
  suits .venv/bin/python sys || uv venv --quiet --clear --python "$python" .venv
  install="uv pip install --quiet --compile-bytecode --python .venv/bin/python"
else
  python=$(find_python ensurepip)
  suits .venv/bin/python ensurepip || "$python" -m venv --clear .venv
  suits .venv/bin/python pip || .venv/bin/python -m ensurepip >/dev/null
  install=".venv/bin/python -m pip install --quiet --disable-pip-version-check"
fi
rm -f .venv/valetkey-demo .venv/valetkey-dev
$install --require-hashes -r "requirements-$kind.txt"
$install --no-deps --no-build-isolation $ours
state "$kind" >".venv/valetkey-$kind"
# What tests need holds all that the demo needs.
[ "$kind" = demo ] || state demo >.venv/valetkey-demo
