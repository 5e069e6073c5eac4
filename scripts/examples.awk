# The examples of a man page in mdoc as scripts: awk -v dir=DIR -f scripts/examples.awk man/TOOL.1
#
# Each .Bd -literal block under .Sh EXAMPLES becomes DIR/NN.sh; `.\" example: ...` before it becomes DIR/NN.how.
# The lines of a skipped block become NN.sh as well: what to do with them is the reader's decision.

/^\.Sh / { examples = $2 == "EXAMPLES" }
!examples { next }
/^\.\\" example: / { how = substr($0, length(".\\\" example: ") + 1) }
/^\.Bd -literal/ {
  name = sprintf("%s/%02d", dir, ++count)
  inside = 1
  printf "" > (name ".sh")
  print how > (name ".how")
  how = ""
  next
}
/^\.Ed/ { inside = 0 }
inside {
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
