# shellcheck shell=sh
# Asks the edge at $1 (host name $2) $3 times, each time as a new client: prints the headers of every answer, then a line
# `handshake CODE` for a WebSocket.
url=$1
name=$2
count=$3
set --
while [ "$count" -gt 0 ]; do
    set -- "$@" --output /dev/null "$url/_stcore/health"
    count=$((count - 1))
done
curl --silent --insecure --max-time 10 --header "Host: $name" --dump-header - "$@"
echo "handshake $(handshake "$url/_stcore/stream" --header "Host: $name")"
