#include "rules/grok.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/quote.h"
#include "codec/json_string.h"
#include "rules/arguments.h"
#include "rules/field_names.h"
#include "rules/tags.h"

namespace rules {
namespace {

constexpr char kGrok[] = "grok";

std::string_view grok_pattern_key() {
  return ",\"grok_pattern\":";
}

bool is_bare_name(const Patterns& patterns, std::string_view expression) {
  const auto is_upper = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  return patterns.has(expression) || (expression.size() > 1 && std::ranges::all_of(expression, is_upper));
}

// %{NAME} and NAME are called NAME, others by all of their text.
std::string name_of(std::string_view expression) {
  const bool single = expression.starts_with("%{") && expression.find('}') == expression.size() - 1;
  return std::string(single ? expression.substr(2, std::min(expression.find(':'), expression.size() - 1) - 2)
                            : expression);
}

// Of the groups that expand() made, "_12"; others are fields by their own name.
const Capture* capture_of(const ExpandedPattern& expanded, std::string_view group) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(group.data() + 1, group.data() + group.size(), number);
  const bool ours = group.starts_with('_') && error == std::errc() && end == group.data() + group.size();
  return ours && number < expanded.captures.size() ? &expanded.captures[number] : nullptr;
}

}  // namespace

base::Result<std::unique_ptr<Grok>> Grok::compile(const Patterns& patterns, std::span<const std::string> expressions,
                                                  std::string_view prefix) {
  auto grok = std::make_unique<Grok>();
  for (const std::string& expression : expressions)
    grok->choices_.push_back(TRY(choice_of(patterns, expression, prefix)));
  return grok;
}

base::Result<std::unique_ptr<Function>> Grok::create(const Arguments& arguments, const Resources& resources) {
  constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
  TRY(check_arguments(arguments, kGrok, 1, kMost, {"prefix", "field"}));
  const std::string prefix = TRY(prefix_of(arguments, kGrok));
  static const Patterns none;
  auto grok = TRY(compile(resources.patterns != nullptr ? *resources.patterns : none, arguments.values, prefix));
  if (const auto name = option_of(arguments, "field")) {
    grok->source_ = field_named(*name);
    if (!grok->source_) return bad_argument(kGrok, "no field can be named " + base::quote(*name));
  }
  return grok;
}

base::Result<Grok::Choice> Grok::choice_of(const Patterns& patterns, const std::string& expression,
                                           std::string_view prefix) {
  const std::string whole = is_bare_name(patterns, expression) ? "%{" + expression + "}" : expression;
  const ExpandedPattern expanded = TRY(patterns.expand(whole));
  auto regex = Regex::compile(expanded.regex);
  if (!regex) {
    TRY(patterns.explain(whole));
    return base::fail(base::Kind::usage, "pattern " + base::quote(expression, 200), regex.error().why);
  }
  std::string name;
  (void)codec::append_json_string(name, name_of(expression));
  Choice choice{std::move(*regex), std::move(name), {}};
  for (const Regex::Group& group : choice.regex.groups()) {
    const Capture* capture = capture_of(expanded, group.name);
    if (capture == nullptr && group.name.starts_with('_')) continue;
    TRY(add_target(choice, capture != nullptr ? *capture : Capture{group.name}, group.number, prefix));
  }
  return choice;
}

base::Result<void> Grok::add_target(Choice& choice, const Capture& capture, unsigned group, std::string_view prefix) {
  const std::string name = std::string(prefix) + capture.field;
  const auto field = field_named(name);
  if (!field || !codec::can_set(field->field))
    return base::fail(base::Kind::usage, "pattern " + choice.name, base::quote(name) + " cannot be set as a field");
  std::string key = codec::open_field_key(name);
  const auto known = std::ranges::find(choice.targets, key, &Target::key);
  if (known != choice.targets.end()) {
    known->groups.push_back(group);
    return {};
  }
  choice.targets.push_back({*field, capture.type, std::move(key), {group}});
  return {};
}

Outcome Grok::apply(codec::Event& event, std::string_view subject, Workspace& workspace) const {
  if (source_) subject = codec::field_text(event, *source_, workspace.text);
  for (const Choice& choice : choices_) {
    switch (choice.regex.match(subject, workspace.match)) {
      case Regex::Outcome::none:
        continue;
      case Regex::Outcome::limit:
        add_tag(event, "grok_limit");
        return Outcome::not_applied;
      case Regex::Outcome::matched:
        take(choice, event, subject, workspace);
        return Outcome::applied;
    }
  }
  return Outcome::not_applied;
}

void Grok::take(const Choice& choice, codec::Event& event, std::string_view subject, Workspace& workspace) const {
  codec::OpenFieldBatch& fields = workspace.fields;
  bool invalid = false;
  for (const Target& target : choice.targets) {
    std::string_view text;
    for (const unsigned group : target.groups) {
      text = Regex::group(subject, workspace.match, group);
      if (!text.empty()) break;
    }
    if (text.empty()) continue;
    if (target.field.field != codec::Field::open) {
      invalid |= !codec::set_field(event, target.field, text).has_value();
    } else if (target.type == CaptureType::text ||
               !fields.add_number(target.key, text, target.type == CaptureType::real)) {
      fields.add_text(target.key, text);
    }
  }
  fields.add_json(grok_pattern_key(), choice.name);
  fields.apply(event, codec::OpenFieldBatch::Names::distinct);
  if (invalid) add_tag(event, "grok_invalid");
}

}  // namespace rules
