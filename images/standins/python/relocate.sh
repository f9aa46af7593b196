#!/bin/sh
# Copies Debian's Python below $1, laid out as the public image has it: prefix /usr/local, site-packages, no system lock.
set -eu
out=$1
lib=$out/usr/local/lib/python3.11
mkdir -p "$out/usr/local/bin" "$out/usr/local/lib" "$out/usr/share"

cp -a /usr/lib/python3.11 "$lib"
cp -L /usr/bin/python3.11 "$out/usr/local/bin/"
ln -s python3.11 "$out/usr/local/bin/python3"
ln -s python3.11 "$out/usr/local/bin/python"
cp -a /usr/share/python-wheels "$out/usr/share/"

find "$lib" -name __pycache__ -prune -exec rm -rf {} +
rm -rf "$lib/EXTERNALLY-MANAGED" "$lib/sitecustomize.py" "$lib/dist-packages"
mkdir "$lib/site-packages"
# The interpreter's frozen site module looks for Debian's name only.
ln -s site-packages "$lib/dist-packages"

# Debian installs into local/lib/…/dist-packages by default; the public image has upstream's scheme.
sed -i "s/prefix_scheme = 'posix_local'/prefix_scheme = 'posix_prefix'/" "$lib/sysconfig.py"
# Debian's ensurepip serves virtual environments only.
sed -i '/^    _ensurepip_is_disabled_in_debian_for_system()$/d' "$lib/ensurepip/__init__.py"
