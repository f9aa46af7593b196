# shellcheck shell=sh
# Puts a routing into force: directory $2 below $1, with its files from arguments `path=content`.
# Whatever fails (a full disk, say) leaves the former routing as it is.
set -eu
cd "$1"
new=$2
shift 2

give_up() {
    rm -rf "$new" "$new.link"
    set -- "$(df -Pk . | tail -n 1 | tr -s ' ' | cut -d ' ' -f 4)"
    echo "the routing could not be written; $1 KiB are free on its disk" >&2
}

trap give_up EXIT
mkdir -p "$new/green"
for file in "$@"; do
    printf %s "${file#*=}" > "$new/${file%%=*}"
done
ln -s "$new" "$new.link"
mv -T "$new.link" current
trap - EXIT
for other in routing-*; do
    [ "$other" = "$new" ] || rm -rf "$other"
done
