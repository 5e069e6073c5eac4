# The library that programs log with, under what programs do: threads, plug-ins, signals, fork, clocks that are set

load helper
load mulog

@test "the thread sanitizer has nothing to say about 16 threads" {
  gcc -std=gnu11 -Wno-tsan -O1 -g -fsanitize=thread -I"$ROOT/libcommon" -I"$ROOT/libcommon/mulog" \
    "$ROOT"/libcommon/mulog/*.c "$ROOT/tests/mulog/sixteen.c" -pthread -o sixteen
  MULOG_DIR=$T/rings quietly ./sixteen
  assert_status 0
  [[ -z $stderr ]] || fail "$stderr"
}

@test "a plug-in that logs can be unloaded, and what it logged is there" {
  install_mulog
  STD=gnu99 compile plugin.c -shared -fPIC
  STD=gnu99 compile host.c -Wl,--as-needed
  assert_equal "$(readelf -d host | grep -c libmulog)" 0
  ./host ./plugin 20
  read_rings
  assert_equal "$(events number | sort -n | uniq -c | awk '{ print $2 "*" $1 }' | paste -sd ' ')" "-1*20 $(seq -s ' ' -f '%g*1' 0 19)"
  assert_equal "$(events text | sort -u)" "in the plug-in"
  # The context that it has left open goes on.
  assert_equal "$(jq -r '.number, .plugin' logcat.out | grep -c 'its context')" 19
}

@test "times follow a clock that is set, forward and back" {
  install_mulog
  STD=gnu99 compile steps.c "$ROOT/tests/clock_ahead.c"
  ./steps
  read_rings
  jq -s -e 'map(select(.["mulog/event-name"] == "set")) | map({offset, off: (.["mulog/timestamp"] / 1000 - (.clock | sub("\\..*"; "Z") | fromdate))})
    | length == 4 and all(.off > -1 and .off < 2)' logcat.out
  # Order is that of the log calls, whatever the clock said.
  assert_equal "$(jq -r 'select(.["mulog/event-name"] == "set").offset' logcat.out | paste -sd ' ')" "0 3600 -86400 0"
}

@test "a signal handler logs, and what it cannot is counted" {
  install_mulog
  STD=gnu99 compile handler.c
  MULOG_RING_SIZE=$((64 << 20)) ./handler
  read_rings
  jq -s -e 'map(select(.["mulog/event-name"] == "in-thread")) | length > 100
    and all(.outer == .count and .text == .parity and .signal == null)' logcat.out
  jq -s -e 'map(select(.["mulog/event-name"] == "in-handler")) | length > 10
    and all(.signal == 14 and .text == "of the handler")' logcat.out
}

@test "a process that forks while its threads log loses nothing of its children" {
  install_mulog
  STD=gnu99 compile forks.c
  MULOG_RING_SIZE=16384 ./forks
  read_rings
  assert_equal "$(events child | grep -v null | sort -n | paste -sd ' ')" "$(seq -s ' ' 0 39)"
  jq -s -e 'map(select(.["mulog/event-name"] == "in-child")) | all(.parent > 0 and .parent != .pid)' logcat.out
  jq -s -e 'map(select(.["mulog/event-name"] == "in-thread") | .pid) | unique | length == 1' logcat.out
}

@test "a thread for whose ring there is no room is counted, and the others log" {
  install_mulog
  compile shop.cpp
  quietly bash -c 'ulimit -f 1400; ./shop' # KiB: for one ring
  assert_status 1
  [[ -z $output && -z $stderr ]] || fail "it said: $output $stderr"
  read_rings
  assert_equal "$(events | sort | uniq -c | awk '{ print $2, $1 }' | paste -sd ' ')" "any 3 last 1 values 1"
}

@test "find_package(mulog) has the shared and the static library" {
  install_plain_mulog
  export LD_LIBRARY_PATH=$T/root/usr/lib
  cat >CMakeLists.txt <<'.'
cmake_minimum_required(VERSION 3.16)
project(shop C)
find_package(mulog 0.1.0 REQUIRED)
foreach(library mulog static)
  add_executable(${library} shop.c)
  target_link_libraries(${library} mulog::${library})
endforeach()
.
  cp "$ROOT/tests/mulog/shop.c" .
  export MULOG_DIR=$T/rings CMAKE_PREFIX_PATH=$T/root/usr
  cmake -B build >/dev/null
  cmake --build build >/dev/null
  build/mulog
  build/static
  assert_equal "$(readelf -d build/mulog | grep -o 'libmulog[^]]*')" libmulog.so.0
  assert_equal "$(readelf -d build/static | grep -c libmulog)" 0
  read_rings
  assert_equal "$(events | sort | uniq -c | awk '{ print $2, $1 }' | paste -sd ' ')" "all 2 order-placed 2"
  # A version that is newer than what is installed, or of another interface, is not found.
  for wanted in 0.99 1.0; do
    sed -i "s/mulog [0-9.]* REQ/mulog $wanted REQ/" CMakeLists.txt
    quietly cmake -B "build.$wanted"
    assert_status 1
    [[ $stderr == *"0.1.0"* ]] || fail "$stderr"
  done
}

@test "a disk that is full is found when a ring is made, and the program runs on" {
  install_mulog
  compile shop.cpp
  mkdir rings
  # Room for the head of a file, the call sites and one ring.
  unshare -m mount -t tmpfs -o size=1400k none rings 2>/dev/null || skip "kernel: mount is not permitted"
  # shellcheck disable=SC2016 # for the shell in it
  unshare -m bash -c 'mount -t tmpfs -o size=1400k none rings && { ./shop; echo "$?" >ended; cp rings/*.ring .; }'
  assert_equal "$(cat ended)" 1 # not SIGBUS
  mv ./*.ring rings
  read_rings
  assert_equal "$(events | sort | uniq -c | awk '{ print $2, $1 }' | paste -sd ' ')" "any 2 last 1 values 1"
}

@test "1,024 threads have a ring each, and more are counted" {
  install_mulog
  STD=gnu99 compile many.c
  MULOG_RING_SIZE=16384 ./many 1030
  read_rings
  assert_equal "$(events | sort | uniq -c | awk '{ print $2, $1 }')" "one-of-many 1024"
}

@test "a program in another process namespace is read while it lives, and its file is removed when it is dead" {
  install_mulog
  compile waiting.c
  unshare -p -f -m --mount-proc true 2>/dev/null || skip "kernel: namespaces are not permitted"
  start program unshare -p -f -m --mount-proc --kill-child ./waiting
  eventually some_rings
  start logcat logcat "ring:$T/rings" --poll 5ms -- logbuf push q
  eventually logged_in q
  [[ $(logbuf cat q | jq .pid) == 1 ]] || fail "$(logbuf cat q)"
  stop logcat # its receipt has removed the file of a program that it took for dead
  some_rings || fail "the file of a program that lives is removed"
  stop program KILL
  read_rings
}
some_rings() { compgen -G "$T/rings/*.ring" >/dev/null; }
logged_in() { [[ -n $(logbuf cat "$1" 2>/dev/null) ]]; }
