# The page of a hub: its headers with curl, and what it shows in headless Chromium. Its steps: tests/browser.py.
#
# PAGE_SHOTS=FOLDER keeps screenshots.
#
# shellcheck shell=bash disable=SC2016,SC2034

load helper
load http
load hub

# browse STEP...: opens the hub's page and signs in. What it prints is in "seen".
SIGN_IN=(until '!document.getElementById("login").hidden' type admin key Tab type secret key Enter
  until '!document.getElementById("signout").hidden')
browse() { python3 -B "$ROOT/tests/browser.py" "$url/" "${SIGN_IN[@]}" "$@" >seen; }

M='<190>1 2012-12-10T03:00:48Z h web web.1 - -'
add() {
  frames "$@" >body
  logs 204 "token:${token[web]}" body
}
text() { printf 'document.getElementById("%s").textContent' "$1"; }
ROWS='[...document.querySelectorAll("#channels tr:not([hidden])")]'
SHOWN='[...document.querySelectorAll("#lines > div")]'
FOUND='[...document.querySelectorAll("#found > div")]'

# hash_of NAME: of what stands between <NAME> and </NAME> in "answer".
hash_of() {
  python3 -c 'import re, sys; sys.stdout.write(re.search("<%s>(.*?)</%s>" % (sys.argv[1], sys.argv[1]), open("answer", newline="").read(), re.S)[1])' "$1" |
    openssl dgst -sha256 -binary | base64
}

@test "the page is for everybody, and its policy allows its own script and style only" {
  start_hub
  asks 200 "$url/"
  grep -qi '^content-type: text/html; charset=utf-8' head
  policy="default-src 'none'; script-src 'sha256-$(hash_of script)'; style-src 'sha256-$(hash_of style)'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
  assert_equal "$(sed -n 's/\r$//; s/^content-security-policy: //Ip' head)" "$policy"
  for header in 'x-content-type-options: nosniff' 'cache-control: no-store' 'referrer-policy: no-referrer' 'x-frame-options: deny'; do
    grep -qi "^$header" head
  done
  # A second script, a style of an element, or markup made of text would not work.
  assert_equal "$(grep -c '<script\|<style' answer)" 2
  run grep -E '<[^>]* (on[a-z]+|style|src)=|innerHTML|outerHTML|insertAdjacent|document\.write|eval\(' answer
  assert_failure 1
  asks 405 -X POST "$url/"
}

@test "pages of other sites may not use the hub" {
  setup_channel
  asks 403 -u admin:secret -H 'Sec-Fetch-Site: cross-site' "$url/v3/overview"
  asks 403 -u admin:secret -H 'Origin: http://evil.example' -X DELETE "$url/v3/channels/c"
  asks 200 -u admin:secret -H "Origin: $url" "$url/v3/channels/c"
  asks 200 -H 'Sec-Fetch-Site: cross-site' -H 'Sec-Fetch-Mode: navigate' -H 'Sec-Fetch-Dest: document' "$url/"
  asks 403 -H 'Sec-Fetch-Site: cross-site' -H 'Sec-Fetch-Mode: navigate' -H 'Sec-Fetch-Dest: iframe' "$url/"
}

@test "who signs in sees that there is nothing, and stays signed in until the end of the session" {
  start_hub
  python3 -B "$ROOT/tests/browser.py" "$url/" until 'document.activeElement.name === "id"' \
    type admin key Tab type wrong key Enter until "$(text problem).includes('not accepted')" \
    type admin key Tab type secret key Enter until '!document.getElementById("nothing").hidden' \
    js "$(text total)" js 'location.href' shot empty \
    open "$url/?again" until '!document.getElementById("nothing").hidden' \
    js 'document.getElementById("signout").click(), sessionStorage.length' js 'document.getElementById("login").hidden' >seen
  assert_equal "$(cat seen)" "\"0 channels, 0 messages/s\"
\"$url/\"
0
false"
}

@test "1,000 channels are listed, sorted and found with the keyboard" {
  mkdir -p root/ch-{000..998}
  for folder in root/*; do echo '{}' >"$folder/channel.json"; done
  setup_channel
  add "$M a" "$M b"
  browse until "${ROWS}.length === 1000" js "$(text total)" shot many \
    js 'document.querySelector("th[data-sort=messages] button").click(), 0' js "${ROWS}[0].cells[0].innerText + ' ' + ${ROWS}[0].cells[5].innerText" \
    key / type -99 until "${ROWS}.length === 9" js "$(text total)" key Escape key j js 'document.activeElement.textContent' \
    key j js 'document.activeElement.textContent' key Enter until '!document.getElementById("live").hidden' js 'document.title'
  assert_equal "$(cat seen)" '"1,000 channels, 0 messages/s"
0
"c 2"
"9 of 1,000 channels, 0 messages/s"
"ch-998"
"ch-997"
"ch-997 - logpipe"'
}

@test "hostile text is text" {
  setup_channel
  add "$M <script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">" \
    "$M "$'\e[31mred\e]0;title\a' "$M "$'one\n\nid: 77\n\ndata: two\r\nthree' "$M "$'\xe2\x80\xaeturned' "$M "$'\xff' \
    "$M $(head -c 1048000 /dev/zero | tr '\0' x)"
  browse open "$url/#channel=c" until "${SHOWN}.length === 6" js 'document.title' js 'document.querySelectorAll("main script, main img").length' \
    js "${SHOWN}.slice(0, 5).map(line => line.textContent)" js "${SHOWN}[5].textContent.length" js "${SHOWN}[5].lastChild.textContent" shot hostile \
    js "${SHOWN}[5].lastChild.click(), ${SHOWN}[5].textContent.length" \
    key s until 'document.activeElement.name === "where"' type 'message =~ "script"' key Enter until "${FOUND}.length === 1" js "${FOUND}[0].textContent"
  T='2012-12-10T03:00:48Z web[web.1]:'
  sed -n 3p seen | jq -r '.[]' >lines
  cat >expected <<EOF
$T <script>document.title='owned'</script><img src=x onerror="document.title='owned'">
$T #033[31mred#033]0;title#007
$T one#012#012id: 77#012#012data: two#012three
$T <U+202E>turned
$T �
EOF
  diff expected lines
  assert_equal "$(sed 3d seen)" '"c - logpipe"
0
2027
"… 1,046,033 more characters"
1048033
'"\"$T <script>document.title='owned'</script><img src=x onerror=\\\"document.title='owned'\\\">\""
}

@test "what comes is shown as it comes, and waits while the tail is paused" {
  setup_channel
  add "$M old"
  start browser python3 -B "$ROOT/tests/browser.py" "$url/" "${SIGN_IN[@]}" open "$url/#channel=c" until "${SHOWN}.length === 1" js '"ready"' \
    until "${SHOWN}.length === 2" js "${SHOWN}[1].textContent" key p js '"waits"' until "$(text tail).includes('paused, 1 waiting')" js "${SHOWN}.length" \
    key p until "${SHOWN}.length === 3" js "${SHOWN}[2].textContent"
  DEADLINE=60 eventually grep -q ready browser.out
  add "$M new"
  eventually grep -q waits browser.out
  add "$M later"
  finish browser
  assert_equal "$status $(cat browser.err)" '0 '
  assert_equal "$(grep -v 'ready\|waits' browser.out)" '"2012-12-10T03:00:48Z web[web.1]: new"
2
"2012-12-10T03:00:48Z web[web.1]: later"'
}

@test "a tail goes on without a gap after the hub was started again" {
  PORT=$(free_port)
  setup_channel
  add "$M one"
  start browser python3 -B "$ROOT/tests/browser.py" "$url/" "${SIGN_IN[@]}" open "$url/#channel=c" until "${SHOWN}.length === 1" js '"ready"' \
    until "$(text problem) !== ''" js '"waits"' until "${SHOWN}.length === 3" js "${SHOWN}.map(line => line.textContent.slice(-3))"
  DEADLINE=60 eventually grep -q ready browser.out
  stop hub KILL
  eventually grep -q waits browser.out
  for text in two six; do echo "$M $text"; done | logbuf push root/c/buffer
  start_hub
  finish browser
  assert_equal "$status $(cat browser.err)" '0 '
  assert_equal "$(tail -n 1 browser.out)" '["one", "two", "six"]'
}

@test "in a flood of 50,000 messages/s lines are left out and counted, and keys work" {
  setup_channel --max-size 64MiB
  start flood python3 -B "$ROOT/tests/flood.py" "$port" "${token[web]}" 50000
  browse open "$url/#channel=c" until "Number(/ ([0-9,]+) not shown/.exec($(text tail))?.[1].replaceAll(',', '')) > 100000" shot flood \
    js "${SHOWN}.length" js "${SHOWN}.some(line => / messages are not shown/.test(line.textContent))" \
    key p until "/^paused, [0-9,]+ waiting/.test($(text tail))" key p until "$(text tail).startsWith('live')" \
    key s until 'document.activeElement.name === "where"' type 'message =~ "number 1[0-9]+ "' key Enter \
    until "$(text outcome).includes('found')" js "${FOUND}.length > 0"
  kill -0 "${pid[flood]}"
  assert_equal "$(cat seen)" '2000
true
true'
}

@test "a search says what is wrong, and goes on to older messages" {
  setup_channel
  for i in {1..250}; do frames "$M message $i"; done >body
  logs 204 "token:${token[web]}" body
  browse open "$url/#channel=c&view=search" until 'document.activeElement.name === "where"' \
    type 'severity <=' key Enter until "$(text problem) !== ''" js "$(text problem)" \
    js 'document.querySelector("#search form").reset()' type 'message =~ "message"' key Enter until "${FOUND}.length === 200" \
    js "${FOUND}[0].textContent" js "$(text outcome)" js 'document.getElementById("older").click()' until "${FOUND}.length === 250" js "$(text outcome)"
  assert_equal "$(sed 1d seen | grep -v null)" '"2012-12-10T03:00:48Z web[web.1]: message 250"
"200 messages found, the newest first; there may be more."
"250 messages found, the newest first."'
  head -n 1 seen | grep -q '^"where: column '
}

@test "drains are shown with their health" {
  setup_drains
  drain "http://user:hidden@127.0.0.1:$(free_port)/secret"
  api 200 GET /v3/channels/c/drains
  add "$M a"
  browse open "$url/#channel=c&view=drains" until 'document.querySelector("#outlets td:last-child")?.textContent' shot drains js 'document.querySelector("#outlets").innerText'
  grep -q 'http://127.0.0.1:[0-9]*/…' seen
  run grep 'hidden\|secret' seen
  assert_failure 1
}

@test "who may only read signs in, and sees tails, drains and what is found" {
  setup_drains
  drain "http://user:hidden@127.0.0.1:$(free_port)/secret"
  add "$M a"
  python3 -B "$ROOT/tests/browser.py" "$url/#channel=c" until '!document.getElementById("login").hidden' \
    type reader key Tab type pw key Enter until "$SHOWN.length === 1" \
    open "$url/#channel=c&view=search" until 'document.activeElement.name === "where"' \
    type 'message == "a"' key Enter until "$FOUND.length === 1" \
    open "$url/#channel=c&view=drains" until 'document.querySelector("#outlets td:last-child")?.textContent' \
    js 'document.querySelector("#outlets").innerText' >seen
  grep -q 'http://127.0.0.1:[0-9]*' seen
}

@test "the page fits narrow windows, dark rooms and people who want no motion" {
  setup_channel
  add "$M $(printf 'word%.0s' {1..200})"
  browse size 320x600 js 'document.documentElement.scrollWidth' \
    media prefers-color-scheme=dark js 'getComputedStyle(document.body).backgroundColor' shot dark \
    open "$url/#channel=c" until "${SHOWN}.length === 1" js 'document.documentElement.scrollWidth' js '[...document.querySelectorAll(".scroll")].every(box => box.scrollWidth <= box.clientWidth)' \
    shot narrow js 'getComputedStyle(document.getElementById("tail"), "::before").animationName' \
    media prefers-reduced-motion=reduce js 'getComputedStyle(document.getElementById("tail"), "::before").animationName'
  assert_equal "$(cat seen)" '320
"rgb(18, 22, 27)"
320
true
"pulse"
"none"'
}
