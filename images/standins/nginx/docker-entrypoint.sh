#!/bin/sh
# Start of nginx with the interface of the public image: the scripts of /docker-entrypoint.d run first, in order.
set -eu

if [ "$1" = nginx ] || [ "$1" = nginx-debug ]; then
  for script in /docker-entrypoint.d/*; do
    [ -x "$script" ] || continue
    case $script in
      *.envsh)
        # shellcheck disable=SC1090
        . "$script"
        ;;
      *.sh) "$script" ;;
    esac
  done
fi
exec "$@"
