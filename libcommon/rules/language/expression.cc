#include "rules/language/expression.h"

#include <algorithm>

namespace rules::language {

bool Expression::is_constant() const {
  return std::ranges::none_of(parts_, [](const Part& part) { return part.field.has_value(); });
}

std::string Expression::constant() const {
  std::string text;
  for (const Part& part : parts_) text += part.text;
  return text;
}

std::string Expression::written() const {
  std::string text;
  for (const Part& part : parts_) text += part.written;
  return text;
}

const codec::FieldPath* Expression::field() const {
  return parts_.size() == 1 && parts_.front().field ? &*parts_.front().field : nullptr;
}

bool Expression::append_single(std::string& out, const codec::Event& event) const {
  for (const Part& part : parts_) {
    if (!part.field) {
      out += part.text;
      continue;
    }
    bool found = false;
    const bool several = codec::any_field_text(event, *part.field, [&](std::string_view text) {
      if (found) return true;
      found = true;
      out += text;
      return false;
    });
    if (several) return false;
  }
  return true;
}

std::optional<std::vector<std::string>> Expression::texts(const codec::Event& event) const {
  std::vector<std::string> all{{}};
  for (const Part& part : parts_) {
    std::vector<std::string> these;
    if (part.field) {
      codec::any_field_text(event, *part.field, [&these](std::string_view text) {
        these.emplace_back(text);
        return these.size() > kMostTexts;
      });
      if (these.empty()) these.emplace_back();
    } else {
      these.push_back(part.text);
    }
    if (all.size() * these.size() > kMostTexts) return {};
    std::vector<std::string> longer;
    longer.reserve(all.size() * these.size());
    std::size_t bytes = 0;
    for (const std::string& start : all) {
      for (const std::string& end : these) {
        bytes += start.size() + end.size();
        if (bytes > kMostBytes) return {};
        longer.push_back(start + end);
      }
    }
    all = std::move(longer);
  }
  return all;
}

}  // namespace rules::language
