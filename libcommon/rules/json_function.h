// json(TEXT, prefix="..."): the members of a JSON object become fields, with the types that they have. Members that
// name a known field set that; where that cannot be, the event is tagged `json_invalid`.
#pragma once

#include <memory>
#include <string>

#include "rules/function.h"

namespace rules {

class JsonFunction final : public Function {
 public:
  static base::Result<std::unique_ptr<Function>> create(const Arguments& arguments, const Resources& resources);

  // Not applied: the text is no JSON object.
  Outcome apply(codec::Event& event, std::string_view subject, Workspace& workspace) const override;

 private:
  explicit JsonFunction(std::string prefix) : prefix_(std::move(prefix)) {}

  std::string prefix_;
};

}  // namespace rules
