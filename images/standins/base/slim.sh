#!/bin/sh
# Runs inside the fresh root file system (chroot): security updates, then what a container image does not need goes.
set -eu
export DEBIAN_FRONTEND=noninteractive

# The archive that debootstrap used also serves the security updates of its suite.
sed -n 's|^deb \(.*\)/debian/\{0,1\} \([a-z]*\) main$|deb \1/debian-security \2-security main|p' \
  /etc/apt/sources.list > /etc/apt/sources.list.d/security.list

apt-get update -q
apt-get upgrade -q -y
apt-get clean

rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/debconf/*-old /var/lib/dpkg/*-old \
  /var/log/*.log /var/log/apt /usr/share/man /usr/share/info /usr/share/lintian /tmp/* /etc/machine-id
find /usr/share/doc -type f ! -name copyright -delete
find /usr/share/doc -type l -delete
find /usr/share/doc -type d -empty -delete
find /usr/share/locale -mindepth 1 -maxdepth 1 ! -name 'C*' ! -name 'en*' -exec rm -rf {} +
find / -xdev -name '*.pyc' -delete
