# shellcheck shell=sh
# The last step of the image's first start, read by its entrypoint: from here on the cluster is whole.
rm -f "$(dirname "$PGDATA")/being-made"
