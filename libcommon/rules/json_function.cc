#include "rules/json_function.h"

#include <utility>

#include "codec/json_visit.h"
#include "rules/arguments.h"
#include "rules/named_fields.h"

namespace rules {

base::Result<std::unique_ptr<Function>> JsonFunction::create(const Arguments& arguments, const Resources&) {
  TRY(check_arguments(arguments, "json", 0, 0, {"prefix"}));
  std::string prefix = TRY(prefix_of(arguments, "json"));
  return std::unique_ptr<Function>(new JsonFunction(std::move(prefix)));
}

Outcome JsonFunction::apply(codec::Event& event, std::string_view subject, Workspace& workspace) const {
  const std::string_view object = codec::json_trimmed(subject);
  if (!object.starts_with('{') || !codec::is_json(object)) return Outcome::not_applied;
  NamedFields fields(event, workspace, prefix_);
  codec::each_member(object, [&](std::string_view name, std::string_view value) {
    fields.add_json(name, value);
    return true;
  });
  fields.finish(codec::OpenFieldBatch::Names::last, "json_invalid");
  return Outcome::applied;
}

}  // namespace rules
