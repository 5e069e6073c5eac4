# The examples of a man page in mdoc as scripts: awk -v dir=DIR -f scripts/examples.awk man/TOOL.1
#
# Each .Bd -literal block under .Sh EXAMPLES becomes DIR/NN.sh; `.\" example: ...` before it becomes DIR/NN.how.
# With -v tests=TITLE instead, a bats test is printed for each of them: "TITLE, example NN: the words that introduce it".

/^\.Sh / { examples = $2 == "EXAMPLES" }
!examples { next }
/^\.\\" example: / { how = substr($0, length(".\\\" example: ") + 1) }
/^\.Pp/ || /^\.Sh/ { words = "" }
tests != "" && !inside && /^[^.]|^\.(Xr|Ql|Fl|Cm|Pa) / {
  if ($1 == ".Xr") $0 = $2 "(" $3 ")"
  sub(/^\.[A-Z][a-z] /, "")
  words = words (words == "" ? "" : " ") $0
}
/^\.Bd -literal/ {
  number = sprintf("%02d", ++count)
  name = dir "/" number
  inside = 1
  if (tests != "") {
    gsub(/\\&/, "", words)
    gsub(/["`$\\]|[:.]$/, "", words)
    printf "@test \"%s, example %s: %s\" { example %s; }\n", tests, number, words, number
    next
  }
  printf "" > (name ".sh")
  print how > (name ".how")
  how = ""
  next
}
/^\.Ed/ { inside = 0 }
inside && tests == "" {
  sub(/^\\&/, "")
  gsub(/\\&/, "")
  gsub(/\\\(aq/, "'")
  gsub(/\\\(dq/, "\"")
  gsub(/\\\(ti/, "~")
  gsub(/\\\(ha/, "^")
  gsub(/\\\(ga/, "`")
  gsub(/\\-/, "-")
  gsub(/\\e/, "\\")
  print > (name ".sh")
}
