# --rules and its kin in every tool: logpipe-rules(5).

load helper
load redis

# Three messages; the rules below drop the second one, and mark the others.
messages() { printf '%s\n' '{"level":"error","n":1}' '{"level":"debug","n":2}' '{"level":"info","n":3}'; }
make_rules() {
  cat >web.rules <<'RULES'
# what nobody wants
if level == "debug" { drop }
[kind] := "app-" + level
RULES
}
kinds() { jq -r .kind | paste -sd' '; }

@test "logcat applies rules, and writes JSON then" {
  make_rules
  messages >input
  run -0 logcat --rules web.rules input
  assert_output $'{"level":"error","n":1,"kind":"app-error"}\n{"level":"info","n":3,"kind":"app-info"}'
  run -0 logcat --rules web.rules --format '%{kind}' input
  assert_output $'app-error\napp-info'
  run -0 logcat --rules web.rules --format raw input
  assert_output $'{"level":"error","n":1}\n{"level":"info","n":3}'
}

@test "rules come before --where, and --set after it" {
  make_rules
  messages >input
  run -0 logcat --rules web.rules --rule 'tags += "seen"' --where 'kind == app-info' --set 'kind=<%{kind}>' --format json input
  assert_output '{"level":"info","n":3,"kind":"<app-info>","tags":["seen"]}'
}

@test "several files and statements are applied in their order, files first" {
  make_rules
  echo '[kind] := kind + "/2"' >more.rules
  messages >input
  run -0 logcat --rule '[kind] := kind + "/3"' --rules web.rules --rules more.rules --rule 'stop; drop' --format '%{kind}' input
  assert_output $'app-error/2/3\napp-info/2/3'
}

@test "logtail, logbuf peek, pop and cat, and logsend have the same rules" {
  make_rules
  messages >input
  assert_equal "$(logtail -n +1 --rules web.rules input | kinds)" "app-error app-info"
  logbuf push q <input
  assert_equal "$(logbuf cat --rules web.rules q | kinds)" "app-error app-info"
  assert_equal "$(logbuf pop --rules web.rules q | kinds)" "app-error app-info"
  logsend --rules web.rules file:out <input
  assert_equal "$(kinds <out)" "app-error app-info"
  logsend --rules web.rules "file:$T/%{kind}.log" <input
  assert_equal "$(kinds <app-info.log)" "app-info"
}

@test "logredis peek, pop and cat have the same rules" {
  make_rules
  start_redis r
  messages | logredis push "$(url_of r)" q
  assert_equal "$(logredis cat --rules web.rules "$(url_of r)" q | kinds)" "app-error app-info"
  assert_equal "$(logredis pop --rules web.rules "$(url_of r)" q | kinds)" "app-error app-info"
}

@test "what rules drop is acknowledged, also when that is everything" {
  make_rules
  messages | logbuf push q
  logbuf peek --rules web.rules q -- logbuf push p
  assert_equal "$(logbuf cat p | kinds)" "app-error app-info"
  messages | logbuf push q
  logbuf peek --rule drop q -- logbuf push p
  logbuf rewind q
  assert_equal "$(logbuf peek q)" ""
}

@test "a receipt covers what rules dropped before it, and no more" {
  messages | logbuf push q
  logbuf peek -i --rule 'if n < 3 { drop }' q | cut -f 1 | logbuf ack q
  messages | logbuf push q
  logbuf peek -i --rule 'if n != 1 { drop }' q | cut -f 1 | logbuf ack q
  logbuf rewind q
  assert_equal "$(logbuf peek q | jq -r .n | paste -sd' ')" "2 3"
}

@test "--check says OK, or what is wrong with file, line and column, without a source" {
  make_rules
  local command
  for command in logcat logtail "logbuf peek" "logbuf cat" "logredis peek" "logredis cat" logsend; do
    # shellcheck disable=SC2086
    run -0 --separate-stderr $command --rules web.rules --check
    assert_output OK
    assert_equal "$stderr" ""
    # shellcheck disable=SC2086
    quietly $command --rules web.rules --check --rule $'\n  if a = 5 { drop }'
    assert_status 78
    assert_output ""
    assert_equal "$stderr" "${command%% *}: rules --rule:2:8: expected ==, not \"=\""
  done
}

@test "--check names fields that may be misspelt" {
  quietly logcat --check --rule 'if sevrity == "err" { drop }'
  assert_status 0
  assert_output OK
  assert_equal "$stderr" "logcat: rules --rule:1:4: sevrity is no field that every event has; did you mean 'severity'?"
}

@test "rules with a fault start nothing" {
  echo '[x] := grk("x")' >bad.rules
  quietly logcat --rules bad.rules input
  assert_status 78
  assert_equal "$stderr" 'logcat: rules bad.rules:1:8: expected a text in quotes, a number or a field; a call stands alone or in a condition'
  quietly logcat --rules missing.rules input
  assert_status 66
  assert_complaint logcat "rules missing.rules"
  head -c 1100000 /dev/zero | tr '\0' '#' >big.rules
  quietly logcat --rules big.rules --check
  assert_status 65
  assert_complaint logcat "rules big.rules"
}

@test "--explain says which statements applied, and what they changed" {
  make_rules
  messages | head -n 2 >input
  quietly logcat --rules web.rules --explain input
  assert_status 0
  assert_output '{"level":"error","n":1,"kind":"app-error"}'
  assert_equal "$stderr" 'logcat: message 1: "{\"level\":\"error\",\"n\":1}"
logcat: message 1: web.rules:2: if level == "debug": false
logcat: message 1: web.rules:3: [kind] := "app-" + level: kind = "app-error"
logcat: message 2: "{\"level\":\"debug\",\"n\":2}"
logcat: message 2: web.rules:2: if level == "debug": true
logcat: message 2: web.rules:2: drop'
}

@test "--test says field by field what differs, without a source" {
  make_rules
  cat >good.tests <<'TESTS'
# two pairs
{"level":"error","n":1}
{"kind":"app-error","level":"error","n":1}

{"level":"debug"}
null
TESTS
  for command in logcat logsend "logbuf peek"; do
    # shellcheck disable=SC2086
    run -0 --separate-stderr $command --rules web.rules --test good.tests
    assert_output "2 tests passed, 0 failed"
  done
  cat >bad.tests <<'TESTS'
{"level":"error","n":1}
{"level":"error","n":2,"x":"y"}
{"level":"error","n":1}
{"level":"warn","...":0}
{"level":"debug"}
{"level":"debug"}
{"level":"info"}
null
TESTS
  quietly logcat --rules web.rules --test bad.tests
  assert_status 1
  assert_output 'bad.tests:1: n: expected 2, got 1
bad.tests:1: kind: expected none, got "app-error"
bad.tests:1: x: expected "y", got none
bad.tests:3: level: expected "warn", got "error"
bad.tests:5: expected an event, but the message is dropped
bad.tests:7: expected that the message is dropped, got {"level":"info","kind":"app-info"}
0 tests passed, 4 failed'
  echo '{"level":"error","n":1}' >half.tests
  quietly logcat --rules web.rules --test half.tests
  assert_status 65
  assert_complaint logcat "tests half.tests:1: expected the event"
}

@test "--check, --test and --explain need rules" {
  for option in --check --explain --test=x; do
    quietly logcat $option input
    assert_status 64
    assert_complaint logcat "${option%=*}: needs --rules or --rule"
  done
}

@test "a statement that fails loses no message, and is reported once" {
  messages >input
  quietly logcat --rule '[severity] := level + "!"' --format '%{n} %{tags}' input
  assert_output $'1 ["set_failed"]\n2 ["set_failed"]\n3 ["set_failed"]'
  assert_complaint logcat 'rules --rule:1: set severity to "error!": no severity has this name or number; tagged set_failed'
}

has_new_rules() {
  echo '{"n":2}' >>input
  grep -q '2 two' tail.out
}
@test "SIGHUP reads the rules again, and keeps them when there is a fault in them" {
  echo '[v] := "one"' >r.rules
  touch input
  start tail logtail -f --rules r.rules --format '%{n} %{v}' input
  echo '{"n":1}' >>input
  eventually grep -q '1 one' tail.out
  echo '[v] := "two"' >r.rules
  kill -HUP "${pid[tail]}"
  eventually has_new_rules
  echo '[v] ~ "three"' >r.rules
  kill -HUP "${pid[tail]}"
  eventually grep -q 'rules r.rules:1:5: expected :=.*what was loaded before stays in use' tail.err
  echo '{"n":3}' >>input
  eventually grep -q '3 two' tail.out
  stop tail
}

@test "ten thousand fields, a NUL, bytes that are no UTF-8 and a message of a mebibyte go through rules" {
  python3 -c 'print("{" + ",".join(f"\"f{i}\":{i}" for i in range(10000)) + "}")' >many
  run -0 logcat --rule 'if f9999 == 9999 { [f1] := f2 + f3 }' --format '%{f1}' many
  assert_output 23
  printf 'a\0b\377\n' >bytes
  logcat --rule '[copy] := message + "!" if message ~ "b" { tags += message }' --format '%{copy}' bytes >out
  printf 'a\0b\377!\n' >expected
  cmp out expected
  head -c 1048576 /dev/zero | tr '\0' x >long
  run -0 logcat --rule 'if message ~* "X+y" { drop } [copy] := message grok("COMBINEDAPACHELOG")' --where 'copy =~ "^x+$"' --format '%{tags}' long
  assert_line '["grok_failed"]'
}

@test "every function is in logpipe-rules(5), under its name" {
  local name names
  names=$(sed -En 's/.*FunctionKind\{"([a-z]+)".*/\1/p' "$ROOT/libcommon/rules/function.cc")
  assert_equal "$(wc -w <<<"$names")" 8
  for name in $names; do
    grep -q "^\.It Cm $name" "$ROOT/man/logpipe-rules.5" || fail "$name is not in the page"
  done
}

@test "functions take expressions, texts and named arguments" {
  echo 'GET /a status=503 at=2026-11-28T10:00:00Z' >input
  cat >all.rules <<'RULES'
if grok("%{WORD:verb} %{NOTSPACE:path}", field=message, prefix="r_") and kv(message) {
  [copy] := "{\"a\":" + status + "}"
  json(copy, prefix="j_")
  date(at, "%Y-%m-%d", "iso8601")
  uuid()
  if uuid ~ "^.{22}==$" { tags += "uuid" }
}
RULES
  run -0 logcat --rules all.rules --format '%{timestamp} %{r_verb} %{r_path} %{j_a} %{tags}' input
  assert_output '2026-11-28T10:00:00Z GET /a 503 ["uuid"]'
  quietly logcat --rule 'json()' --check
  assert_equal "$stderr" 'logcat: rules --rule:1:6: expected a field or a text, as in json(TEXT, prefix="..."), not ")"'
  quietly logcat --rule 'grok(message)' --check
  assert_complaint logcat 'rules --rule:1:6: expected a text in quotes, as in grok("PATTERN"'
  quietly logcat --rule 'json(message, prefx="x")' --check
  assert_complaint logcat 'rules --rule:1:1: json()'
}

@test "a function that does not apply tags as a statement, and is only false as a condition" {
  echo 'no object' >input
  quietly logcat --rule 'json(message) if not json(message) { tags += "text" }' --format '%{tags}' input
  assert_output '["json_failed","text"]'
  assert_complaint logcat 'rules --rule:1: json does not apply to "no object"; tagged json_failed; the message goes on'
}

@test "--patterns adds patterns, and replaces those that are shipped" {
  mkdir mine
  printf 'ORDER [A-Z]{2}-[0-9]+\nWORD x+\n' >mine/shop
  echo 'order AB-12 xx' >input
  run -0 logcat --patterns mine --rule 'grok("%{ORDER:id} %{WORD:w}")' --format '%{id} %{w}' input
  assert_output 'AB-12 xx'
  quietly logcat --rule 'grok("%{ORDER:id}")' --check
  assert_complaint logcat 'rules --rule:1:1: '
  printf 'A %%{B}\nB %%{A}\n' >mine/circle
  quietly logcat --patterns mine --rule 'grok("%{A}")' --check
  assert_status 78
  assert_complaint logcat 'mine/circle:'
}

@test "a message whose HMAC is not its own is tagged, and reported each time" {
  openssl rand -base64 32 >key
  echo 'pay 5' | logcat --hmac-key-file key --rule 'if hmac() { }' - >signed
  run -0 logcat --hmac-key-file key --rule 'if hmac() { tags += "good" }' --format '%{message} %{tags}' signed
  assert_output 'pay 5 ["good"]'
  sed -i 's/pay 5/pay 9/' signed
  cat signed signed >twice
  quietly logcat --hmac-key-file key --rule 'if hmac() { tags += "good" }' --format '%{message} %{tags}' twice
  assert_output $'pay 9 ["hmac_forged"]\npay 9 ["hmac_forged"]'
  assert_equal "$(grep -c 'security: the HMAC of a message is not its own; tagged hmac_forged: "pay 9"' <<<"$stderr")" 2
}
