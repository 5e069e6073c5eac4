# logsend tls://, against openssl s_server.
#
# shellcheck shell=bash disable=SC2154

load helper
load certificates

# CERTIFICATE OPTION...: prints what it receives. At the end of its stdin it would close.
serve() {
  local certificate=$1
  shift
  port=$(free_port)
  start server bash -c 'exec "$@" <> <(:)' endless openssl s_server -accept "127.0.0.1:$port" -quiet \
    -cert "$CERTS/$certificate.pem" -key "$CERTS/$certificate.key" "$@"
  eventually listens "$port"
}
listens() { ss -Hltn "sport = :$1" | grep -q .; }

send() { quietly logsend "tls://localhost:$port" --tls-ca-file "$CERTS/ca.pem" "$@" <input; }

has_received() { cmp -s server.out "$1"; }

@test "lines arrive over TLS" {
  lines 10000 >input
  serve good
  send
  assert_status 0
  eventually has_received input
}

@test "lines arrive over TLS 1.2" {
  lines 10000 >input
  serve good -tls1_2
  send
  assert_status 0
  eventually has_received input
}

@test "receipts come over TLS" {
  printf '%s\tline\n' 1 2 3 >input
  serve good
  send -i -r
  assert_status 0
  [[ ${lines[-1]} == 3 ]]
}

# REASON OPTION...: it does not end well, and says why.
refuses() {
  local reason=$1
  shift
  echo precious >input
  send --drain-time 100ms "$@"
  assert_status 75
  [[ ${stderr_lines[0]} == *"$reason"* ]] || fail "stderr is: $stderr"
  [[ ! -s server.out ]]
}

@test "an expired certificate is refused and nothing is sent" {
  serve expired
  refuses "certificate verify failed: certificate has expired"
}

@test "a certificate for another name is refused and nothing is sent" {
  serve wrong-name
  refuses 'the certificate is for "elsewhere.example", not for "localhost"'
}

@test "--tls-peer names whom to expect" {
  echo line >input
  serve wrong-name
  send --tls-peer elsewhere.example
  assert_status 0
  eventually has_received input
}

@test "--tls-verify none takes any certificate" {
  echo line >input
  serve expired
  send --tls-verify none
  assert_status 0
  eventually has_received input
}

@test "a server that wants a certificate gets no message before it has taken it for good" {
  serve good -Verify 1 -verify_return_error -CAfile "$CERTS/ca.pem"
  refuses "certificate required"
}

@test "a client certificate that the server takes opens the door" {
  echo line >input
  serve good -Verify 1 -verify_return_error -CAfile "$CERTS/ca.pem"
  send --tls-cert-file "$CERTS/client.pem" --tls-key-file "$CERTS/client.key"
  assert_status 0
  eventually has_received input
}

@test "a server that does not speak TLS is named" {
  port=$(free_port)
  start server socat "TCP-LISTEN:$port,bind=127.0.0.1,fork" SYSTEM:"echo hello; cat >/dev/null"
  eventually listens "$port"
  refuses "what the peer sends is not TLS"
}

@test "TLS options without a tls:// destination are a usage error" {
  quietly logsend tcp://localhost:1 --tls-ca-file "$CERTS/ca.pem" </dev/null
  assert_status 64
  assert_complaint logsend "option --tls-ca-file does not belong to tcp://; it belongs to tls://, relps://, logds:// and amqps://"
}

@test "a certificate file that is not there is a configuration error" {
  quietly logsend tls://localhost:1 --tls-ca-file nowhere.pem </dev/null
  assert_status 78
  assert_complaint logsend "nowhere.pem: No such file"
}
