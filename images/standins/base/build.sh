#!/usr/bin/env bash
# Writes the root file system that all stand-ins share as a compressed tar.
# Usage: build.sh TARBALL [SUITE]    (needs root and debootstrap)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tarball=$1 suite=${2:-bookworm}

root=$(mktemp -d)
chmod 755 "$root"
trap 'rm -rf "$root"' EXIT

debootstrap --variant=minbase "$suite" "$root"
install -m 644 "$here/dpkg-slim.conf" "$root/etc/dpkg/dpkg.cfg.d/slim"
install -m 644 "$here/apt-slim.conf" "$root/etc/apt/apt.conf.d/slim"
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
install -m 755 "$here/slim.sh" "$root/slim.sh"
chroot "$root" /slim.sh
rm "$root/slim.sh"

mkdir -p "$(dirname "$tarball")"
tar --numeric-owner --one-file-system -C "$root" -czf "$tarball.part" .
mv "$tarball.part" "$tarball"
