#!/bin/sh
# Writes requirements*.txt from the pyproject files: every package of every supported
# Python and platform, with hashes. Ours are left out: they are installed from here.
set -eu
cd "$(dirname "$0")/.."
command -v uv >/dev/null || { echo "lock: needs uv on the PATH" >&2; exit 1; }

compile() { # FILE [OPTION...]
  file=$1; shift
  # hatchling builds our own packages; editables makes them run from the source.
  printf 'hatchling\neditables\n' | uv pip compile --quiet pyproject.toml - \
    --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
    --no-emit-package valetkey --no-emit-package valetkey-auth \
    --no-emit-package valetkey-resource --no-emit-package valetkey-client-demo \
    --output-file "$file" "$@"
}

compile requirements-dev.txt --extra demo --group dev --upgrade
# The smaller ones hold the same versions.
compile requirements-demo.txt --extra demo --constraint requirements-dev.txt
compile requirements.txt --constraint requirements-dev.txt
