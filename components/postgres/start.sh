#!/bin/sh
# Starts the server, and starts the making of its cluster over when an earlier start was killed in the midst of it.
# The image's own entrypoint takes a half-made cluster for a whole one: it has a version file, but perhaps no database.
# The marker is there from before the first start until after its last step; until then no client has ever got in.
set -eu
marker=$(dirname "$PGDATA")/being-made
if [ -e "$marker" ]; then
  echo "the first start was interrupted: making the cluster anew"
  rm -rf "$PGDATA"
elif [ ! -s "$PGDATA/PG_VERSION" ]; then
  : > "$marker"
fi
exec docker-entrypoint.sh postgres "$@"
