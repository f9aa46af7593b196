#!/usr/bin/env bash
# Makes .venv of the platform, or of the application: uv from a private bootstrap environment, the pinned requirements,
# and for the platform the project itself. Does nothing when .venv is already what the requirements ask for.
# Usage: venv.sh [app]
set -euo pipefail
checkout=$(cd "$(dirname "$0")/.." && pwd)
cache=${KTR_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/ktr-platform}
project=$checkout${1:+/$1}
venv=$project/.venv
uv_version=0.13.9
ca_bundle=/etc/ssl/certs/ca-certificates.crt

fail() {
  printf 'ktr: %s\n' "$@" >&2
  exit 1
}

say() {
  printf '  %-9s %s\n' "$1" "$2" >&2
}

find_python() {
  local candidate
  for candidate in "${KTR_PYTHON:-python3}" python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then
      command -v "$candidate"
      return
    fi
  done
  fail "Python 3.11 or newer is needed, and found neither as python3 nor as python3.11 to python3.13." \
    "Install it (Debian, Ubuntu: apt-get install python3 python3-venv) or name one: KTR_PYTHON=/path/to/python3 make"
}

need_ensurepip() {
  "$python" -c 'import ensurepip' 2> /dev/null && return
  if [[ $(id -u) == 0 ]] && command -v apt-get > /dev/null; then
    say venv "installing Debian's python3-venv"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv > /dev/null
  else
    fail "$python cannot make virtual environments: its ensurepip module is missing." \
      "Install it (Debian, Ubuntu: sudo apt-get install python3-venv) and run make again."
  fi
}

wanted() {
  { cat "$project/requirements-dev.txt" "$project/pyproject.toml" "$0" && "$python" -VV && echo "$project"; } |
    sha256sum | cut -d' ' -f1
}

python=$(find_python)
stamp=$(wanted)
[[ -x $venv/bin/python && $(cat "$venv/.ktr-stamp" 2> /dev/null) == "$stamp" ]] && exit 0

mkdir -p "$cache"
if command -v flock > /dev/null; then
  exec 9> "$cache/venv.lock"
  flock 9
  [[ -x $venv/bin/python && $(cat "$venv/.ktr-stamp" 2> /dev/null) == "$stamp" ]] && exit 0
fi

# Behind a TLS-inspecting proxy the system's bundle knows the proxy's certificate; pip's and uv's own do not.
if [[ -f $ca_bundle ]]; then
  export PIP_CERT=${PIP_CERT:-$ca_bundle}
fi
export UV_NATIVE_TLS=true

uv=$cache/bootstrap/bin/uv
if [[ $("$uv" --version 2> /dev/null) != "uv $uv_version"* ]]; then
  need_ensurepip
  say venv "getting uv $uv_version"
  "$python" -m venv --clear "$cache/bootstrap"
  "$cache/bootstrap/bin/pip" install --quiet --disable-pip-version-check "uv==$uv_version"
fi

say venv "installing the pinned requirements into ${1:+$1/}.venv"
if [[ ! -x $venv/bin/pip || $("$venv/bin/python" -VV 2> /dev/null) != "$("$python" -VV)" ]]; then
  # Seeded with pip: Pulumi's language host lists the packages of a program with it.
  "$uv" venv --quiet --clear --seed --python "$python" "$venv"
fi
export VIRTUAL_ENV=$venv
# Compiled here and now: where PYTHONDONTWRITEBYTECODE is set or .venv is read-only, each run would compile again.
"$uv" pip sync --quiet --require-hashes --compile-bytecode "$project/requirements-dev.txt"
if [[ $project == "$checkout" ]]; then
  "$uv" pip install --quiet --no-deps --editable "$project"
fi
printf '%s\n' "$stamp" > "$venv/.ktr-stamp"
