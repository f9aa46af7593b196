#!/usr/bin/env bash
# Pins every requirement with hashes, for the oldest Python that is supported: docs/adr/0002-hashed-requirements.md.
# Usage: lock.sh [--upgrade]
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${KTR_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/ktr-platform}/bootstrap/bin/uv
export UV_NATIVE_TLS=true

compile() {
  "$uv" pip compile --quiet --no-header --no-annotate --generate-hashes --no-emit-index-url --python-version 3.11 "$@"
}

compile pyproject.toml --output-file requirements.txt "$@"
compile pyproject.toml --extra dev --constraints requirements.txt --output-file requirements-dev.txt "$@"
compile app/pyproject.toml --output-file app/requirements.txt "$@"
compile toolchain/go.in --output-file toolchain/go.txt "$@"
compile app/pyproject.toml --group app/pyproject.toml:dev --constraints app/requirements.txt \
  --output-file app/requirements-dev.txt "$@"
