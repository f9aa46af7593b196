# shellcheck shell=sh
# Functions for checks from inside the edge's container; curl is in it for its health check.
# handshake URL [curl options]: prints the status code of a WebSocket handshake, 000 without an answer.
handshake() {
    headers=$(mktemp)
    curl --silent --insecure --http1.1 --max-time 5 --dump-header "$headers" --output /dev/null \
        --header 'Connection: Upgrade' --header 'Upgrade: websocket' --header 'Sec-WebSocket-Version: 13' \
        --header 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' "$@" &
    # The connection stays open after a successful handshake: its headers are all there is to wait for.
    while kill -0 $! 2> /dev/null && ! grep -q "^$(printf '\r')" "$headers"; do
        sleep 0.02
    done
    kill $! 2> /dev/null
    code=$(sed -n '1s/^HTTP[^ ]* \([0-9]*\).*/\1/p' "$headers")
    if [ "$code" = 101 ] && ! grep -qi '^sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=' "$headers"; then
        code="101 with a wrong key"
    fi
    rm -f "$headers"
    echo "${code:-000}"
}

# status URL: prints the status code of a GET, 000 without an answer.
status() {
    curl --silent --insecure --max-time 5 --output /dev/null --write-out '%{http_code}' "$1"
}
