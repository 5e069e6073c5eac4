#include "codec/template.h"

#include <algorithm>

#include "base/quote.h"

namespace codec {

base::Result<Template> Template::compile(std::string_view text, std::size_t from) {
  const auto refuse = [&](std::size_t at, const std::string& why) {
    return base::fail(base::Kind::usage, "compile template " + base::quote(text, 200),
                      "column " + std::to_string(at + 1) + ": " + why);
  };
  Template result;
  Part part;
  for (std::size_t at = from; at < text.size();) {
    const std::size_t percent = std::min(text.find('%', at), text.size());
    part.literal += text.substr(at, percent - at);
    at = percent;
    if (at == text.size()) break;
    const std::string_view rest = text.substr(at + 1);
    if (!rest.empty() && rest[0] == '%') {
      part.literal += '%';
      at += 2;
      continue;
    }
    const std::size_t close = rest.find('}');
    if (rest.empty() || rest[0] != '{') return refuse(at, "% starts neither %{FIELD} nor %%");
    if (close == std::string_view::npos) return refuse(at, "%{ has no }");
    const std::string_view name = rest.substr(1, close - 1);
    part.field = field_named(name);
    if (!part.field) return refuse(at + 2, "no field is named " + base::quote(name) + "; there are " + field_names());
    result.parts_.push_back(std::move(part));
    part = {};
    at += close + 2;
  }
  if (!part.literal.empty()) result.parts_.push_back(std::move(part));
  return result;
}

void Template::append(std::string& out, const Event& event) const {
  std::string space;
  for (const Part& part : parts_) {
    out += part.literal;
    if (part.field) out += field_text(event, *part.field, space);
  }
}

bool Template::is_literal() const {
  return std::none_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.field.has_value(); });
}

}  // namespace codec
