# scripts/assertions.py, by which `make lint` finds assertions that cannot fail.

load helper

# What is found in a file of this content.
found() {
  sed 's/^TEST/@test "planted"/' >planted.bats # bats would take it for one of its own
  quietly python3 -B "$ROOT/scripts/assertions.py" planted.bats
}

assert_found() {
  assert_status 1
  assert_output "$(printf 'planted.bats:%s\n' "$@")"
}

@test "an && list that is not the last statement" {
  found <<'END'
TEST {
  [[ -e a ]] && [[ -e b ]]
  for n in 1 2; do
    cmp a b && cmp a c
  done
  {
    true && false
  } >out
  cmp a b && cmp a c
}
END
  assert_found '2: and: [[ -e a ]] && [[ -e b ]]' '4: and: cmp a b && cmp a c' '7: and: true && false'
}

@test "a negated command that is not the last statement" {
  found <<'END'
TEST {
  ! grep -q a file
  true
  ! grep -q b file
}
END
  assert_found '2: not: ! grep -q a file'
}

@test "a test in a function whose exit status something looks at" {
  found <<'END'
by_or() {
  [[ -e a ]]
  ((b > 0))
}
polled() {
  grep -q a file
  true
}
alone() {
  [[ -e a ]]
  true
}
TEST {
  by_or || fail "neither"
  eventually polled
  alone
}
END
  assert_found '2: condition: [[ -e a ]]' '6: condition: grep -q a file'
}

@test "a pause before a test" {
  found <<'END'
TEST {
  pause 0.3
  [[ ! -s out ]]
  pause 0.3
  kill -KILL "$victim"
}
END
  assert_found '2: pause: pause 0.3'
}

@test "what is in quotes, here-documents, subshells and whole lists is passed over" {
  found <<'END'
TEST {
  sh -c 'a && b
    ! c'
  cat >script <<EOS
a && b
EOS
  (cd d && rm -- *)
  a=$(b && c)
  a && b || fail "neither"
  ! a || b
  [[ a && ! b ]] # a && b
  if a && b; then c; fi
  echo "$(echo "a && b")" last
}
END
  assert_status 0
  assert_output ""
}

@test "the project's own tests have none" {
  python3 -B "$ROOT/scripts/assertions.py" "$ROOT"/tests/*.bats "$ROOT"/tests/*.bash
}
