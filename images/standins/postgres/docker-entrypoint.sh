#!/usr/bin/env bash
# Start of PostgreSQL with the interface of the public image: first boot creates the cluster, then `postgres` takes over.
set -euo pipefail

fail() {
  printf 'Error: %s\n' "$1" >&2
  exit 1
}

# setting NAME [DEFAULT]: NAME becomes its own value, the content of the file in NAME_FILE, or DEFAULT.
setting() {
  local name=$1 file=${1}_FILE value=${2:-}
  if [[ ${!name:-} && ${!file:-} ]]; then
    fail "both $name and $file are set (but are exclusive)"
  elif [[ ${!name:-} ]]; then
    value=${!name}
  elif [[ ${!file:-} ]]; then
    value=$(<"${!file}") || fail "$file names ${!file}, which cannot be read"
  fi
  export "$name"="$value"
  unset "$file"
}

become_postgres() {
  mkdir -p "$PGDATA" /var/run/postgresql
  chmod 700 "$PGDATA"
  chmod 3775 /var/run/postgresql
  find "$PGDATA" /var/run/postgresql ! -user postgres -exec chown postgres {} +
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
}

require_password() {
  [[ $POSTGRES_PASSWORD || $POSTGRES_HOST_AUTH_METHOD == trust ]] || fail \
    "database is uninitialized and superuser password is not specified: set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE
       to a non-empty value, or POSTGRES_HOST_AUTH_METHOD=trust to let everybody in without one (not recommended)."
  if [[ $POSTGRES_HOST_AUTH_METHOD == trust ]]; then
    echo 'WARNING: POSTGRES_HOST_AUTH_METHOD is "trust": anybody who reaches the port is a superuser.' >&2
  fi
}

create_cluster() {
  # Arguments for initdb come as one string, split as a shell would, as in the public image.
  if [[ $POSTGRES_PASSWORD ]]; then
    eval "initdb --username=\"\$POSTGRES_USER\" --pwfile=<(printf '%s\n' \"\$POSTGRES_PASSWORD\") $POSTGRES_INITDB_ARGS"
  else
    eval "initdb --username=\"\$POSTGRES_USER\" $POSTGRES_INITDB_ARGS"
  fi
  local method=${POSTGRES_HOST_AUTH_METHOD:-$(postgres -C password_encryption "$@")}
  printf '\nhost all all all %s\n' "$method" >> "$PGDATA/pg_hba.conf"
}

sql() {
  PGHOST='' PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --no-password --no-psqlrc "$@"
}

create_database() {
  [[ $(sql --dbname postgres --set db="$POSTGRES_DB" --tuples-only --no-align \
    <<< "SELECT 1 FROM pg_database WHERE datname = :'db'") ]] ||
    sql --dbname postgres --set db="$POSTGRES_DB" <<< 'CREATE DATABASE :"db"'
}

run_init_files() {
  local file
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh)
        echo "$0: running $file"
        # shellcheck disable=SC1090
        if [[ -x $file ]]; then "$file"; else . "$file"; fi
        ;;
      *.sql) echo "$0: running $file" && sql --dbname "$POSTGRES_DB" -f "$file" ;;
      *.sql.gz) echo "$0: running $file" && gunzip -c "$file" | sql --dbname "$POSTGRES_DB" ;;
      *.sql.xz) echo "$0: running $file" && xzcat "$file" | sql --dbname "$POSTGRES_DB" ;;
      *.sql.zst) echo "$0: running $file" && zstd -dc "$file" | sql --dbname "$POSTGRES_DB" ;;
      *) echo "$0: ignoring $file" ;;
    esac
  done
}

first_boot() {
  setting POSTGRES_PASSWORD
  setting POSTGRES_USER postgres
  setting POSTGRES_DB "$POSTGRES_USER"
  setting POSTGRES_INITDB_ARGS
  : "${POSTGRES_HOST_AUTH_METHOD:=}"
  require_password
  shift
  create_cluster "$@"
  export PGPASSWORD=${PGPASSWORD:-$POSTGRES_PASSWORD}
  NOTIFY_SOCKET='' PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -w start \
    -o "$(printf '%q ' "$@" -c listen_addresses='' -p "${PGPORT:-5432}")"
  create_database
  run_init_files
  PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -m fast -w stop
  unset PGPASSWORD
  printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

asks_for_help() {
  local word
  for word in "$@"; do
    case $word in -'?' | --help | --describe-config | -V | --version | -C) return 0 ;; esac
  done
  return 1
}

if [[ ${1:--} == -* ]]; then
  set -- postgres "$@"
fi
if [[ $1 == postgres ]] && ! asks_for_help "$@"; then
  if [[ $(id -u) == 0 ]]; then
    become_postgres "$@"
  fi
  mkdir -p "$PGDATA"
  chmod 700 "$PGDATA" 2> /dev/null || :
  if [[ -s $PGDATA/PG_VERSION ]]; then
    printf '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n'
  else
    first_boot "$@"
  fi
fi
exec "$@"
