#include "rules/patterns.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "base/io.h"
#include "base/quote.h"
#include "codec/field.h"
#include "rules/regex.h"

namespace rules {
namespace {

constexpr std::size_t kLongest = std::size_t{1} << 20;  // of an expression with its patterns in place
constexpr std::size_t kLargestFile = std::size_t{4} << 20;
constexpr std::size_t kDeepest = 64;  // patterns in patterns

bool is_name_byte(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_name_byte);
}

struct Reference {
  std::string_view name;
  std::string_view field;
  std::string_view type;
};

// "NAME:field:type", what stands between %{ and }.
Reference read_reference(std::string_view text) {
  Reference reference;
  const std::size_t first = std::min(text.find(':'), text.size());
  reference.name = text.substr(0, first);
  if (first == text.size()) return reference;
  text.remove_prefix(first + 1);
  const std::size_t second = std::min(text.find(':'), text.size());
  reference.field = text.substr(0, second);
  if (second < text.size()) reference.type = text.substr(second + 1);
  return reference;
}

// Calls visit(literal, reference or null, column) for the parts of an expression, in order, until it fails.
template <class Visit>
base::Result<void> each_part(std::string_view expression, Visit&& visit) {
  std::size_t at = 0;
  for (;;) {
    const std::size_t start = expression.find("%{", at);
    if (start == std::string_view::npos) return visit(expression.substr(at), nullptr, expression.size());
    const std::size_t end = expression.find('}', start);
    if (end == std::string_view::npos)
      return base::fail(base::Kind::usage, "column " + std::to_string(start + 1), "%{ has no }");
    const Reference reference = read_reference(expression.substr(start + 2, end - start - 2));
    TRY(visit(expression.substr(at, start - at), &reference, start));
    at = end + 1;
  }
}

base::Result<CaptureType> type_named(std::string_view name) {
  if (name.empty()) return CaptureType::text;
  if (name == "int") return CaptureType::integer;
  if (name == "float") return CaptureType::real;
  return base::fail(base::Kind::usage, base::quote(name), "no type of a field; there are int and float");
}

base::Result<void> check_field(std::string_view name) {
  const auto field = codec::field_named(name);
  if (!field) return base::fail(base::Kind::usage, base::quote(name), "it cannot be the name of a field");
  if (!codec::can_set(field->field))
    return base::fail(base::Kind::usage, base::quote(name), "this field follows from others and cannot be set");
  return {};
}

}  // namespace

// Puts patterns in their places, and knows in which pattern it is.
class Patterns::Expander {
 public:
  explicit Expander(const Patterns& patterns) : patterns_(patterns) {}

  base::Result<void> expand(std::string_view expression) {
    return each_part(expression, [&](std::string_view literal, const Reference* reference, std::size_t at) {
      return take(literal, reference, at);
    });
  }

  ExpandedPattern take_result() { return std::move(result_); }

 private:
  base::Result<void> take(std::string_view literal, const Reference* reference, std::size_t at) {
    result_.regex += literal;
    if (result_.regex.size() > kLongest) return refuse(at, "the expression", "it is over a mebibyte with its patterns");
    if (reference == nullptr) return {};
    const auto known = patterns_.patterns_.find(reference->name);
    if (known == patterns_.patterns_.end()) return refuse(at, base::quote(reference->name), "no pattern has this name");
    TRY(open_group(*reference, at));
    TRY(enter(*known, at));
    result_.regex += ')';
    return {};
  }

  base::Result<void> open_group(const Reference& reference, std::size_t at) {
    const auto type = type_named(reference.type);
    if (!type) return refuse(at, type.error().what, type.error().why);
    if (reference.field.empty()) {
      result_.regex += "(?:";
      return {};
    }
    if (const auto good = check_field(reference.field); !good) return refuse(at, good.error().what, good.error().why);
    result_.regex.append("(?<_").append(std::to_string(result_.captures.size())).append(">");
    result_.captures.push_back({std::string(reference.field), *type});
    return {};
  }

  base::Result<void> enter(const std::pair<const std::string, Pattern>& pattern, std::size_t at) {
    const auto open = std::ranges::find(path_, &pattern);
    if (open != path_.end()) {
      std::string circle;
      for (auto each = open; each != path_.end(); ++each) circle.append((*each)->first).append(" -> ");
      return refuse(at, "pattern " + pattern.first, "it refers to itself: " + circle + pattern.first);
    }
    if (path_.size() == kDeepest)
      return refuse(at, "pattern " + pattern.first, "patterns in patterns are over 64 deep");
    path_.push_back(&pattern);
    const base::Result<void> expanded = expand(pattern.second.expression);
    if (!expanded) return expanded.error().kind == base::Kind::config ? expanded : refuse_here(expanded.error());
    path_.pop_back();
    return {};
  }

  // In the pattern that is being read; else in the expression itself.
  base::Result<void> refuse(std::size_t at, const std::string& what, const std::string& why) const {
    if (path_.empty()) return base::fail(base::Kind::usage, "column " + std::to_string(at + 1) + ": " + what, why);
    return base::fail(base::Kind::config, path_.back()->second.origin + ": " + what, why);
  }
  base::Result<void> refuse_here(const base::Error& error) const {
    return base::fail(base::Kind::config, path_.back()->second.origin + ": " + error.what, error.why);
  }

  const Patterns& patterns_;
  ExpandedPattern result_;
  std::vector<const std::pair<const std::string, Pattern>*> path_;
};

base::Result<void> Patterns::add(std::string_view name, std::string_view expression, std::string origin) {
  if (!is_name(name))
    return base::fail(base::Kind::config, origin + ": " + base::quote(name), "it cannot be the name of a pattern");
  if (expression.empty())
    return base::fail(base::Kind::config, origin + ": pattern " + std::string(name), "its expression is missing");
  patterns_.insert_or_assign(std::string(name), Pattern{std::string(expression), std::move(origin)});
  return {};
}

base::Result<void> Patterns::add_file(const std::string& path) {
  const std::string text = TRY(base::read_file(path, kLargestFile, "pattern file"));
  std::string_view rest = text;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    const std::size_t space = std::min(line.find_first_of(" \t"), line.size());
    const std::size_t start = std::min(line.find_first_not_of(" \t", space), line.size());
    TRY(add(line.substr(0, space), line.substr(start), path + ":" + std::to_string(number)));
  }
  return {};
}

base::Result<void> Patterns::add_directory(const std::string& path) {
  std::error_code error;
  std::vector<std::string> files;
  for (std::filesystem::directory_iterator each(path, error), end; !error && each != end; each.increment(error)) {
    const std::string name = each->path().filename();
    if (!name.starts_with('.') && !name.ends_with('~') && each->is_regular_file()) files.push_back(each->path());
  }
  if (error) return base::fail_errno(error.value(), "read directory " + path);
  std::ranges::sort(files);
  for (const std::string& file : files) TRY(add_file(file));
  return {};
}

std::vector<std::string> Patterns::names() const {
  std::vector<std::string> names;
  for (const auto& [name, pattern] : patterns_) names.push_back(name);
  return names;
}

base::Result<ExpandedPattern> Patterns::expand(std::string_view expression) const {
  Expander expander(*this);
  TRY(expander.expand(expression));
  return expander.take_result();
}

base::Result<void> Patterns::explain(std::string_view expression) const {
  return each_part(expression, [&](std::string_view, const Reference* reference, std::size_t) -> base::Result<void> {
    if (reference == nullptr) return {};
    const auto known = patterns_.find(reference->name);
    if (known == patterns_.end()) return {};
    const Pattern& pattern = known->second;
    const ExpandedPattern expanded = TRY(expand("%{" + known->first + "}"));
    const auto regex = Regex::compile(expanded.regex);
    if (regex) return {};
    TRY(explain(pattern.expression));
    // The group around it is of the expansion's making.
    const auto alone = Regex::compile(TRY(expand(pattern.expression)).regex);
    return base::fail(base::Kind::config, pattern.origin + ": pattern " + known->first,
                      alone ? regex.error().why : alone.error().why);
  });
}

base::Result<void> Patterns::check() const {
  for (const auto& [name, pattern] : patterns_) {
    const std::string expression = "%{" + name + "}";
    TRY(expand(expression));
    TRY(explain(expression));
  }
  return {};
}

std::string shipped_patterns_folder() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return {};
  const auto folder = program.parent_path();
  const auto above = folder.parent_path();
  if (above.filename() == "build") return above.parent_path() / "patterns";
  // For PREFIX/bin/logcat, and for PREFIX/libexec/logpipe/logsend-https.
  for (const auto& prefix : {above, above.parent_path()}) {
    const auto shared = prefix / "share/logpipe/patterns";
    if (std::filesystem::is_directory(shared, error)) return shared;
  }
  return {};
}

}  // namespace rules
