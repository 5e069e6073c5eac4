# logsend: addresses in a file, and which of them are connected to.
#
# shellcheck shell=bash

load helper

@test "@FILE stands for the addresses in it, so that secrets are in no command line" {
  start_server in logcat --print-address tcp://127.0.0.1:0
  printf '\ntcp://127.0.0.1:%s\n\n' "$(port_of in)" >address
  printf 'a\nb\n' | logsend @address
  eventually grep -qx b in.out
}

@test "@FILE may be of a program in libexec" {
  start_server in logcat --print-address http://127.0.0.1:0
  echo "http://127.0.0.1:$(port_of in)/" >address
  echo message | logsend --api lines @address
  eventually grep -qx message in.out
}

@test "@FILE that says nothing, or is not there" {
  : >empty
  quietly logsend @empty </dev/null
  assert_status 78
  assert_complaint logsend 'there are none'
  quietly logsend @missing </dev/null
  assert_status 78
  assert_complaint logsend 'No such file'
}

# Nothing listens there, but that is not why.
refused() {
  quietly logsend --public-only --drain-time 0.1 "$1" <<<message
  assert_status 75
  [[ $stderr == *"no public address (--public-only)"* ]] || fail "$stderr"
}

@test "--public-only does not connect to this host or a private network" {
  start_server in logcat --print-address tcp://127.0.0.1:0
  refused "tcp://127.0.0.1:$(port_of in)"
  refused "tcp://localhost:$(port_of in)"
  refused "tcp://[::ffff:127.0.0.1]:$(port_of in)"
  refused tcp://192.168.1.1:514
  refused relp://10.0.0.1:514
  refused logd://169.254.169.254:514
  refused udp://127.0.0.1:514
  stop in
  assert_equal "$(cat in.out)" ""
}

@test "--public-only of HTTP looks at the address that is connected to, and uses no proxy" {
  start_server in logcat --print-address http://127.0.0.1:0
  refused "http://127.0.0.1:$(port_of in)/"
  refused "http://localhost:$(port_of in)/"
  http_proxy="http://127.0.0.1:$(port_of in)" refused http://10.0.0.1/
  stop in
  assert_equal "$(cat in.out)" ""
}
