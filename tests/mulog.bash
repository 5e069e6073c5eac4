# For the bats files of mulog; load it after helper.
#
#   install_mulog            the library and headers into $T/root
#   install_plain_mulog      the same without sanitizers, for programs that are built by commands of their own
#   compile NAME [FLAG...]   tests/mulog/NAME, a .c or .cpp file, with the installed headers and library, to $T/NAME without suffix
#   read_rings               all of $T/rings to logcat.out, until their programs have ended
#   events [FIELD]           what logcat.out has: the names of the events, or this member of them
#
# shellcheck shell=bash disable=SC2154

install_mulog() {
  make -s -C "$ROOT" MAKEFLAGS= MODE="${MODE:-release}" BUILD="$BIN" DESTDIR="$T/root" PREFIX=/usr install-mulog
}

install_plain_mulog() {
  [[ ${MODE:-release} == release ]] || local BIN=$T/plain
  MODE=release install_mulog
}

compile() {
  local flags sanitizer=() source=$ROOT/tests/mulog/$1 to=${1%.*}
  shift
  [[ ${MODE:-release} == release ]] || sanitizer=(-fsanitize="${SANITIZER:-$([[ $MODE == tsan ]] && echo thread || echo address,undefined)}")
  flags=$(PKG_CONFIG_PATH=$T/root/usr/lib/pkgconfig pkg-config --static --cflags --libs --define-prefix mulog)
  # shellcheck disable=SC2086 # words
  case $source in
    *.c) gcc -std="${STD:-c89}" -pedantic -Wall -Wextra -Werror -O1 "${sanitizer[@]}" "$@" "$source" $flags -o "$to" ;;
    *) g++ -std=c++20 -Wall -Wextra -Werror -O1 "${sanitizer[@]}" "$@" "$source" $flags -o "$to" ;;
  esac
  export LD_LIBRARY_PATH=$T/root/usr/lib MULOG_DIR=$T/rings
}

read_rings() {
  start logcat logcat "ring:$T/rings" --poll 5ms
  eventually no_rings
  stop logcat
  [[ ! -s logcat.err ]] || fail "$(cat logcat.err)"
}
no_rings() { ! compgen -G "$T/rings/*.ring" >/dev/null; }

events() { jq -r ".\"${1:-mulog/event-name}\"" logcat.out; }
