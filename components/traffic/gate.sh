# shellcheck shell=sh
# Checks each replica "$3"… at port $1, readiness at port $2: prints a line `replica ready health socket`.
port=$1
ready_port=$2
shift 2
for host in "$@"; do
    (
        ready=$(status "http://$host:$ready_port/ready")
        health=$(status "http://$host:$port/_stcore/health")
        echo "$host $ready $health $(handshake "http://$host:$port/_stcore/stream")"
    ) &
done
wait
