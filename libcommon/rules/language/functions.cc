#include "rules/language/functions.h"

#include <algorithm>

namespace rules::language {

base::Result<void> Functions::load() {
  Patterns patterns;
  if (const std::string shipped = shipped_patterns_folder(); !shipped.empty()) TRY(patterns.add_directory(shipped));
  for (const std::string& folder : environment_.pattern_folders) TRY(patterns.add_directory(folder));
  patterns_ = std::move(patterns);
  return {};
}

std::vector<std::string> Functions::sink_names() const {
  std::vector<std::string> names = environment_.sinks;
  names.insert(names.begin(), kDefaultSink);
  return names;
}

std::optional<stream::Route> Functions::sink_named(std::string_view name) const {
  const std::vector<std::string> names = sink_names();
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return {};
  return stream::kDefaultRoute << (found - names.begin());
}

base::Result<std::unique_ptr<Function>> Functions::create(const FunctionKind& kind, const Arguments& arguments) {
  if (!patterns_) TRY(load());
  Resources resources;
  resources.patterns = &*patterns_;
  resources.geoip_database = environment_.geoip_database;
  resources.hmac_key_file = environment_.hmac_key_file;
  resources.report = environment_.report;
  return kind.create(arguments, resources);
}

base::Result<std::shared_ptr<const Packer>> Functions::create_packer(const FunctionKind& kind,
                                                                     const Arguments& arguments) {
  const auto create_function = [this](std::string_view name, const Arguments& given) {
    return create(*function_named(name), given);
  };
  return Packer::compile(kind, arguments, create_function, !environment_.hmac_key_file.empty());
}

}  // namespace rules::language
