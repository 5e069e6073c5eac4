# Rules that choose among several sinks: router() and --to (logpipe-rules(5)).
#
# shellcheck disable=SC2154

load helper
load redis

make_rules() {
  cat >to.rules <<'RULES'
if level == "error" { router("errors", "all") }
else if level == "debug" { drop }
else if level == "warn" { router("errors", "default") }
RULES
  cat >input <<'INPUT'
{"level":"error","n":1}
{"level":"info","n":2}
{"level":"debug","n":3}
{"level":"warn","n":4}
INPUT
}

ROUTES=(--rules to.rules --to "errors=logbuf push errors" --to "all=logbuf push 'all of them'")

numbers_in() { logbuf cat "$1" | jq -r .n | paste -sd' '; }

# Ready, and in the backlog.
waiting_in() { logbuf consumer ls "$1" | cut -f 2,3 | tr '\t' ' '; }

assert_routed() {
  assert_equal "$(numbers_in errors)" "1 4"
  assert_equal "$(numbers_in 'all of them')" "1"
  rm -r errors 'all of them'
}

@test "rules choose the sinks of a message; those that they send nowhere go to the default one" {
  make_rules
  logcat "${ROUTES[@]}" input -- logbuf push rest
  assert_equal "$(numbers_in rest)" "2 4"
  assert_routed
}

@test "without a command after -- the default sink is stdout" {
  make_rules
  run -0 --separate-stderr logcat "${ROUTES[@]}" input
  assert_output $'{"level":"info","n":2}\n{"level":"warn","n":4}'
  assert_equal "$stderr" ""
  assert_routed
}

@test "all tools with rules and a sink have --to" {
  make_rules
  logtail "${ROUTES[@]}" --from oldest input >rest
  assert_routed
  logbuf push q <input
  logbuf cat "${ROUTES[@]}" --to 3 q >rest
  assert_equal "$(cat rest)" '{"level":"info","n":2}'
  rm -r errors 'all of them'
  logbuf peek "${ROUTES[@]}" q -- logbuf push rest2
  assert_routed
  assert_equal "$(numbers_in rest2)" "2 4"
  assert_equal "$(logbuf peek q)" ""
  logbuf push p <input
  logbuf pop "${ROUTES[@]}" p >rest
  assert_equal "$(jq -r .n rest | paste -sd' ')" "2 4"
  assert_routed
}

@test "logredis has --to, also in peek, pop and cat" {
  make_rules
  start_redis r
  local stream
  for stream in "" --stream; do
    # shellcheck disable=SC2086
    logredis push $stream "$(url_of r)" "q$stream" <input
    # shellcheck disable=SC2086
    logredis cat $stream "${ROUTES[@]}" "$(url_of r)" "q$stream" >rest
    assert_routed
    # shellcheck disable=SC2086
    logredis peek $stream "${ROUTES[@]}" "$(url_of r)" "q$stream" -- logbuf push "others$stream"
    assert_routed
    # shellcheck disable=SC2086
    assert_equal "$(logredis pop $stream "$(url_of r)" "q$stream")" ""
  done
}

@test "in the middle of a hop, and through threads, messages are routed too" {
  make_rules
  for _ in {1..500}; do cat input; done >many
  logbuf push q <many
  logbuf peek q -- logcat --threads 2 "${ROUTES[@]}" -- logbuf push rest
  assert_equal "$(logbuf cat errors | wc -l) $(logbuf cat 'all of them' | wc -l) $(logbuf cat rest | wc -l)" "1000 500 1000"
  assert_equal "$(logbuf peek q)" ""
}

@test "a message is acknowledged when all its sinks have it, and not before" {
  make_rules
  logbuf push q <input
  printf '%s\n' 'echo logpipe 1 stored; read -r line' 'until logbuf cat good 2>/dev/null | grep -q :4; do sleep 0.02; done; exit 75' >bad
  quietly logbuf peek --retry-time 1ms --rule 'if n == 4 { router("bad", "good") }' \
    --to "good=logbuf push good" --to "bad=sh ./bad" q -- logbuf push rest
  assert_status 75
  assert_equal "$(numbers_in good)" 4
  assert_equal "$(($(waiting_in q | tr ' ' +) > 0))" 1
}

@test "what is sent again goes only to the sink that lacks it" {
  make_rules
  logbuf push q <input
  printf '%s\n' 'echo logpipe 1 stored; read -r line' 'until logbuf cat good 2>/dev/null | grep -q :4; do sleep 0.02; done; exit 75' >down
  local rule='router("good", "other")'
  quietly logbuf peek --retry-time 1ms --rule "$rule" --to "good=logbuf push good" --to "other=sh ./down" q -- logbuf push rest
  assert_status 75
  assert_equal "$(numbers_in good)" "1 2 3 4"
  assert_equal "$(waiting_in q)" "0 4"
  printf '%s\n' 'exec logbuf push other' >down
  quietly logbuf peek --rule "$rule" --to "good=logbuf push good" --to "other=sh ./down" q -- logbuf push rest
  assert_status 0
  assert_equal "$(numbers_in good) / $(numbers_in other)" "1 2 3 4 / 1 2 3 4"
}

@test "a name that no --to has is an error with its line and column" {
  make_rules
  printf 'if level == "error" {\n  router("all", "erors")\n}\n' >bad.rules
  quietly logcat --rules bad.rules --to "errors=logbuf push e" --to "all=logbuf push a" --check
  assert_status 78
  assert_equal "$stderr" "logcat: rules bad.rules:2:17: expected the name of a sink, as in --to NAME='COMMAND'; \"erors\" is none; did you mean 'errors'?"
  quietly logcat --rule 'router()' --check
  assert_complaint logcat 'rules --rule:1:8: expected a text in quotes, as in router("NAME", ...)'
  quietly logcat --rule 'router(level)' --check
  assert_complaint logcat 'rules --rule:1:8: expected a text in quotes'
  quietly logcat --rule 'if router("default") { drop }' --check
  assert_complaint logcat 'rules --rule:1:4: expected a condition; router is a statement'
  quietly logsend --rule 'router("errors")' file:out <input
  assert_status 78
}

@test "a --to that no rule names is warned of" {
  make_rules
  quietly logcat --rule 'router("a")' --to "a=logbuf push a" --to "b=logbuf push b" input
  assert_status 0
  assert_complaint logcat "--to b: no rule sends anything there"
}

@test "--to wants rules, a name of its own, a command, and no filter" {
  make_rules
  is_refused() {
    quietly logcat "${@:2}" input
    assert_status 64
    assert_complaint logcat "$1"
  }
  is_refused "--to: needs --rules or --rule" --to "a=logbuf push a"
  local rule=(--rule 'router("a")')
  is_refused "'a' is not NAME=COMMAND" "${rule[@]}" --to a
  is_refused "needs a name of letters" "${rule[@]}" --to "a b=logbuf push a"
  is_refused "has the name of the sink behind --" "${rule[@]}" --to "default=logbuf push a"
  is_refused "has a name that was given before" "${rule[@]}" --to "a=logbuf push a" --to "a=logbuf push b"
  is_refused "no shell runs" "${rule[@]}" --to "a=logbuf push a | cat"
  is_refused "--filter: cannot be combined with --to" "${rule[@]}" --to "a=logbuf push a" --filter cat
  quietly logbuf peek "${rule[@]}" --to "a=logbuf push a" q
  assert_status 64
  assert_complaint "logbuf peek" "--to: needs a sink for the other messages too"
}

@test "a sink that does not start is named" {
  make_rules
  quietly logcat --rule 'router("a")' --to "a=no-such-command" input -- logbuf push rest
  assert_status 69
  grep -q "^logcat: start no-such-command: No such file" <<<"$stderr"
  logbuf push q <input
  quietly logbuf peek q -- logcat --rule 'router("a")' --to "a=logbuf push /proc/none" -- logbuf push rest
  assert_equal "$((status != 0))" 1
  grep -q "hop 'logbuf push /proc/none'" <<<"$stderr"
}

@test "--explain and --test show where messages go" {
  make_rules
  quietly logcat "${ROUTES[@]}" --explain input
  assert_status 0
  grep -qx 'logcat: message 1: goes to errors, all' <<<"$stderr"
  grep -qx 'logcat: message 2: goes to the default sink' <<<"$stderr"
  grep -qx 'logcat: message 4: goes to default, errors' <<<"$stderr"
  cat >to.tests <<'TESTS'
{"level":"error","n":1}
{"level":"error","n":1,"--to":["errors","all"]}
{"level":"info"}
{"level":"info"}
{"level":"warn"}
{"--to":["errors"],"...":0}
TESTS
  quietly logcat "${ROUTES[@]}" --test to.tests
  assert_status 1
  assert_output 'to.tests:5: --to: expected ["errors"], got ["default","errors"]
2 tests passed, 1 failed'
}

@test "--batch runs all of the commands once per batch, and --fallback stands in for the default one" {
  make_rules
  cat >take <<'SH'
cat >>"$1"
SH
  logcat --batch 10 --rules to.rules --to "errors=sh take errors" --to "all=sh take all" input -- sh take rest
  assert_equal "$(jq -r .n errors | paste -sd' ') / $(jq -r .n all) / $(jq -r .n rest | paste -sd' ')" "1 4 / 1 / 2 4"
  rm errors
  quietly logcat --fallback-after 10ms --fallback "logbuf push spare" "${ROUTES[@]}" input -- sh -c 'exit 75'
  assert_status 0
  assert_equal "$(numbers_in spare)" "2 4"
  assert_routed
}

@test "SIGTERM ends it when all sinks have what was read" {
  make_rules
  start tail logtail -f --from oldest "${ROUTES[@]}" input
  eventually grep -q '"n":4' tail.out
  stop tail
  assert_status 0
  assert_routed
}

@test "events that are merged go where one of them is sent" {
  printf '%s\n' 'ERROR boom' '  at Main.java:7' 'INFO fine' >input
  logcat --rule 'if message ~ "^ERROR" { router("errors") } merge_by_format("^[A-Z]+ ")' \
    --to "errors=logbuf push errors" --format '%{message}' input >rest
  assert_equal "$(cat rest)" "INFO fine"
  assert_equal "$(logbuf cat -0 errors | tr '\0' '|')" $'ERROR boom\n  at Main.java:7|'
}

forge() {
  openssl rand -base64 32 >key
  printf '%s\n' 'pay 5' 'pay 6' | logcat --hmac-key-file key --rule 'hmac()' --to dead-letter="logbuf push dead" - >signed
  sed -i 's/pay 5/pay 9/' signed
}

@test "a message whose HMAC is not its own goes to the dead letters, and nowhere else" {
  forge
  quietly logcat --hmac-key-file key --rule 'hmac() router("mine")' --to "mine=logbuf push mine" \
    --to "dead-letter=logbuf push dead" --format '%{message} %{tags}' signed -- logbuf push rest
  assert_status 0
  assert_complaint logcat 'security: the HMAC of a message is not its own; tagged hmac_forged: "pay 9"'
  assert_equal "$(logbuf cat dead)" 'pay 9 ["hmac_forged"]'
  assert_equal "$(logbuf cat mine)" 'pay 6 '
}

@test "a forged message is acknowledged when the dead letters have it" {
  forge
  logbuf push q <signed
  local hmac=(--hmac-key-file key --rule 'hmac()' --to "dead-letter=sh ./keep")
  echo 'echo logpipe 1 stored; exit 75' >keep
  quietly logbuf peek --retry-time 1ms "${hmac[@]}" q -- logbuf push rest
  assert_status 75
  assert_equal "$(waiting_in q)" "0 2"
  echo 'exec logbuf push dead' >keep
  quietly logbuf peek "${hmac[@]}" q -- logbuf push rest
  assert_status 0
  assert_equal "$(logbuf cat dead | jq -r .message) $(logbuf cat rest | jq -r .message)" "pay 9 pay 6"
  assert_equal "$(logbuf peek q)" ""
}

@test "hmac() wants dead letters, unless a condition decides" {
  forge
  quietly logcat --hmac-key-file key --rule 'hmac()' signed
  assert_status 78
  assert_complaint logcat "rules --rule:1:1: expected a sink for messages that are forged: add --to dead-letter='COMMAND', or decide: if not hmac() { ... }"
  quietly logcat --hmac-key-file key --rule 'if not hmac() { drop }' --format '%{message}' signed
  assert_status 0
  assert_output 'pay 6'
}
