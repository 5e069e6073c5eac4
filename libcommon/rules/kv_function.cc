#include "rules/kv_function.h"

#include <algorithm>
#include <utility>

#include "codec/open_fields.h"
#include "rules/arguments.h"
#include "rules/kv_reader.h"
#include "rules/named_fields.h"

namespace rules {
namespace {

constexpr char kKv[] = "kv";

base::Result<void> take_separators(const Arguments& arguments, std::string_view label, std::string& separators) {
  const auto text = option_of(arguments, label);
  if (!text) return {};
  if (text->empty()) return bad_argument(kKv, std::string(label) + " is empty");
  separators = *text;
  return {};
}

// A name that an open field can have. The view is of either.
std::string_view field_name(std::string_view name, std::string& space) {
  if (codec::is_open_field_name(name)) return name;
  const auto is_good = [](char c) { return c > ' ' && c != 0x7f && c != '[' && c != ']'; };
  space.assign(name);
  std::ranges::replace_if(
      space, [&](char c) { return !is_good(c); }, '_');
  return space;
}

}  // namespace

base::Result<std::unique_ptr<Function>> KvFunction::create(const Arguments& arguments, const Resources&) {
  TRY(check_arguments(arguments, kKv, 0, 0, {"prefix", "pair_separator", "value_separator"}));
  std::unique_ptr<KvFunction> function(new KvFunction);
  function->prefix_ = TRY(prefix_of(arguments, kKv));
  TRY(take_separators(arguments, "pair_separator", function->pair_separators_));
  TRY(take_separators(arguments, "value_separator", function->value_separators_));
  if (function->pair_separators_.find_first_of(function->value_separators_) != std::string::npos)
    return bad_argument(kKv, "pair_separator and value_separator have a byte in common");
  return function;
}

Outcome KvFunction::apply(codec::Event& event, std::string_view subject, Workspace& workspace) const {
  KvReader pairs(subject, pair_separators_, value_separators_);
  NamedFields fields(event, workspace, prefix_);
  std::string space;
  bool any = false;
  while (pairs.next()) {
    fields.add_text(field_name(pairs.name(), space), pairs.value());
    any = true;
  }
  if (!any) return Outcome::not_applied;
  fields.finish(codec::OpenFieldBatch::Names::list, "kv_invalid");
  return Outcome::applied;
}

}  // namespace rules
