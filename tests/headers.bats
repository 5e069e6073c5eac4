# Headers as real senders write them, through the tools: what was understood is kept, the rest is text.
#
# shellcheck shell=bash

load helper

@test "one = in --where: the error says what was meant" {
  quietly logcat --where 'appname = b' </dev/null
  assert_status 64
  assert_complaint logcat '--where: column 9: "=" is no operator; did you mean ==?'
  quietly logcat --where 'a = b' </dev/null
  assert_complaint logcat 'did you mean ==?'
}
