#!/bin/sh
# Start of Redis with the interface of the public image: a configuration file, bare options, or any command.
set -eu

case ${1:--} in
  -* | *.conf) set -- redis-server "$@" ;;
esac

if [ "$1" = redis-server ]; then
  if [ "$(id -u)" = 0 ]; then
    find . ! -user redis -exec chown redis {} +
    exec setpriv --reuid=redis --regid=redis --clear-groups "$0" "$@"
  fi
  # The public image is compiled with protected mode off; Debian's is not.
  case " $* " in
    *' --protected-mode '* | *' --version '* | *' -v '* | *' --help '* | *' -h '* | *' --test-memory '* | *' --check-system '*) ;;
    *.conf*) grep -qsi '^[[:space:]]*protected-mode' "$2" || set -- "$@" --protected-mode no ;;
    *) set -- "$@" --protected-mode no ;;
  esac
  if [ "$(umask)" = 0022 ]; then
    umask 0077
  fi
fi
exec "$@"
