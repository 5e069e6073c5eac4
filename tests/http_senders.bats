# logcat http://, with what other collectors' senders speak, and with real ones.
#
# shellcheck shell=bash

load helper
load peers
load certificates
load http

holds() { [[ $(logbuf cat q 2>/dev/null | wc -l) -ge $1 ]]; }
# In events, whose message is what was sent.
holds_messages() { logbuf cat q --format '%{message}' 2>/dev/null | sort -u | cmp -s - <(sort -u input); }
holds_all() { logbuf cat q 2>/dev/null | sort -u | cmp -s - <(sort -u input); }

@test "Elasticsearch's bulk: each item has its status" {
  receive
  posts 200 application/x-ndjson --data-binary $'{"index":{"_index":"logs","_id":"7"}}\n{"a":1}\n{"delete":{"_id":"8"}}\n' "$url/_bulk"
  jq -e '.errors == true and .items[0].index.status == 201 and .items[1].delete.status == 400' answer
  run -0 logbuf cat q
  assert_output '{"a":1,"_index":"logs","_id":"7"}'
}

@test "Loki's push: labels are fields" {
  receive
  posts 204 application/json "$url/loki/api/v1/push" --data-binary \
    '{"streams":[{"stream":{"job":"web"},"values":[["1700000000000000001","hello"]]}]}'
  logbuf cat q | jq -e '.message == "hello" and .job == "web" and .timestamp == "2023-11-14T22:13:20.000000001Z"'
  run -0 logbuf cat q --where 'job == web' --format '%{message}'
  assert_output hello
}

@test "Splunk's HEC: an ackId is true when it is given" {
  receive
  posts 200 application/json -H 'X-Splunk-Request-Channel: c' "$url/services/collector" --data-binary \
    '{"time":1700000000,"host":"h","event":"hello","fields":{"level":"warn"}}{"event":{"a":1}}'
  jq -e '.code == 0 and .ackId == 0' answer
  posts 200 application/json "$url/services/collector/ack?channel=c" --data-binary '{"acks":[0,1]}'
  jq -e '.acks == {"0": true, "1": false}' answer
  run -0 logbuf cat q --format '%{hostname} %{level} %{message}'
  assert_line --index 0 'h warn hello'
  posts 400 application/json "$url/services/collector" --data-binary '{"time":1}'
  jq -e '.code == 12' answer
}

@test "OpenTelemetry's logs as JSON" {
  receive
  posts 200 application/json "$url/v1/logs" --data-binary '{"resourceLogs":[{"resource":{"attributes":[
    {"key":"service.name","value":{"stringValue":"shop"}}]},"scopeLogs":[{"logRecords":[
    {"timeUnixNano":"1700000000000000000","severityNumber":17,"body":{"stringValue":"hello"}}]}]}]}'
  run -0 logbuf cat q --format '%{appname} %{severity} %{message}'
  assert_output 'shop err hello'
}

# As Go's net/http writes it, with the frames and the headers of log-shuttle's logplex formatter.
@test "log-shuttle's request, byte for byte" {
  receive
  local frame='<190>1 2013-09-25T01:16:49.371356+00:00 shuttle token shuttle - - hello' body
  body="$((${#frame} + 1)) $frame"$'\n'"$((${#frame} + 1)) $frame"$'\n'
  printf '%s\r\n' 'POST /logs HTTP/1.1' "Host: 127.0.0.1:$port" \
    'User-Agent: log-shuttle/0.18.0 (go1.9.2; linux; amd64; gc)' 'Transfer-Encoding: chunked' \
    "Authorization: Basic $(printf token:secret | base64)" 'Content-Type: application/logplex-1' 'Logplex-Msg-Count: 2' \
    'X-Request-Id: 9c6ab53b-4f8b-4b7e-9d0b-7fd9e3a4a1c2' 'Accept-Encoding: gzip' '' >request
  printf '%x\r\n%s\r\n0\r\n\r\n' "${#body}" "$body" >>request
  timeout 20 socat -t 20 - "TCP:127.0.0.1:$port" <request >answer
  [[ $(head -1 answer) == 'HTTP/1.1 204 '* ]]
  run -0 logbuf cat q
  assert_output "$frame
$frame"
}

@test "rsyslog's omelasticsearch starts, and all that it sends is in the buffer" {
  lines 3000 >input
  receive
  rsyslog sender <<END
module(load="imfile")
module(load="omelasticsearch")
template(name="doc" type="list") { constant(value="{\"message\":\"") property(name="rawmsg" format="json") constant(value="\"}") }
input(type="imfile" file="$T/input" tag="t")
action(type="omelasticsearch" server="127.0.0.1" serverport="$port" template="doc" bulkmode="on" searchIndex="logs"
       searchType="" queue.type="LinkedList" queue.dequeueBatchSize="200" action.resumeRetryCount="-1"
       action.resumeInterval="1")
END
  eventually holds_messages
}

@test "syslog-ng's http() sends lines, in batches" {
  lines 3000 >input
  receive --api lines
  syslog_ng sender <<END
source s { file("$T/input" follow-freq(0.1) flags(no-parse)); };
destination d { http(url("$url/in") method("POST") headers("Content-Type: text/plain") body("\${MESSAGE}") delimiter("\n")
  batch-lines(100) batch-timeout(100) workers(2)); };
log { source(s); destination(d); flags(flow-control); };
END
  eventually holds_all
}

@test "syslog-ng's elasticsearch-http() sends to the bulk API" {
  lines 3000 >input
  receive
  syslog_ng sender <<END
@include "$PEERS/usr/share/syslog-ng/include/scl/elasticsearch/elastic-http.conf"
source s { file("$T/input" follow-freq(0.1) flags(no-parse)); };
destination d { elasticsearch-http(url("$url/_bulk") index("logs") type("") template("\$(format-json message=\${MESSAGE})")
  batch-lines(100) batch-timeout(100)); };
log { source(s); destination(d); flags(flow-control); };
END
  eventually holds_messages
  run -0 logbuf cat q --where '_index == logs' --format '%{_index}'
  assert_equal "$(sort -u <<<"$output")" logs
}

@test "python's http.client posts on one connection" {
  receive
  cat >client.py <<'END'
import http.client, sys
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
for i in range(200):
    connection.request("POST", "/", b"line %d\n" % i, {"Content-Type": "text/plain"})
    response = connection.getresponse()
    assert response.status == 204 and not response.read(), response.status
END
  python3 client.py "$port"
  holds 200
}

@test "behind nginx, which speaks TLS" {
  receive --answer-timeout 5s
  local outside
  outside=$(free_port)
  cat >nginx.conf <<END
user root;
daemon off;
pid $T/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path $T/body;
  proxy_temp_path $T/proxy;
  fastcgi_temp_path $T/fastcgi;
  uwsgi_temp_path $T/uwsgi;
  scgi_temp_path $T/scgi;
  client_max_body_size 100m;
  server {
    listen 127.0.0.1:$outside ssl;
    ssl_certificate $CERTS/good.pem;
    ssl_certificate_key $CERTS/good.key;
    location / {
      proxy_pass $url;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
  }
}
END
  start nginx nginx -e stderr -c "$T/nginx.conf"
  eventually listens "$outside"
  lines 20000 >input
  posts 204 text/plain --cacert "$CERTS/ca.pem" --data-binary @input "https://localhost:$outside/"
  logbuf cat q >output
  assert_same_lines input output
}
