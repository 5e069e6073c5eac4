# logsend postgresql://: rows, receipts and what failures mean, with real servers.
#
# shellcheck shell=bash

load helper
load postgresql

said() { grep -q "$1" logsend.err; }

@test "messages are rows of pyloggr's columns" {
  start_postgresql db
  printf '%s\n' '<34>1 2003-10-11T22:14:15.003Z web.example su 77 ID47 [a@1 k="v"] it failed' 'no syslog' >input
  run -0 logsend --create-table "$(url_of db)" <input
  assert_output ""
  run -0 sql db "SELECT severity, facility, source, app_name, procid, message, structured_data, fields,
                        timereported AT TIME ZONE 'UTC', timegenerated > now() - interval '1 hour'
                 FROM logs ORDER BY uuid"
  assert_line -n 0 $'crit\tauth\tweb.example\tsu\t77\tit failed\t{"a@1": {"k": "v"}}\t\t2003-10-11 22:14:15.003\tt'
  assert_line -n 1 -p $'notice\tuser\t'
  assert_line -n 1 -p $'\tno syslog\t'
  run -0 sql db "SELECT indexdef FROM pg_indexes WHERE tablename = 'logs' ORDER BY 1"
  assert_output -p "(timereported)"
  assert_output -p "(uuid)"
}

@test "what rules do is explained, and what --set cannot do is said" {
  start_postgresql db
  quietly -0 logsend --create-table --rule '[a] := "b"' --explain --set 'severity=%{message}' "$(url_of db)" <<<one
  assert_equal "$stderr" 'logsend: set severity to "one": no severity has this name or number
logsend: message 1: "one"
logsend: message 1: --rule:1: [a] := "b": a = "b"'
  run -0 sql db "SELECT fields->>'a' FROM logs"
  assert_output b
}

@test "open fields are JSON, and bytes that are no text stay there in base64" {
  start_postgresql db
  printf '{"message":"in","user":"ada","n":3,"list":["x"]}\nbad \xff byte\nnul \0 byte\n' >input
  run -0 logsend --create-table "$(url_of db)" <input
  run -0 sql db "SELECT message, fields->>'user', fields->'n', fields->'list' FROM logs WHERE message = 'in'"
  assert_output $'in\tada\t3\t["x"]'
  run -0 sql db "SELECT message, convert_from(decode(fields->'base64'->>'message', 'base64'), 'LATIN1') = 'bad ' || chr(255) || ' byte'
                 FROM logs WHERE message LIKE 'bad%'"
  assert_output $'bad \xef\xbf\xbd byte\tt'
  run -0 sql db "SELECT message, decode(fields->'base64'->>'message', 'base64') = '\\x6e756c20002062797465'
                 FROM logs WHERE message LIKE 'nul%'"
  assert_output $'nul \xef\xbf\xbd byte\tt'
}

@test "equal lines are rows of their own, and what is sent again from a buffer adds none" {
  start_postgresql db
  printf 'same\nsame\n' | logbuf push q
  lines 1000 | logbuf push q
  logbuf consumer add q holds  # what is acknowledged
  run -0 logbuf peek q -- logsend --create-table --batch-messages 300 "$(url_of db)"
  run -0 rows db 1002
  logbuf rewind --to 1 q
  sql db "DELETE FROM logs WHERE message = 'same'"
  run -0 logbuf peek q -- logsend "$(url_of db)"
  run -0 rows db 1002
  printf 'same\nsame\n' | logsend "$(url_of db)"
  run -0 rows db 1004
}

@test "rows go as COPY, and as INSERT where the table has some of them or takes no COPY" {
  start_postgresql db log_statement=all
  statements() { grep -c "statement: COPY\\|execute <unnamed>: INSERT" db.err; }
  copies() { grep -c 'statement: COPY' db.err; }
  printf '{"message":"a\\\\b\\tc\\r\\nd\\\\."}\n\\.\n\\N\nlast\n' | logbuf push q
  logbuf consumer add q holds  # what is acknowledged
  run -0 logbuf peek q -- logsend --create-table "$(url_of db)"
  run -0 sql db "SELECT string_agg(replace(encode(convert_to(message, 'UTF8'), 'escape'), E'\\t', 'TAB'), '|' ORDER BY uuid) FROM logs"
  assert_output $'a\\\\bTABc\r\nd\\\\.|\\\\.|\\\\N|last'
  run statements
  assert_output 1
  run copies
  assert_output 1

  logbuf rewind --to 1 q
  echo new | logbuf push q
  run -0 logbuf peek q -- logsend "$(url_of db)"
  run -0 rows db 5
  run statements
  assert_output 3

  # A rule, which a COPY would pass by.
  sql db "CREATE TABLE ruled (message text); CREATE TABLE moved (message text);
          CREATE RULE elsewhere AS ON INSERT TO ruled DO INSTEAD INSERT INTO moved VALUES (NEW.message)"
  run -0 logsend --table ruled --columns message=message "$(url_of db)" <<<one
  run -0 sql db "SELECT message FROM moved"
  assert_output one

  # Row security, with which the server refuses a COPY.
  sql db "CREATE ROLE writer LOGIN; CREATE TABLE secured (k uuid UNIQUE, message text);
          ALTER TABLE secured ENABLE ROW LEVEL SECURITY; CREATE POLICY all_rows ON secured USING (true);
          GRANT SELECT, INSERT ON secured TO writer"
  url=$(url_of db)
  run -0 logsend --table secured --columns k=@key --columns message=message "${url/postgres@/writer@}" <<<two
  run -0 sql db "SELECT message FROM secured"
  assert_output two
}

@test "--key uuid: messages that say the same are one row" {
  start_postgresql db
  printf '%s\n' '<13>1 2024-01-01T00:00:00Z h a - - - x' '<13>1 2024-01-01T00:00:00Z h a - - - x' \
    '<13>1 2024-01-01T00:00:01Z h a - - - x' >input
  logsend --create-table --key uuid "$(url_of db)" <input
  logsend --key uuid "$(url_of db)" <input
  run -0 rows db 2
}

@test "--columns fills the columns of a table that is there, of any type" {
  start_postgresql db
  sql db 'CREATE TABLE "Web" (k uuid UNIQUE, status int, took double precision, path text, rest jsonb, "at" timestamptz)'
  printf '%s\n' '{"message":"m","status":404,"took":0.25,"path":"/x","timestamp":"2024-03-01T12:00:00Z"}' \
    '{"message":"n","path":"/y"}' >input
  run -0 logsend --table Web --columns k=@key --columns status=status --columns took=took --columns path=path \
    --columns rest=@event --columns at=timestamp "$(url_of db)" <input
  run -0 sql db 'SELECT status, took, path, rest->>$$message$$ FROM "Web" ORDER BY path'
  assert_output $'404\t0.25\t/x\tm\n\t\t/y\tn'
}

@test "a message that the table refuses is found among others, and ends it, or goes to --on-reject" {
  start_postgresql db
  sql db 'CREATE TABLE logs (k uuid PRIMARY KEY, n int, message text)'
  for ((i = 1; i <= 20; ++i)); do
    if ((i == 13)); then echo '{"message":"bad","n":"many"}'; else echo "{\"message\":\"m\",\"n\":$i}"; fi
  done >input
  columns=(--columns k=@key --columns n=n --columns message=message)
  quietly -65 logsend "${columns[@]}" "$(url_of db)" <input
  assert_complaint logsend 'the server rejects a message: invalid input syntax for type integer: "many"'
  quietly -0 logsend "${columns[@]}" --on-reject dead-letter:letters "$(url_of db)" <input
  run -0 logbuf cat letters
  assert_output '{"message":"bad","n":"many"}'
  run -0 sql db 'SELECT count(DISTINCT n), max(n) FROM logs'
  assert_output $'19\t20'
}

@test "a table that is missing, or lacks a column, is waited for" {
  start_postgresql db
  start logsend bash -c 'exec logsend "$0" <<<one' "$(url_of db)"
  eventually said 'relation "logs" does not exist (SQLSTATE 42P01); trying again now and then, 1 message is waiting'
  sql db 'CREATE TABLE logs (uuid uuid PRIMARY KEY)'
  kill -HUP "${pid[logsend]}"
  eventually said 'it has no column "timereported"; see --columns and --create-table'
  sql db 'DROP TABLE logs'
  another_makes_it
}

another_makes_it() {
  logsend --create-table "$(url_of db)" <<<two
  kill -HUP "${pid[logsend]}"
  finish logsend
  ((status == 0)) || fail "status $status: $(cat logsend.err)"
  rows db 2
}

@test "what a crash of the server could take away gets no receipt" {
  start_postgresql db
  sql db 'CREATE UNLOGGED TABLE logs (uuid uuid PRIMARY KEY, message text)'
  columns=(--columns uuid=@key --columns message=message)
  quietly -75 logsend --drain-time 1s "${columns[@]}" "$(url_of db)" <<<one
  [[ $stderr == *'is not logged, and a crash of the server would empty it; see --async-commit'* ]] || fail "$stderr"
  run -0 logsend --async-commit "${columns[@]}" "$(url_of db)" <<<one
  rows db 1
}

@test "commits are synced although the server's default is not to" {
  start_postgresql db synchronous_commit=off
  sql db "CREATE TABLE seen (value text)"
  logsend --create-table "$(url_of db)" <<<first
  sql db "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
          \$\$ BEGIN INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NEW; END \$\$;
          CREATE TRIGGER note BEFORE INSERT ON logs FOR EACH ROW EXECUTE FUNCTION note()"
  logsend "$(url_of db)" <<<second
  logsend --async-commit "$(url_of db)" <<<third
  run -0 sql db "SELECT value FROM seen"
  assert_output $'on\noff'
}

@test "a server that goes away is waited for, and nothing is lost or stored twice" {
  start_postgresql db
  lines 20000 | logbuf push q
  start peek logbuf peek -f q -- logsend --create-table --batch-messages 100 "$(url_of db)"
  eventually some_rows
  crash_postgresql db
  start_postgresql db
  stop_postgresql db
  start_postgresql db
  lines 5000 2 | logbuf push q
  DEADLINE=60 eventually rows db 25000
  stop peek
  assert_status 0
  run -0 sql db "SELECT count(DISTINCT message) FROM logs"
  run -0 bash -c 'logbuf consumer ls q | cut -f 2,3'
  assert_output $'0\t0'
}

some_rows() { (($(sql db "SELECT count(*) FROM logs" 2>/dev/null || echo 0) > 0)); }

@test "the next server of the list takes over when one is away" {
  start_postgresql db
  quietly -0 logsend --create-table "postgresql://127.0.0.1:$(free_port)/logs" "$(url_of db)" <<<one
  [[ ${stderr_lines[0]} == *'Connection refused'*'; trying the next, 1 message is waiting' ]] || fail "$stderr"
  rows db 1
}

@test "a wrong password is said, and does not show" {
  start_postgresql db
  sql db "CREATE ROLE app LOGIN PASSWORD 'right'"
  echo 'local all app scram-sha-256' | cat - db.data/pg_hba.conf >hba
  cat hba >db.data/pg_hba.conf
  sql db "SELECT pg_reload_conf()" >reloaded
  echo app:wrong >secret
  url="postgresql:///logs?host=$T/db.socket"
  quietly -75 logsend --drain-time 1s --credentials secret "$url" <<<one
  [[ $stderr == *'password authentication failed for user "app"'* && $stderr != *wrong* ]] || fail "$stderr"
  sql db "GRANT CREATE ON SCHEMA public TO app"
  echo app:right >secret
  run -0 logsend --create-table --credentials secret "$url" <<<one
  rows db 1
}

@test "a server elsewhere must show a certificate for its name" {
  PGPORT=$(free_port)
  export PGPORT
  start_postgresql db listen_addresses=127.0.0.1
  elsewhere="postgresql://postgres@db.example:$PGPORT/logs?hostaddr=127.0.0.1"
  quietly -75 logsend --drain-time 1s "$elsewhere" <<<one
  [[ $stderr == *'server does not support SSL, but SSL was required'* ]] || fail "$stderr"
  run -0 logsend --create-table "$elsewhere&sslmode=disable" <<<one
  openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=db.example -days 2 -keyout db.key -out db.pem 2>openssl.err
  chmod 600 db.key
  if ((EUID == 0)); then chown postgres db.key; fi
  sql db "ALTER SYSTEM SET ssl_cert_file = '$T/db.pem'"
  sql db "ALTER SYSTEM SET ssl_key_file = '$T/db.key'"
  sql db "ALTER SYSTEM SET ssl = on"
  run -0 sql db "SELECT pg_reload_conf()"
  eventually has_tls
  quietly -75 logsend --drain-time 1s "$elsewhere" <<<two
  [[ $stderr == *'certificate verify failed'* ]] || fail "$stderr"
  run -0 logsend "$elsewhere&sslrootcert=$T/db.pem" <<<two
  quietly -75 logsend --drain-time 1s "postgresql://postgres@other.example:$PGPORT/logs?hostaddr=127.0.0.1&sslrootcert=$T/db.pem" <<<three
  [[ $stderr == *'does not match host name "other.example"'* ]] || fail "$stderr"
  rows db 2
}

has_tls() { [[ $(sql db "SHOW ssl") == on ]]; }

@test "a table that is locked, and a server that takes nothing for a while, are waited for" {
  start_postgresql db
  logsend --create-table "$(url_of db)" <<<one
  mkfifo hold
  start locker psql -X -h "$T/db.socket" -U postgres -d logs -f hold
  exec 5>hold
  echo "BEGIN; LOCK TABLE logs;" >&5
  eventually locked
  start logsend bash -c 'exec logsend --timeout 500ms "$0" <<<two' "$(url_of db)"
  eventually said 'canceling statement due to statement timeout (SQLSTATE 57014); trying again, 1 message is waiting'
  echo "COMMIT;" >&5
  exec 5>&-
  finish logsend
  assert_status 0
  rows db 2
  sql db "ALTER DATABASE logs SET default_transaction_read_only = on"
  start logsend bash -c 'exec logsend "$0" <<<three' "$(url_of db)"
  eventually said 'cannot execute COPY FROM in a read-only transaction (SQLSTATE 25006); trying again'
  sql_of db postgres "ALTER DATABASE logs RESET default_transaction_read_only"
  finish logsend
  assert_status 0
  rows db 3
}

locked() { [[ $(sql db "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'logs'::regclass") == 1 ]]; }

@test "SIGTERM while the server is away: a receipt for nothing, and the rest goes the next time" {
  printf 'one\ntwo\n' | logbuf push q
  start peek logbuf peek -f q -- logsend --create-table --drain-time 200ms "postgresql://postgres@/logs?host=$T/db.socket"
  eventually grep -qs "No such file or directory.*; trying again" peek.err
  stop peek
  assert_status 75
  start_postgresql db
  run -0 logbuf peek q -- logsend --create-table "$(url_of db)"
  rows db 2
}

@test "usage errors are found before anything is sent" {
  url="postgresql:///logs?host=$T"
  quietly -64 logsend --columns x "$url" <<<one
  assert_complaint logsend 'write NAME=FIELD'
  quietly -64 logsend --columns x=message --create-table "$url" <<<one
  quietly -64 logsend "postgresql:///logs?nonsense=1" <<<one
  assert_complaint logsend "libpq knows no parameter 'nonsense'"
  quietly -64 logsend "postgresql:///logs?password=secret" <<<one
  assert_complaint logsend 'a password in the query would be seen'
  quietly -64 logsend --relp-window 3 "$url" <<<one
}

@test "kill -9 of all at random: every message is one row" {
  start_postgresql db
  lines 30000 | logbuf push q
  for ((round = 0; round < 15; ++round)); do
    start peek logbuf peek -f q -- logsend --create-table --batch-messages 50 "$(url_of db)"
    kill_at_random 300 peek db
    if [[ $victim == db ]]; then
      crash_postgresql db
      start_postgresql db
      stop peek KILL
    else
      finish peek
    fi
  done
  start peek logbuf peek q -- logsend --create-table --batch-messages 5000 "$(url_of db)"
  finish peek
  assert_status 0
  rows db 30000 || fail "$(sql db 'SELECT count(*) FROM logs') rows"
}

has() { [[ $(sql db "SELECT count(*) > 0 FROM logs WHERE message = '$1'" 2>/dev/null) == t ]]; }
has_new_rules() {
  echo '{"n":2}' >&5
  has '2 two'
}
@test "SIGHUP reads the rules again, and keeps them when there is a fault in them" {
  start_postgresql db
  echo '[v] := "one"' >r.rules
  mkfifo input
  start logsend bash -c 'exec logsend --create-table --rules r.rules --format "%{n} %{v}" "$0" <input' "$(url_of db)"
  exec 5>input
  echo '{"n":1}' >&5
  eventually has '1 one'
  echo '[v] := "two"' >r.rules
  kill -HUP "${pid[logsend]}"
  eventually has_new_rules
  echo '[v] ~ "three"' >r.rules
  kill -HUP "${pid[logsend]}"
  eventually said 'rules r.rules:1:5: expected :=.*what was loaded before stays in use'
  echo '{"n":3}' >&5
  eventually has '3 two'
  exec 5>&-
  finish logsend
  assert_status 0
}
