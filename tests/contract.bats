# What every tool and every verb promises alike.

load helper

COMMANDS=(logcat logsend logtail "logbuf push" "logbuf peek" "logbuf pop" "logbuf ack" "logbuf rewind" "logbuf cat" "logbuf stat"
  "logbuf consumer" "logbuf verify" "logbuf salvage" "logbuf compact" "logbuf trim" "logbuf serve" "logbuf replicate"
  "logredis push" "logredis peek" "logredis pop" "logredis ack" "logredis rewind" "logredis cat" "logredis stat" "logredis ls" "logredis trim")
TOOLS=(logcat logsend logtail logbuf logredis)

# The check, once per name; the first that fails is named. A command of two words is two arguments.
each_command() {
  local command words
  for command in "${COMMANDS[@]}"; do
    read -r -a words <<<"$command"
    "$1" "${words[@]}" || fail "this was: $command"
  done
}
each_tool() { for tool in "${TOOLS[@]}"; do "$1" "$tool" || fail "this was: $tool"; done; }

@test "--help is on stdout and shows an example" { each_command explains; }
explains() {
  quietly "$@" --help
  assert_status 0 && [[ -z $stderr ]] && assert_line --partial "usage: $*" && assert_line "Examples:"
}

@test "--help fits a terminal of 80 columns" { each_command fits; }
fits() { "$@" --help | awk 'length > 80 { print; wide = 1 } END { exit wide }'; }

@test "--version is on stdout" { each_tool names_version; }
names_version() {
  quietly "$1" --version
  assert_status 0 && [[ -z $stderr ]] && assert_output --regexp "^$1 .*[0-9]+\.[0-9]+\.[0-9]+$"
}

@test "an unknown option is a usage error of one line" { each_command rejects_option; }
rejects_option() {
  quietly "$@" --no-such-option </dev/null
  assert_status 64 && [[ -z $output ]] && assert_complaint "$*" "--no-such-option"
}

@test "an unknown verb is a usage error of one line" {
  quietly logbuf pussh q
  assert_status 64
  assert_complaint logbuf "'pussh'"
}

@test "a missing argument is a usage error of one line" {
  quietly logbuf push </dev/null
  assert_status 64
  assert_complaint "logbuf push" BUFFER
  quietly logsend </dev/null
  assert_status 64
  assert_complaint logsend URL
}

@test "closed stdout is an error, not success" { each_tool fails_on_closed_stdout; }
fails_on_closed_stdout() {
  quietly bash -c '"$1" --help >&-' closed "$1"
  assert_status 74 && assert_complaint "$1" "stdout"
}

@test "a full disk behind stdout is an error, not success" { each_tool fails_on_full_stdout; }
fails_on_full_stdout() {
  quietly bash -c '"$1" --help >/dev/full' full "$1"
  assert_status 74 && assert_complaint "$1" "No space left on device"
}

@test "messages for a full disk are an error, not success" {
  lines 10 >input
  quietly bash -c 'logcat input >/dev/full'
  assert_status 74
  assert_complaint logcat "No space left on device"
  logbuf push q <input
  quietly bash -c 'logbuf cat q >/dev/full'
  assert_status 74
  assert_complaint logbuf "No space left on device"
}

@test "receipts for a full disk are an error, not success" {
  quietly bash -c 'printf "1\tline\n" | logbuf push -i -r q >/dev/full'
  assert_status 74
  assert_complaint logbuf "No space left on device"
}

@test "a reader that has gone is an error, not success" {
  lines 50000 >input
  quietly bash -c 'logcat input | head -n 1 >head; exit "${PIPESTATUS[0]}"'
  assert_status 74
  [[ -z $stderr ]] || fail "$stderr"
}

@test "every source that writes into head is silent, and none of them succeeds" {
  lines 50000 >input
  logbuf push q <input
  local source
  for source in "logcat input" "logcat -i input" "logtail -n +1 input" "logbuf peek q" "logbuf cat q"; do
    quietly bash -c "$source"' | head -n 1 >/dev/null; exit "${PIPESTATUS[0]}"'
    assert_status 74
    [[ -z $stderr ]] || fail "$source: $stderr"
  done
}

@test "a closed stdin is an error, not an empty input" {
  local tool
  for tool in logcat "logcat -" "logbuf push q" "logbuf ack q" "logsend file:out" "logsend tcp://127.0.0.1:1"; do
    quietly timeout 20 bash -c "$tool <&-"
    assert_status 74
    assert_complaint "${tool%% *}" "Bad file descriptor"
  done
}

page_of() { mandoc -Tascii "$ROOT/man/$1.1" | col -b; }

@test "every option of --help is in the man page" { each_command documents_options; }
documents_options() {
  local option page
  page=$(page_of "$1")
  for option in $("$@" --help | grep -oE -e '^  (-., )?--[a-z-]+' | grep -oE -e '--[a-z-]+'); do
    grep -qE -e "$option([^a-z-]|$)" <<<"$page" || { fail "$option is not in man/$1.1" || return; }
  done
}

# A program in libexec, with options of its own.
@test "so is every option of the programs in libexec, whose --help fits the terminal too" {
  documents_options logsend http://localhost
  documents_options logsend postgresql:///logs
  fits logsend postgresql:///logs
  documents_options logsend kafka://localhost/logs
  fits logsend kafka://localhost/logs
  documents_options logcat kafka://localhost/logs
  fits logcat kafka://localhost/logs
  run -0 logsend --help http://localhost
  assert_line --partial "--batch-bytes"
  fits logsend http://localhost
}

@test "every verb of --help is in the man page" {
  local command
  for command in "${COMMANDS[@]}"; do
    [[ $command != *" "* ]] || grep -qw "${command#* }" <<<"$(page_of "${command% *}")" || fail "$command is not in its page"
  done
}

@test "the completions are what their shells can read" { each_tool completes; }
completes() {
  "$1" --completions bash >script && bash -n script &&
    "$1" --completions zsh >script && zsh -n script &&
    "$1" --completions fish >script && fish -n script
}

# What bash offers for the words; the last one is what has been typed of the next.
offered() {
  bash -c 'eval "$("$1" --completions bash)" && COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) && "_$1" && echo "${COMPREPLY[*]}"' \
    completion "$@"
}

@test "bash completes verbs, options, and after -- the names of commands" {
  assert_equal "$(offered logbuf pus)" push
  assert_equal "$(offered logbuf push --max-s)" --max-size
  assert_equal "$(offered logtail --checkp)" --checkpoint
  assert_equal "$(offered logbuf peek q -- logsen | tr ' ' '\n' | sort -u)" logsend
  assert_equal "$(offered logbuf peek q -- logsend --retry)" ""
}

@test "the shells complete the values of options that have a few" {
  assert_equal "$(offered logbuf push --sync "")" "disk os"
  assert_equal "$(offered logcat -F o)" octet
  logbuf --completions fish >script.fish
  assert_equal "$(fish -N -c 'source script.fish; complete -C "logbuf push --sync "' | cut -f 1 | xargs)" "disk os"
  logbuf --completions zsh >script.zsh
  run zsh -f -c '
    compdef() { :; }
    compadd() { print -r -- "$@"; }
    source ./script.zsh && words=(logbuf push --sync "") CURRENT=4 PREFIX= && _logbuf'
  assert_output -- "-- disk os"
}

@test "fish and zsh complete after -- as for the command there" {
  logbuf --completions fish >script.fish
  assert_equal "$(fish -N -c 'source script.fish; complete -C "logbuf peek q -- logsen"' | cut -f 1)" logsend
  logbuf --completions zsh >script.zsh
  run zsh -f -c '
    compdef() { :; }
    _normal() { print -r -- "$CURRENT of $words"; }
    source ./script.zsh && words=(logbuf peek q -- logsend --w) CURRENT=6 && _logbuf'
  assert_output "2 of logsend --w"
}

@test "zsh completes at the first call, which loads the script" {
  logsend --completions zsh >_logsend
  run zsh -f -c '
    compdef() { :; }
    compadd() { print -r -- "$@"; }
    fpath=(. $fpath) && autoload -U _logsend && words=(logsend --relp) CURRENT=2 PREFIX=--relp && _logsend'
  assert_output --regexp '^-- .*--relp-window'
}

@test "an unknown shell's completions are a usage error" {
  quietly logcat --completions csh
  assert_status 64
  assert_complaint logcat csh
}

@test "a scheme that is not built in is left to a program in PATH, with the same arguments" {
  printf '#!/bin/sh\necho "$0 $*"\n' >logcat-foo
  cp logcat-foo logsend-foo
  chmod +x logcat-foo logsend-foo
  PATH=$T:$PATH
  quietly logcat --unknown foo://host:1 -- sink
  assert_status 0
  assert_output "$T/logcat-foo --unknown foo://host:1 -- sink"
  quietly logsend --unknown -- foo://host:1
  assert_status 0
  assert_output "$T/logsend-foo --unknown -- foo://host:1"
  quietly logcat --batch 1 /dev/null -- cat foo://host:1
  assert_status 0 && assert_output ""
}

@test "an option for other addresses is a usage error that says to which it belongs" {
  is_foreign logcat --rcvbuf 1M tcp://127.0.0.1:0 tcp:// "udp:// and unixgram:"
  is_foreign logcat --max-connections 5 - stdin "tcp://, tls://, unix:, relp://, relps://, http:// and https://"
  is_foreign logcat --idle-timeout 1s udp://127.0.0.1:0 udp:// "tcp://, tls://, unix:, relp://, relps://, http:// and https://"
  is_foreign logcat --input-framing nul relp://127.0.0.1:0 relp:// "files, stdin, tcp://, tls:// and unix:"
  is_foreign logcat --max-body 1M tcp://127.0.0.1:0 tcp:// "http:// and https://"
  is_foreign logcat --tls-ca-file ca.pem messages files "tls://, relps://, https:// and amqps://"
  is_foreign logtail --multiline x buf:q buf: "files and dir:"
  is_foreign logtail --connect-timeout 1s messages files "logd:// and logds://"
  is_foreign logtail --tls-ca-file ca.pem logd://127.0.0.1 logd:// "logds://"
}

@test "bash completes the beginnings of addresses" {
  assert_equal "$(offered logcat rel)" "relp:// relps://"
  assert_equal "$(offered logcat no-such-beginning)" ""
  touch tcpdump
  assert_equal "$(offered logcat tcp)" "tcp:// tcpdump"
}

@test "make install puts every tool and page under DESTDIR" {
  make -s -C "$ROOT" MAKEFLAGS= MODE="${MODE:-release}" BUILD="$BIN" DESTDIR="$T/root" PREFIX=/usr install
  "$T/root/usr/bin/logbuf" --version
  [[ -s $T/root/usr/share/man/man1/logbuf.1 && -s $T/root/usr/share/bash-completion/completions/logsend ]]
}

@test "a program of the installation is found before one in PATH" {
  make -s -C "$ROOT" MAKEFLAGS= MODE="${MODE:-release}" BUILD="$BIN" DESTDIR="$T/root" PREFIX=/usr install
  printf '#!/bin/sh\necho "$0"\n' >logcat-foo
  chmod +x logcat-foo
  PATH=$T:$PATH
  quietly "$T/root/usr/bin/logcat" foo://host:1
  assert_output "$T/logcat-foo"
  cp logcat-foo "$T/root/usr/libexec/logpipe/"
  quietly "$T/root/usr/bin/logcat" foo://host:1
  assert_output "$T/root/usr/libexec/logpipe/logcat-foo"
}
