#!/usr/bin/env python3
"""Finds assertions in bats files that cannot fail: scripts/assertions.py FILE...

Bats runs a test with errexit, and bash ignores a failure where something looks at the exit status:

  and        a && b        that is not the last statement: nobody notices that a fails
  not        ! a           that is not the last statement: nobody notices that a succeeds
  condition  f || fail     (if f, until f, eventually f, run f): in the function f only the last statement counts, so
                           that a test in front of it decides nothing
  pause      pause 0.3     in front of a test: what has not happened by then may happen later, or could not have
                           happened yet; wait for an event after which it must have

Each is printed as FILE:LINE: KIND: STATEMENT, and the exit status is 1. `a && b || c` and `! a || b` are whole: what
fails there is looked at. What is read is not all of the shell's grammar, but the part that the tests use.
"""
import re
import sys

OPENERS = {"if", "while", "until", "for", "case", "elif"}
BEFORE = r"(?:then|do|else|\{|\w[\w.-]*\(\) \{|@test \S+ \{)"
TESTS = re.compile(r"(\[\[|\(\(|\[ |test |assert_|cmp |diff |grep -\w*q|refute_)")


class Statement:
    def __init__(self, line, text):
        self.line, self.text, self.last = line, text, False


def logical_lines(text):
    """(number, line) without comments, here-documents, and what is in quotes or in parentheses."""
    number, out, start, depth, quote, ends = 1, "", 1, [], "", []
    i = 0
    while i < len(text):
        c = text[i]
        if c == "\n":
            number += 1
        if quote:
            if c == "\\" and quote != "'":
                number += text[i + 1:i + 2] == "\n"
                i += 1
            elif c == quote:
                quote = ""
                out += "_" if not depth else ""
            elif text.startswith("$(", i) and quote == '"':
                depth.append('"')
                quote = ""
                i += 1
        elif c == "\\":
            number += text[i + 1:i + 2] == "\n"
            out += " " if text[i + 1:i + 2] == "\n" and not depth else "_"
            i += 1
        elif c in "\"'":
            quote = "$'" if c == "'" and text[i - 1] == "$" else c
            if quote == "$'":
                i, lines = skip_ansi(text, i)
                number += lines
                quote = ""
                out += "_" if not depth else ""
        elif c == "#" and (i == 0 or text[i - 1] in " \t\n;"):
            i = text.find("\n", i) - 1
        elif c == "(" and not text.startswith("()", i):
            depth.append("")
            out += "(" if len(depth) == 1 or out.endswith("(") else ""
        elif c == ")" and depth:
            quote = depth.pop()
            out += ")" if not depth and not quote else ""
        elif c == "\n" and not depth:
            joined = out.rstrip().endswith(("&&", "||", "|"))
            if out.strip() and not joined:
                yield start, out.strip()
            out = out.rstrip() + " " if joined else ""
            start = start if joined else number
            for end in ends:
                close = re.compile(r"^\t*" + re.escape(end) + r"$", re.M).search(text, i + 1)
                number += text.count("\n", i + 1, close.end() + 1) if close else 0
                i = close.end() if close else len(text)
                start = number
            ends = []
        else:
            here = re.match(r"<<-?\s*['\"]?(\w+)['\"]?", text[i:]) if c == "<" and text[i - 1] != "<" else None
            if here and not text.startswith("<<<", i):
                ends.append(here[1])
                i += here.end() - 1
            elif not depth:
                out += c
        i += 1


def skip_ansi(text, i):
    lines, i = 0, i + 1
    while text[i] != "'":
        i += text[i] == "\\"
        lines += text[i] == "\n"
        i += 1
    return i, lines


def statements(text):
    """Those of each function and test, in order: (name, [Statement]). The last of each is marked."""
    name, found = "", []
    for number, line in logical_lines(text):
        begin = re.match(r"(?:@test (\S+)|([\w.-]+)\(\)) [{(]", line)
        if begin:
            name, found = begin[1] and "@test" or begin[2], []
            line = line[begin.end():]
        if not name:
            continue
        end = line in ("}", ")") or begin and re.search(r"[;&]? ?[})]$", line)
        if begin and end:
            line = re.sub(r"[;&]? ?[})]$", "", line)
        for part in re.split(r";;?| & ", line if line not in ("}", ")") else ""):
            part = re.sub(rf"^\s*(?:{BEFORE}\s+)*", "", part.strip())
            if part:
                found.append(Statement(number, part))
        if end:
            if found:
                found[-1].last = True
            yield name, found
            name, found = "", []


def condition_names(text):
    """Functions whose exit status something looks at."""
    names = set(re.findall(r"\b(?:eventually|run|quietly)\s+(?:-\S+\s+)*(\w+)", text))
    for _, line in logical_lines(text):
        for part in re.split(r";", line):
            part = re.sub(rf"^\s*(?:{BEFORE}\s+)*", "", part.strip())
            words = re.findall(r"(?:^|&&|\|\|)\s*(?:if|elif|while|until)?\s*(?:!\s*)?([\w.-]+)", part)
            if "||" in part or "&&" in part or re.match(r"(if|elif|while|until) ", part):
                names.update(words)
    return names


def complaints(text):
    named = condition_names(text)
    polled = set(re.findall(r"\beventually (\w+)", text))
    for name, body in statements(text):
        for each, after in zip(body, body[1:] + body[-1:]):
            word = each.text.split()[0]
            whole = "||" in each.text or word in OPENERS
            if word == "pause" and TESTS.match(after.text) and name not in polled:
                yield each, "pause"
            if each.last or whole:
                continue
            if re.search(r"(?<!\[)&&", re.sub(r"\[\[.*?\]\]", "", each.text)):
                yield each, "and"
            elif word == "!":
                yield each, "not"
            elif name in named and TESTS.match(each.text):
                yield each, "condition"


def main(paths):
    bad = False
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for each, kind in complaints(file.read()):
                bad = True
                print(f"{path}:{each.line}: {kind}: {each.text}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
