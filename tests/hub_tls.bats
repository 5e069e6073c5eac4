# A hub through TLS: its own listener, and its drains. And drains that are slow, or lose messages.
#
# shellcheck shell=bash

load helper
load http
load hub
load certificates

# error_holds TEXT: the last error of c's drain.
error_holds() {
  api 200 GET /v3/channels/c/drains
  jq -e --arg text "$1" '.[0].error // "" | contains($text)' answer
}
lag_is() {
  api 200 GET /v3/channels/c/drains
  jq -e --argjson lag "$1" '.[0].lag == $lag' answer
}

@test "a hub behind https: API, messages, a tail, and logsend" {
  export CURL_CA_BUNDLE=$CERTS/ca.pem SCHEME=https
  setup_drains --tls-cert-file "$CERTS/good.pem" --tls-key-file "$CERTS/good.key"
  say one
  message two | logsend --api logplex --tls-ca-file "$CERTS/ca.pem" "https://token:${token[web]}@localhost:$port/logs"
  api 201 POST /v3/sessions '{"channel_id":"c","num":"2"}'
  session=$(jq -r .url answer)
  assert_equal "${session%%:*}" https
  assert_equal "$(curl -sS "$session")" '2012-12-10T03:00:48Z web[web.1]: one
2012-12-10T03:00:48Z web[web.1]: two'
  run curl -sS "http://127.0.0.1:$port/healthcheck"
  assert_failure
}

@test "a syslog+tls drain sends to a server whose certificate is good" {
  SSL_CERT_FILE=$CERTS/ca.pem setup_drains
  RECEIVER_CERTIFICATE=$CERTS/good receiver tls tcp
  drain "syslog+tls://localhost:$(port_of tls)"
  say hi
  eventually grep -q 'web web.1 - - hi$' tls.out
  assert_equal "$(cat tls.out)" "$((46 + ${#drain_token})) <190>1 2012-12-10T03:00:48Z $drain_token web web.1 - - hi"
}

@test "a syslog+tls drain does not send to a server whose certificate is for another name, unless it says so" {
  SSL_CERT_FILE=$CERTS/ca.pem setup_drains
  RECEIVER_CERTIFICATE=$CERTS/wrong-name receiver tls tcp
  drain "syslog+tls://localhost:$(port_of tls)"
  say hi
  eventually error_holds certificate
  lag_is 1
  assert_equal "$(cat tls.out)" ''
  drain "syslog+tls://localhost:$(port_of tls)#insecure"
  say second
  eventually grep -q ' second$' tls.out
}

@test "an https drain does not send to a server of an unknown authority, unless it says so" {
  setup_drains
  RECEIVER_CERTIFICATE=$CERTS/good receiver web
  drain "https://localhost:$(port_of web)/"
  say hi
  eventually error_holds certificate
  lag_is 1
  assert_equal "$(cat web.out)" ''
  drain "https://localhost:$(port_of web)/#insecure"
  say second
  eventually got web second
}

@test "a drain that answers slowly keeps its backlog, and other channels go on" {
  setup_drains
  channel d app
  receiver slow slow
  drain "$to/"
  receiver web
  drain "$to/" d
  for i in 1 2 3 4 5; do say "m$i"; done
  eventually test -s slow.out
  frames "<190>1 2012-12-10T03:00:48Z h x web.1 - - other" >frame
  logs 204 "token:${token[app]}" frame
  eventually got web other
  lag_is 5
  touch go
  eventually got slow m5
  eventually lag_is 0
  assert_equal "$(bodies slow | grep -o 'm[1-5]')" $'m1\nm2\nm3\nm4\nm5'
}

@test "what a channel drops before its drain has it is told to the receiver as L10" {
  setup_drains --max-size 1MiB
  receiver web
  stop web
  drain "$to/"
  long=$(printf 'x%.0s' {1..100000})
  for i in {1..30}; do frames "$(message "m$i $long")"; done >body
  logs 204 "token:${token[web]}" body
  start_server web python3 -B "$ROOT/tests/drain_receiver.py" "${to##*:}"
  eventually got web m30
  eventually lag_is 0
  lost=0
  while read -r count; do ((lost += count)); done < <(bodies web | grep -oE 'Error L10 \(output buffer overflow\): [0-9]+ messages dropped' | grep -oE ': [0-9]+' | tr -d ': ')
  ((lost > 0))
  assert_equal $((lost + $(bodies web | grep -oE ' m[0-9]+ x' | wc -l))) 30
}
