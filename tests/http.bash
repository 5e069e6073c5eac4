# For the tests of logcat http:// and logsend http://; load it after helper.
#
#   receive OPTION...               logcat into the buffer q, with SCHEME=https through TLS; its URL is $url, its port $port
#   post TYPE ARGUMENT...           posts with curl and says the status; the answer's body is in the file "answer"
#   posts STATUS TYPE ARGUMENT...   the same, and has to get that status
#   answer ACTION...                tests/http_peer.py does with requests what the actions say; its URL is $url
#   sent FILTER                     what jq's filter says of each request that it got
#   took N                          it has answered so many requests, or more
#
# shellcheck shell=bash disable=SC2034

receive() {
  start_server logcat logcat "${SCHEME:-http}://127.0.0.1:0" --print-address "$@" -- logbuf push q
  port=$(port_of logcat)
  url=${SCHEME:-http}://127.0.0.1:$port
}

post() {
  curl -sS -o answer -w '%{http_code}' -H "Content-Type: $1" "${@:2}"
}

posts() {
  local got
  got=$(post "${@:2}")
  [[ $got == "$1" ]] || fail "status $got, not $1: $(cat answer)"
}

answer() {
  start_server peer python3 "$ROOT/tests/http_peer.py" "$@"
  port=$(port_of peer)
  url=http://127.0.0.1:$port
  touch requests taken
}

sent() { jq -r "$1" requests; }
took() { (($(wc -l <requests) >= $1)); }
