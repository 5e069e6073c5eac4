// grok("PATTERN", ..., prefix="..."): fields by patterns. The first pattern that matches somewhere in the text sets its
// captures as fields, and `grok_pattern` to its own name.
//
// A pattern is an expression (patterns.h) or only a name. What was captured empty sets nothing; of several captures
// with one name the first that is not empty counts. A capture that names a known field (codec/field.h) sets that; where
// the text is no value for it, the field stays as it was, and the event is tagged `grok_invalid`.
//
// A pattern that takes too long (regex.h) ends the search: the event is tagged `grok_limit`.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/field.h"
#include "rules/function.h"
#include "rules/patterns.h"
#include "rules/regex.h"

namespace rules {

class Grok final : public Function {
 public:
  // Kind::usage for a bad expression, Kind::config for a pattern that is bad: that names file and line.
  static base::Result<std::unique_ptr<Grok>> compile(const Patterns& patterns, std::span<const std::string> expressions,
                                                     std::string_view prefix = {});

  // For function_kinds(): the values are patterns; options are prefix, and field: where to look instead of the message.
  static base::Result<std::unique_ptr<Function>> create(const Arguments& arguments, const Resources& resources);

  Outcome apply(codec::Event& event, std::string_view subject, Workspace& workspace) const override;

 private:
  struct Target {
    codec::FieldPath field;
    CaptureType type = CaptureType::text;
    std::string key;               // of an open field: codec::open_field_key()
    std::vector<unsigned> groups;  // the first that is not empty
  };
  struct Choice {
    Regex regex;
    std::string name;  // of the pattern, as a JSON string
    std::vector<Target> targets;
  };

  static base::Result<Choice> choice_of(const Patterns& patterns, const std::string& expression,
                                        std::string_view prefix);
  static base::Result<void> add_target(Choice& choice, const Capture& capture, unsigned group, std::string_view prefix);
  void take(const Choice& choice, codec::Event& event, std::string_view subject, Workspace& workspace) const;

  std::vector<Choice> choices_;
  std::optional<codec::FieldPath> source_;  // instead of the subject
};

}  // namespace rules
