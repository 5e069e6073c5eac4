# Real PostgreSQL servers for the tests; load it after helper. They live in folders of their own in $T and end with the
# test.
#
#   start_postgresql NAME [SETTING=VALUE...]   a server on a Unix socket in $T/NAME.socket, also after stop_postgresql
#                                              or a kill, when it finds its data. Waits until it answers.
#   stop_postgresql NAME                       at once, in order
#   crash_postgresql NAME                      kill -9 of all its processes
#   url_of NAME                                the URL of its database "logs"
#   sql NAME STATEMENT                         rows, fields with a tab between them
#   rows NAME N                                the table "logs" has N rows (for eventually)
#
# shellcheck shell=bash disable=SC2154

POSTGRESQL=$(pg_config --bindir 2>/dev/null || echo /usr/lib/postgresql/15/bin)

# It does not run as root.
as_postgresql=()
if ((EUID == 0)); then as_postgresql=(setpriv --reuid=postgres --regid=postgres --clear-groups); fi

start_postgresql() {
  local name=$1 setting settings=()
  shift
  for setting; do settings+=(-c "$setting"); done
  if [[ ! -d $T/$name.data ]]; then
    chmod 711 "$T"
    mkdir "$T/$name.data" "$T/$name.socket"
    if ((EUID == 0)); then chown postgres "$T/$name.data" "$T/$name.socket"; fi
    "${as_postgresql[@]}" "$POSTGRESQL/initdb" -U postgres -A trust --no-sync -E UTF8 -D "$T/$name.data" >"$T/$name.initdb"
  fi
  start "$name" "${as_postgresql[@]}" "$POSTGRESQL/postgres" -D "$T/$name.data" -k "$T/$name.socket" \
    -c listen_addresses= -c shared_buffers=16MB "${settings[@]}"
  eventually postgresql_answers "$name"
  sql_of "$name" postgres "SELECT datname FROM pg_database" | grep -qx logs || sql_of "$name" postgres "CREATE DATABASE logs"
}

postgresql_answers() {
  kill -0 "${pid[$1]}" || fail "the server $1 ended: $(tail -n 5 "$T/$1.err")"
  sql_of "$1" postgres "SELECT 1" &>/dev/null
}

stop_postgresql() { stop "$1" INT; }

# Its children end by themselves, and let go of the shared memory that is named in its file.
crash_postgresql() {
  kill -KILL "${pid[$1]}" 2>/dev/null || true
  finish "$1"
  local memory
  memory=$(awk 'NR == 7 { print $2 }' "$T/$1.data/postmaster.pid")
  eventually nobody_uses "$memory"
  rm -f "$T/$1.data/postmaster.pid" "$T/$1.socket"/.s.*
}

nobody_uses() { ! awk -v id="$1" '$2 == id && $7 > 0 { found = 1 } END { exit !found }' /proc/sysvipc/shm; }

url_of() { echo "postgresql://postgres@/logs?host=$T/$1.socket"; }

sql_of() { psql -X -q -h "$T/$1.socket" -U postgres -d "$2" -At -F $'\t' -v ON_ERROR_STOP=1 -c "$3"; }
sql() { sql_of "$1" logs "$2"; }

rows() { [[ $(sql "$1" "SELECT count(*) FROM logs" 2>/dev/null) == "$2" ]]; }
