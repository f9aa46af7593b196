#!/bin/sh
# Start of the registry with the interface of the public image: a configuration file, a subcommand, or any command.
set -eu

case ${1:-} in
  *.yaml | *.yml) set -- registry serve "$@" ;;
  serve | garbage-collect | help | -*) set -- registry "$@" ;;
esac
exec "$@"
