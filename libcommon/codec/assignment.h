// "--set FIELD=VALUE": gives events a field; VALUE is a template.
#pragma once

#include <string_view>

#include "base/result.h"
#include "codec/event.h"
#include "codec/field.h"
#include "codec/template.h"

namespace codec {

class Assignment {
 public:
  // Kind::usage for what is no field's name, one that cannot be set, a bad template (with the column in `text`), or a
  // value without fields that can never be right for the field.
  static base::Result<Assignment> compile(std::string_view text);

  // An error when the value that came of the template is not one for the field, which stays as it was then.
  base::Result<void> apply(Event& event) const;

 private:
  FieldPath field_;
  Template value_;
};

}  // namespace codec
