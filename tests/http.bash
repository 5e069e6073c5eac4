# For the tests of logcat http://; load it after helper.
#
#   receive OPTION...               logcat into the buffer q, with SCHEME=https through TLS; its URL is $url, its port $port
#   post TYPE ARGUMENT...           posts with curl and says the status; the answer's body is in the file "answer"
#   posts STATUS TYPE ARGUMENT...   the same, and has to get that status
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
