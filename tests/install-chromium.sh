#!/bin/sh
# Installs Chromium for the browser tests where there is none and we may: as root,
# from the Debian or Ubuntu archive. Elsewhere it says what is missing and goes on;
# REQUIRE_BROWSER=1 then makes the browser tests fail instead of skip.
set -eu
[ -n "${CHROMIUM:-}" ] && exit
for each in chromium chromium-browser google-chrome; do
  command -v "$each" >/dev/null && exit
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing Chromium (once)" >&2
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium \
    >/dev/null </dev/null && exit
fi
echo "No Chromium: install it, or set CHROMIUM to its path, to run the browser tests" >&2
