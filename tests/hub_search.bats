# What a hub shows of its channels beside sessions: search, overview, standing.
#
# shellcheck shell=bash

load helper
load http
load hub

# add SEVERITY TEXT: into channel c, and stored when it returns. A facility of user.
add() {
  frames "<$((8 + $1))>1 2012-12-10T03:00:48Z h ${token[web]} web.1 - - $2" >frame
  logs 204 "token:${token[web]}" frame
}
# search STATUS PARAMETER...: NAME=VALUE
search() {
  local parameter parameters=()
  for parameter in "${@:2}"; do parameters+=(--data-urlencode "$parameter"); done
  asks "$1" -u admin:secret -G "${parameters[@]}" "$url/v3/channels/c/search"
  before=$(jq -r .before answer)
  sed -i -E 's/"[0-9]+-([0-9]+)"/"\1"/g' answer # ids on Redis: their numbers alone
}
texts() { jq -r '.messages[].text' answer; }

@test "a search finds what an expression is true of, the newest first" {
  setup_channel
  add 3 'disk full'
  add 6 'all is well'
  add 4 'disk nearly full'
  search 200 'where=severity <= warning and message =~ "disk"'
  assert_equal "$(cat answer)" '{"messages":[{"id":"3","text":"2012-12-10T03:00:48Z web[web.1]: disk nearly full"},{"id":"1","text":"2012-12-10T03:00:48Z web[web.1]: disk full"}],"searched":3,"end":true}'
}

@test "a search in times of acceptance" {
  setup_channel
  add 6 old
  between=$(date -u +%FT%T.%NZ)
  add 6 new
  search 200 "since=$between"
  assert_equal "$(texts)" '2012-12-10T03:00:48Z web[web.1]: new'
  search 200 "until=$between"
  assert_equal "$(texts)" '2012-12-10T03:00:48Z web[web.1]: old'
}

@test "a search is limited, and says where the next one goes on" {
  setup_channel
  for i in {1..5}; do add 6 "m$i"; done
  search 200 num=2
  assert_equal "$(jq -c '[.messages[].id], .end, .before' answer)" $'["5","4"]\nfalse\n"4"'
  search 200 num=2 "before=$before"
  assert_equal "$(jq -c '[.messages[].id], .end' answer)" $'["3","2"]\nfalse'
  search 200 num=2 "before=$before"
  assert_equal "$(jq -c '[.messages[].id], .end' answer)" $'["1"]\ntrue'
}

@test "a search of long messages ends after about 2 MiB" {
  setup_channel --max-message 2MiB
  frames "<14>1 2012-12-10T03:00:48Z h t w - - $(head -c 1000000 /dev/zero | tr '\0' x)" >body
  for _ in 1 2 3 4; do logs 204 "token:${token[web]}" body; done
  search 200
  assert_equal "$(jq -c '[.messages[].id], .end' answer)" $'["4","3","2"]\nfalse'
}

@test "a search that cannot be is answered with the reason" {
  setup_channel
  search 400 'where=severity <='
  grep -q '"error":"where: column ' answer
  search 400 'where=message =~ "("'
  grep -q '"error":"where: ' answer
  search 400 since=yesteryear
  grep -q '"error":"since: ' answer
  search 400 num=many
  search 400 before=../x
  asks 404 -u admin:secret "$url/v3/channels/none/search"
  asks 401 "$url/v3/channels/c/search"
  asks 401 -u "token:${token[web]}" "$url/v3/channels/c/search"
}

@test "the overview has all channels, with what they hold and how far their drains are" {
  setup_drains
  channel d app
  add 6 one
  drain "http://127.0.0.1:$(free_port)/"
  api 200 GET /v3/channels/c/drains
  add 6 two
  api 200 GET /v3/overview
  assert_equal "$(jq -c '.channels[] | [.id, .appended, .messages, .consumers, .lag]' answer)" $'["c",2,2,1,1]\n["d",0,0,0,0]'
  assert_equal "$(jq -c '[.milliseconds | type]' answer)" '["number"]'
  api 200 GET /v3/channels/c/standing
  assert_equal "$(jq -c '[.appended, .consumers[0].lag, .consumers[0].delivered, .consumers[0].name[:2]]' answer)" '[2,1,1,"d."]'
  api 404 GET /v3/channels/none/standing
  asks 401 "$url/v3/overview"
}
