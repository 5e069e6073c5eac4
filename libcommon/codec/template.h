// Text with an event's fields in it: "%{timestamp} %{hostname} %{message}". "%%" is a percent sign.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/event.h"
#include "codec/field.h"

namespace codec {

class Template {
 public:
  // Of `text` from byte `from` on. Kind::usage, with the column in `text` (from 1), for what is no field's name or a
  // "%" that starts neither form.
  static base::Result<Template> compile(std::string_view text, std::size_t from = 0);

  // A field that the event lacks is nothing.
  void append(std::string& out, const Event& event) const;

  // Names no field: always the same text.
  [[nodiscard]] bool is_literal() const;

 private:
  struct Part {
    std::string literal;  // before the field
    std::optional<FieldPath> field;
  };
  std::vector<Part> parts_;
};

}  // namespace codec
