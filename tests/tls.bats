# logcat tls:// and relps://, against openssl s_client, logsend and rsyslog.
#
# shellcheck shell=bash

load helper
load peers
load certificates

# CERTIFICATE OPTION...
receive() {
  start_server logcat logcat "${scheme:-tls}://127.0.0.1:0" --print-address \
    --tls-cert-file "$CERTS/$1.pem" --tls-key-file "$CERTS/$1.key" "${@:2}"
  port=$(port_of logcat)
}

# Sends "input" with openssl; what it lacks to prove who it is makes no difference to us.
s_client() {
  openssl s_client -connect "127.0.0.1:$port" -CAfile "$CERTS/ca.pem" -verify_return_error -servername localhost \
    -quiet -no_ign_eof "$@" <input >client.said 2>&1
}

send() { quietly logsend "${scheme:-tls}://localhost:$port" --tls-ca-file "$CERTS/ca.pem" "$@" <input; }

has_received() { cmp -s logcat.out input; }
has_complained() { grep -q "$1" logcat.err; }
complaints() { grep -vc listening logcat.err; }

# TEXT: logcat said so, once, and took nothing.
assert_refused() {
  eventually has_complained "$1"
  (($(complaints) == 1)) || fail "stderr is: $(cat logcat.err)"
  [[ ! -s logcat.out ]]
}

@test "lines from openssl s_client arrive" {
  lines 1000 >input
  receive good
  s_client || fail "$(cat client.said)"
  eventually has_received
}

@test "lines from logsend arrive" {
  lines 20000 >input
  receive good
  send
  assert_status 0
  eventually has_received
  (($(complaints) == 0))
}

@test "TLS 1.2 is spoken" {
  echo line >input
  receive good
  s_client -tls1_2 || fail "$(cat client.said)"
  eventually has_received
}

@test "TLS 1.1 is not" {
  echo line >input
  receive good
  run ! s_client -tls1_1 -cipher 'ALL:@SECLEVEL=0'
  assert_refused "no version of TLS from 1.2 on"
}

@test "a client certificate that is required and good is taken" {
  lines 100 >input
  receive good --tls-ca-file "$CERTS/ca.pem"
  send --tls-cert-file "$CERTS/client.pem" --tls-key-file "$CERTS/client.key"
  assert_status 0
  eventually has_received
}

@test "a client without a certificate is refused where one is required" {
  echo line >input
  receive good --tls-ca-file "$CERTS/ca.pem"
  send --drain-time 100ms
  assert_status 75
  eventually has_complained "the peer shows no certificate"
  [[ ! -s logcat.out ]]
}

@test "a client certificate from another authority is refused" {
  echo line >input
  receive good --tls-ca-file "$CERTS/ca.pem"
  s_client -cert "$CERTS/stranger.pem" -key "$CERTS/stranger.key" || true
  assert_refused "certificate verify failed"
}

@test "--tls-verify optional takes clients without a certificate, and refuses bad ones" {
  echo line >input
  receive good --tls-ca-file "$CERTS/ca.pem" --tls-verify optional
  send
  assert_status 0
  eventually has_received
  s_client -cert "$CERTS/stranger.pem" -key "$CERTS/stranger.key" || true
  eventually has_complained "certificate verify failed"
  has_received
}

@test "--tls-verify none takes any client certificate" {
  echo line >input
  receive good --tls-ca-file "$CERTS/ca.pem" --tls-verify none
  s_client -cert "$CERTS/stranger.pem" -key "$CERTS/stranger.key" || fail "$(cat client.said)"
  eventually has_received
}

@test "--tls-peer refuses a client of another name" {
  echo line >input
  receive good --tls-ca-file "$CERTS/ca.pem" --tls-peer elsewhere.example
  s_client -cert "$CERTS/client.pem" -key "$CERTS/client.key" || true
  assert_refused client.example
}

@test "a client that does not speak TLS is refused, another is not disturbed" {
  echo line >input
  receive good
  exec {plain}<>"/dev/tcp/127.0.0.1/$port"
  echo "<13>plain text" >&"$plain"
  assert_refused "not TLS"
  exec {plain}>&-
  send
  assert_status 0
  eventually has_received
}

@test "an expired certificate of ours is refused by logsend, and both say so" {
  echo line >input
  receive expired
  send --drain-time 100ms
  assert_status 75
  [[ $stderr == *"certificate has expired"* ]] || fail "stderr is: $stderr"
  eventually has_complained "certificate expired"
  [[ ! -s logcat.out ]]
}

@test "logsend relps:// -> logcat relps://, with certificates on both sides" {
  lines 5000 >input
  scheme=relps
  receive good --tls-ca-file "$CERTS/ca.pem"
  send --tls-cert-file "$CERTS/client.pem" --tls-key-file "$CERTS/client.key"
  assert_status 0
  assert_same_lines logcat.out input
}

@test "relps:// refuses a client without a certificate before it takes anything" {
  echo line >input
  scheme=relps
  receive good --tls-ca-file "$CERTS/ca.pem"
  send --drain-time 100ms
  assert_status 75
  eventually has_complained "the peer shows no certificate"
  [[ ! -s logcat.out ]]
}

@test "rsyslog's omrelp with TLS -> logcat relps://" {
  lines 2000 >input
  scheme=relps
  receive good --tls-ca-file "$CERTS/ca.pem"
  rsyslog sender <<END
module(load="imfile")
module(load="omrelp" tls.tlslib="openssl")
input(type="imfile" file="$T/input" tag="t")
action(type="omrelp" target="127.0.0.1" port="$port" template="raw" tls="on" tls.cacert="$CERTS/ca.pem"
       tls.mycert="$CERTS/client.pem" tls.myprivkey="$CERTS/client.key"
       tls.authmode="name" tls.permittedpeer=["localhost"] action.resumeRetryCount="-1" action.resumeInterval="1")
END
  eventually has_received
}

@test "logsend relps:// -> rsyslog's imrelp with TLS" {
  lines 2000 >input
  port=$(free_port)
  rsyslog receiver <<END
module(load="imrelp" tls.tlslib="openssl")
input(type="imrelp" port="$port" address="127.0.0.1" tls="on" tls.cacert="$CERTS/ca.pem"
      tls.mycert="$CERTS/good.pem" tls.myprivkey="$CERTS/good.key"
      tls.authmode="name" tls.permittedpeer=["client.example"])
action(type="omfile" file="$T/output" template="line")
END
  eventually listens "$port"
  scheme=relps
  send --tls-cert-file "$CERTS/client.pem" --tls-key-file "$CERTS/client.key"
  assert_status 0
  assert_same_lines output input
}

# NAME: the certificate that logcat shows from now on is another one for localhost, with the serial number $serial.
renew() {
  cp "$CERTS/$1.pem" own.pem
  cp "$CERTS/$1.key" own.key
  serial=$(openssl x509 -in own.pem -noout -serial)
}

# Renewed certificates stand in the test's own folder.
receive_with_own() {
  start_server logcat logcat "$@" --print-address --tls-cert-file "$T/own.pem" --tls-key-file "$T/own.key"
  port=$(port_of logcat)
}

serial_shown() { openssl s_client -connect "127.0.0.1:$port" </dev/null 2>/dev/null | openssl x509 -noout -serial; }
shows_serial() { [[ $(serial_shown) == "$serial" ]]; }

@test "SIGHUP: new connections see the new certificate, an old one goes on" {
  echo line >input
  renew good
  receive_with_own tls://127.0.0.1:0
  mkfifo old.in
  exec {old}<>old.in
  start old sh -c "exec openssl s_client -connect 127.0.0.1:$port -quiet <old.in"
  echo before >&"$old"
  eventually grep -q before logcat.out
  renew wrong-name
  kill -HUP "${pid[logcat]}"
  eventually shows_serial
  echo after >&"$old"
  eventually grep -q after logcat.out
  exec {old}>&-
  (($(complaints) == 0)) || fail "stderr is: $(cat logcat.err)"
}

@test "SIGHUP: relps:// and tls:// together, behind parsing" {
  renew good
  receive_with_own relps://127.0.0.1:0 tls://127.0.0.1:0 --format json
  renew wrong-name
  kill -HUP "${pid[logcat]}"
  eventually shows_serial
  port=$(sed -n '/listening on tls/s/.*://p' logcat.err)
  eventually shows_serial
}

@test "SIGHUP: new authorities are trusted from then on" {
  echo line >input
  renew good
  cp "$CERTS/other-ca.pem" own-ca.pem
  receive_with_own tls://127.0.0.1:0 --tls-ca-file "$T/own-ca.pem"
  s_client -cert "$CERTS/client.pem" -key "$CERTS/client.key" || true
  assert_refused "certificate verify failed"
  cp "$CERTS/ca.pem" own-ca.pem
  kill -HUP "${pid[logcat]}"
  eventually s_client -cert "$CERTS/client.pem" -key "$CERTS/client.key"
  eventually has_received
}

@test "SIGHUP: a broken certificate is one diagnostic, and the old one stays" {
  echo line >input
  renew good
  receive_with_own tls://127.0.0.1:0 relps://127.0.0.1:0
  head -c 300 "$CERTS/wrong-name.pem" >own.pem
  kill -HUP "${pid[logcat]}"
  eventually has_complained "load certificate $T/own.pem: .*; what was loaded before stays in use"
  shows_serial
  s_client || fail "$(cat client.said)"
  eventually has_received
  (($(complaints) == 1)) || fail "stderr is: $(cat logcat.err)"
}

@test "SIGTERM does not wait for a client in the middle of its TLS handshake" {
  receive good --drain-time 60s
  hang_on
  DEADLINE=5 eventually has_ended logcat
  finish logcat
  assert_status 0
}

@test "SIGTERM does not wait for a RELP client in the middle of its TLS handshake" {
  scheme=relps
  receive good --drain-time 60s
  hang_on
  DEADLINE=5 eventually has_ended logcat
  finish logcat
  assert_status 0
}

# A client says nothing, and logcat, which has taken it in, is told to stop.
hang_on() {
  exec {silent}<>"/dev/tcp/127.0.0.1/$port"
  eventually has_connection
  kill "${pid[logcat]}"
}
has_connection() { kill -USR1 "${pid[logcat]}" && grep -q 'connections: 1 now' logcat.err; }
has_ended() { ! kill -0 "${pid[$1]}" 2>/dev/null; }

@test "a client that never ends its handshake is closed with --idle-timeout, another is served" {
  echo line >input
  receive good --idle-timeout 1s
  exec {silent}<>"/dev/tcp/127.0.0.1/$port"
  send
  assert_status 0
  eventually has_received
  run timeout 20 cat <&"$silent"
  assert_status 0
}
