// "--where EXPRESSION": which events to keep.
//
//   severity <= warning and appname == "sshd" and not message =~ "Accepted"
//
//   expression   and, or, not, parentheses; not binds closest, or loosest
//   test         FIELD == VALUE, FIELD != VALUE, FIELD =~ REGEX, FIELD !~ REGEX, or FIELD alone: the event has it
//                severity also with < <= > >=, by RFC 5424's numbers: emerg is 0, debug 7, so `severity <= warning`
//                is warnings and worse; open fields as well, by number: `status >= 500`
//   FIELD        one of those of field.h: structured_data[ID].NAME and open fields among them
//   VALUE        a word, or anything in double quotes, in which \" is a quote and \\ a backslash
//   REGEX        RE2 syntax, found anywhere in the field; in quotes, \ before anything else stays, so "\d+" works
//
// Facility and severity compare by name or number; open fields by number where both sides are JSON numbers, else by
// text; an open field that is a list if one of its elements does. A field that the event lacks is equal to nothing,
// matches nothing and has no order; != and !~ are the opposites of == and =~.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "codec/event.h"

namespace codec {

class Where {
 public:
  // Kind::usage with the column, from 1, of what is wrong.
  static base::Result<Where> compile(std::string_view text);

  [[nodiscard]] bool matches(const Event& event) const;

  class Node;

 private:
  explicit Where(std::shared_ptr<const Node> root) : root_(std::move(root)) {}
  std::shared_ptr<const Node> root_;
};

}  // namespace codec
