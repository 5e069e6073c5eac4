#!/bin/bash
# clang-tidy over several files as one, since most of its time goes to what they include: tidy.sh JOINED FILE... -- FLAG...
# JOINED is where they are put together. Findings are said with the file and the line where they stand.
set -euo pipefail

joined=$1
shift
files=()
while [ "$1" != -- ]; do
  files+=("$1")
  shift
done

if [ ${#files[@]} -eq 1 ]; then
  clang-tidy --quiet "${files[0]}" "$@" >"$joined.log" 2>&1 || { cat "$joined.log" >&2; exit 1; }
  exit
fi

# Not by #include: the analyzer looks only at what is written in the file that it is given.
for file in "${files[@]}"; do
  printf '#line 1 "%s"\n' "$file"
  cat "$file"
done >"$joined"

clang-tidy --quiet "$joined" "$@" >"$joined.log" 2>&1 && exit
awk -v joined="$joined" '
  FNR == NR {
    if (/^#line 1 /) { name = $3; gsub(/"/, "", name); start = FNR }
    file[FNR] = name
    line[FNR] = FNR - start
    next
  }
  (at = index($0, joined ":")) {
    rest = substr($0, at + length(joined) + 1)
    number = rest + 0
    if (number in file) $0 = file[number] ":" line[number] substr(rest, length(number) + 1)
  }
  { print }' "$joined" "$joined.log" >&2
exit 1
