# logsend http:// and https:// with real peers: logcat, and nginx as a proxy with TLS in front of it. See http_out.bats.
#
# shellcheck shell=bash

load helper
load certificates
load http

stored() { logbuf cat q; }
said() { grep -q "$1" sending.err; }
acknowledged() { [[ $(logbuf consumer ls out | cut -f 2,3) == $'0\t0' ]]; }

# nginx with TLS, in front of the server at $url; lines are added to its location. Its own URL is then $url.
proxy() {
  proxy_port=$(free_port)
  cat >nginx.conf <<NGINX
daemon off; master_process off; pid $T/nginx.pid; error_log $T/nginx.log;
events {}
http {
  access_log off; client_body_temp_path $T/body; proxy_temp_path $T/proxy; fastcgi_temp_path $T/f; uwsgi_temp_path $T/u;
  scgi_temp_path $T/s;
  server {
    listen 127.0.0.1:$proxy_port ssl http2;
    ssl_certificate $CERTS/${CERTIFICATE:-good}.pem; ssl_certificate_key $CERTS/${CERTIFICATE:-good}.key;
    $1
    location / { proxy_pass $url; proxy_http_version 1.1; }
  }
}
NGINX
  start nginx nginx -c "$T/nginx.conf" -p "$T"
  url=https://127.0.0.1:$proxy_port
  eventually is_there
}
is_there() { curl -sk -o /dev/null "$url/health"; }

@test "what logcat takes in each form is what was sent" {
  receive
  lines 3000 >input
  logsend "$url/in" <input
  logsend --compress gzip "$url/in" <input
  logsend --compress zstd --parallel 3 "$url/in" <input
  stored >output
  cat input input input >expected
  assert_same_lines <(sort expected) <(sort output)
}

@test "logplex frames and JSON" {
  receive
  echo '<190>1 2012-12-10T03:00:48Z host app web.1 - - hi' >input
  logsend "$url/logs" <input
  logsend --api json "$url/in" <input
  run -0 stored
  assert_line --index 0 '<190>1 2012-12-10T03:00:48Z host app web.1 - - hi'
  assert_line --index 1 --partial '"appname":"app","procid":"web.1"'
}

@test "from buffer to buffer" {
  receive
  lines 20000 >input
  logbuf push out <input
  logbuf peek out -- logsend "$url/in"
  acknowledged
  stored >output
  assert_same_lines input output
}

@test "a frame that is sent again with its id adds nothing" {
  receive --answer-timeout 300ms
  pkill -STOP -P "${pid[logcat]}"
  lines 100 >input
  logbuf push out <input
  start sending logbuf peek out -- logsend --batch-time 50ms "$url/logs"
  eventually said ' 503'
  pkill -CONT -P "${pid[logcat]}"
  finish sending
  assert_status 0
  assert_equal "$(stored | wc -l)" 100
}

@test "while the server's sink is full, messages wait" {
  receive --answer-timeout 200ms
  pkill -STOP -P "${pid[logcat]}"
  logbuf push out < <(lines 100)
  start sending logbuf peek -f out -- logsend "$url/in"
  eventually said ' 503'
  run acknowledged
  assert_failure
  pkill -CONT -P "${pid[logcat]}"
  eventually acknowledged
}

@test "through nginx, with TLS and HTTP/2" {
  receive
  proxy
  lines 5000 >input
  logsend --tls-ca-file "$CERTS/ca.pem" "$url/in" <input
  stored >output
  assert_same_lines input output
}

@test "through a proxy, which sees no more than the server's name, with TLS" {
  SCHEME=https receive --tls-cert-file "$CERTS/good.pem" --tls-key-file "$CERTS/good.key"
  server=$url
  answer connect
  lines 1000 >input
  logsend --proxy "$url" --tls-ca-file "$CERTS/ca.pem" "$server/in" <input
  stored >output
  assert_same_lines input output
  run -0 sent '"\(.line)\(.body)"'
  assert_output "CONNECT ${server#https://} HTTP/1.1"
}

@test "the certificate must be good, and for the host or --tls-peer" {
  receive
  CERTIFICATE=wrong-name proxy
  quietly logsend --drain-time 100ms "$url/in" <<<hi
  assert_status 75
  [[ $stderr == *certificate* ]]
  quietly logsend --drain-time 100ms --tls-ca-file "$CERTS/ca.pem" "$url/in" <<<hi
  assert_status 75
  [[ $stderr == *127.0.0.1* ]]
  quietly logsend --drain-time 100ms --tls-ca-file "$CERTS/ca.pem" --tls-peer other.example "$url/in" <<<hi
  assert_status 75
  [[ -z $(stored) ]]
  logsend --tls-ca-file "$CERTS/ca.pem" --tls-peer elsewhere.example "$url/in" <<<one
  logsend --tls-verify none "$url/in" <<<two
  run -0 stored
  assert_output $'one\ntwo'
}

@test "a certificate to show" {
  receive
  proxy "ssl_client_certificate $CERTS/ca.pem; ssl_verify_client on;"
  cat "$CERTS/client.pem" "$CERTS/client.key" >client.pem
  quietly logsend --tls-ca-file "$CERTS/ca.pem" "$url/in" <<<one
  assert_status 65
  logsend --tls-ca-file "$CERTS/ca.pem" --tls-cert-file client.pem "$url/in" <<<two
  logsend --tls-ca-file "$CERTS/ca.pem" --tls-cert-file "$CERTS/client.pem" --tls-key-file "$CERTS/client.key" "$url/in" <<<three
  run -0 stored
  assert_output $'two\nthree'
}

@test "authorities are read again by SIGHUP" {
  receive
  proxy
  cp "$CERTS/other-ca.pem" ca.pem
  logbuf push out <<<hi
  start sending logbuf peek -f out -- logsend --tls-ca-file ca.pem "$url/in"
  eventually said certificate
  cp "$CERTS/ca.pem" ca.pem
  pkill -HUP -P "${pid[sending]}"
  eventually acknowledged
  run -0 stored
  assert_output hi
}

@test "nginx without its server, and with a smaller limit than ours" {
  receive
  back=$port
  proxy "client_max_body_size 100k;"
  lines 3000 >input
  logsend --tls-ca-file "$CERTS/ca.pem" --batch-time 1h "$url/in" <input
  stop logcat
  logbuf push out <input
  start sending logbuf peek -f out -- logsend --tls-ca-file "$CERTS/ca.pem" "$url/in"
  eventually said ' 502'
  start_server logcat logcat "http://127.0.0.1:$back" --print-address -- logbuf push q
  eventually acknowledged
  stored | sort -u >output
  assert_same_lines <(sort -u input) output
}
