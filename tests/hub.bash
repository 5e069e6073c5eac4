# For the tests of hubs; load it after helper and http.
#
#   start_hub OPTION...     a hub with the credentials below; its URL is $url. HUB=redis: over Redis
#   api STATUS METHOD PATH [BODY]     asks it as "admin"; has to get that status; the answer's body is in "answer"
#   channel ID NAME...      makes a channel with tokens of these names; ${token[NAME]} is each of them
#   frames MESSAGE...       the messages as frames of logplex-1
#   logs STATUS USER:PASSWORD FILE ARGUMENT...    posts the frames in FILE
#   holds ID N              the channel has so many messages
#   messages ID             the messages of a channel
#
# shellcheck shell=bash disable=SC2034

declare -gA token=()

start_hub() {
  (umask 077 && printf '%s\n' 'admin:secret full_api' 'router:pw any_channel' 'both:pw full_api any_channel' 'nobody:pw' >credentials)
  case ${HUB:-directories} in
  directories)
    start_server hub logbuf serve --channels root --listen "${SCHEME:-http}://127.0.0.1:${PORT:-0}" --credentials credentials \
      --print-address "$@"
    ;;
  *) fail "no such hub: $HUB" ;;
  esac
  port=$(port_of hub)
  url=${SCHEME:-http}://127.0.0.1:$port
}

asks() {
  local got
  got=$(curl -sS -o answer -D head -w '%{http_code}' "${@:2}")
  [[ $got == "$1" ]] || fail "status $got, not $1: $(cat answer)"
}

api() {
  local body=()
  (($# < 4)) || body=(--data-binary "$4" -H 'Content-Type: application/json')
  asks "$1" -u "${CREDENTIAL:-admin:secret}" -X "$2" "${body[@]}" "$url$3"
}

channel() {
  local id=$1 names
  shift
  names=$(printf '"%s",' "$@")
  api 201 PUT "/v3/channels/$id" "{\"tokens\":[${names%,}]}"
  for name in "$@"; do token[$name]=$(jq -r ".tokens[\"$name\"]" answer); done
}

frames() {
  local message
  for message in "$@"; do printf '%d %s' "${#message}" "$message"; done
}

logs() { asks "$1" -u "$2" -H 'Content-Type: application/logplex-1' --data-binary "@$3" "${@:4}" "$url/logs"; }

messages() { logbuf cat "root/$1/buffer"; }
holds() { [[ $(messages "$1" 2>/dev/null | wc -l) -eq $2 ]]; }

# The answer with what is random in it replaced.
golden() {
  sed -E -e 's/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/UUID/g' \
    -e 's/("id"|"channel_id"):[0-9]+/\1:N/g' answer
}
