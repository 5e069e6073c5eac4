// kv(TEXT, prefix="...", pair_separator=" ", value_separator="="): names and values become fields.
//
//   a=1 b="x \"y\"" c='z'     a is 1, b is x "y", c is z
//
// Each byte of a separator's text separates. Values may stand in double or single quotes, where a backslash before a
// quote or a backslash stands for that. What has no value separator is passed over. The values of a repeated name are a
// list. Bytes that cannot be in the name of a field become "_". Names of known fields set those; where that cannot be,
// the event is tagged `kv_invalid`.
#pragma once

#include <memory>
#include <string>

#include "rules/function.h"

namespace rules {

class KvFunction final : public Function {
 public:
  static base::Result<std::unique_ptr<Function>> create(const Arguments& arguments, const Resources& resources);

  // Not applied: there is no pair in the text.
  Outcome apply(codec::Event& event, std::string_view subject, Workspace& workspace) const override;

 private:
  KvFunction() = default;

  std::string prefix_;
  std::string pair_separators_ = " \t\r\n";
  std::string value_separators_ = "=";
};

}  // namespace rules
