// Makes functions for the calls of a program. What all of them need is read when the first one is made.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rules/function.h"
#include "rules/language/program.h"

namespace rules::language {

class Functions {
 public:
  // `environment` must outlive this.
  explicit Functions(const Environment& environment) : environment_(environment) {}

  // The route to a sink; nothing: there is no sink of this name.
  [[nodiscard]] std::optional<stream::Route> sink_named(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> sink_names() const;

  base::Result<std::unique_ptr<Function>> create(const FunctionKind& kind, const Arguments& arguments);
  base::Result<std::shared_ptr<const Packer>> create_packer(const FunctionKind& kind, const Arguments& arguments);

 private:
  base::Result<void> load();

  const Environment& environment_;
  std::optional<Patterns> patterns_;
};

}  // namespace rules::language
