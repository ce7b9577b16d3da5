#!/bin/sh
# Installs Apache with mod_auth_openidc where it is missing and we may: as root, from
# the Debian or Ubuntu archive, without the service. Does nothing when it is there.
set -eu
modules=/usr/lib/apache2/modules
[ -x /usr/sbin/apache2 ] && [ -e $modules/mod_auth_openidc.so ] && exit
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing Apache with mod_auth_openidc (once)" >&2
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq && apt-get install -y -qq --no-install-recommends \
    apache2-bin libapache2-mod-auth-openidc >/dev/null </dev/null && exit
fi
echo "No Apache: install apache2-bin and libapache2-mod-auth-openidc for its tests" >&2
