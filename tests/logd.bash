# Servers of logd's protocol, and those who talk to them; after `load helper`.
#
#   serve BUFFER OPTION...         logbuf serve, by the name of the buffer; on the port it had, when it had one
#   at BUFFER                      its address, for clients
#   talk BUFFER REQUESTS           sends them (printf's escapes), and writes what comes until the server closes
#   answers REQUESTS TEXT          from buffer q, until the server closes: TEXT and nothing else
#   start_with FILE NAME ACTION... logd_client.py in the background, with FILE as its stdin
#   messages BUFFER                all of them with their ids
#   stats BUFFER KEY               what STATS says
#
# shellcheck shell=bash disable=SC2154

declare -gA port=()

serve() {
  local buffer=$1
  shift
  start_server "$buffer" logbuf serve --print-address --listen "tcp://127.0.0.1:${port[$buffer]:-0}" "$@" "$buffer"
  port[$buffer]=$(port_of "$buffer")
}

# FILE NAME ACTION...: a client in the background, with that as its stdin.
start_with() { start "$2" bash -c 'exec <"$1" 8>&-; shift; exec python3 "$@"' client "$1" "$ROOT/tests/logd_client.py" "${@:3}"; }
client() { python3 "$ROOT/tests/logd_client.py" "$@"; }
at() { echo "127.0.0.1:${port[$1]}"; }

# shellcheck disable=SC2059
talk() { printf "$2" | client ask "$(at "$1")" "${@:3}"; }

# shellcheck disable=SC2059
answers() {
  talk q "$1" "${@:3}" >got
  printf "$2" >expected
  cmp -s got expected || fail "to $1 came $(head -c 2000 got | cat -v)"
}

messages() { logbuf cat -i "$1"; }
holds_same() { [[ $(messages "$1") == "$(messages "$2")" ]]; }
stats() { talk "$1" 'STATS 0\r\n' | sed -En "s/^(OK [0-9]+ )?$2: (.*)\r$/\2/p"; }
has_said() { grep -qs -e "$2" "$1.err"; }
complaints() { grep -vc listening "$1.err"; }
