#include "rules/user_agents.h"

#include <yaml.h>

#include <algorithm>
#include <utility>

#include "base/io.h"
#include "rules/regex_literals.h"

namespace rules {
namespace {

constexpr std::size_t kLargestRegexes = std::size_t{16} << 20;
constexpr std::size_t kLongestText = 1024;

struct Event {
  yaml_event_t event{};
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&event); }

  [[nodiscard]] std::string_view scalar() const {
    const auto& data = event.data.scalar;
    return {reinterpret_cast<const char*>(data.value), data.length};
  }
};

// "$1" stands for a group.
std::string filled(std::string_view replacement, std::string_view text, const MatchSpace& space) {
  std::string out;
  for (std::size_t i = 0; i < replacement.size(); ++i) {
    const bool group =
        replacement[i] == '$' && i + 1 < replacement.size() && replacement[i + 1] >= '1' && replacement[i + 1] <= '9';
    if (group)
      out += Regex::group(text, space, static_cast<unsigned>(replacement[++i] - '0'));
    else
      out += replacement[i];
  }
  return out;
}

bool holds_any(std::string_view text, const std::vector<std::string>& literals) {
  return literals.empty() ||
         std::ranges::any_of(literals, [&](const std::string& each) { return text.find(each) != text.npos; });
}

}  // namespace

const Regex* UserAgents::Rule::regex() const {
  std::call_once(once_, [this] {
    auto compiled = Regex::compile(expression, any_case ? Regex::Case::any : Regex::Case::exact, Regex::Groups::all);
    if (compiled) regex_ = std::move(*compiled);
  });
  return regex_ ? &*regex_ : nullptr;
}

// A map of lists of maps of texts.
class UserAgents::Reader {
 public:
  Reader(std::string_view text, UserAgents& agents) : agents_(agents) {
    yaml_parser_initialize(&parser_);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { yaml_parser_delete(&parser_); }

  // False: it is no such file.
  bool read() {
    for (bool end = false; !end;) {
      Event event;
      if (yaml_parser_parse(&parser_, &event.event) == 0) return false;
      end = event.event.type == YAML_STREAM_END_EVENT;
      take(event);
    }
    return !agents_.browsers_.empty() && !agents_.systems_.empty();
  }

 private:
  void take(const Event& event) {
    switch (event.event.type) {
      case YAML_MAPPING_START_EVENT:
        if (++depth_ == 2 && rules_ != nullptr) rules_->emplace_back();
        key_.clear();
        break;
      case YAML_MAPPING_END_EVENT:
        if (--depth_ == 1) finish();
        break;
      case YAML_SCALAR_EVENT:
        take_scalar(event.scalar());
        break;
      default:
        break;
    }
  }

  void take_scalar(std::string_view text) {
    if (depth_ == 1) rules_ = list_named(text);
    if (depth_ != 2 || rules_ == nullptr) return;
    if (key_.empty()) {
      key_ = text;
      return;
    }
    take_member(rules_->back(), text);
    key_.clear();
  }

  Rules* list_named(std::string_view name) {
    if (name == "user_agent_parsers") return &agents_.browsers_;
    if (name == "os_parsers") return &agents_.systems_;
    return name == "device_parsers" ? &agents_.devices_ : nullptr;
  }

  void take_member(Rule& rule, std::string_view text) const {
    if (key_ == "regex") rule.expression = text;
    if (key_ == "regex_flag") rule.any_case = text == "i";
    if (key_ == "family_replacement" || key_ == "os_replacement" || key_ == "device_replacement")
      rule.replacements[0] = text;
    constexpr std::string_view kPart = "v1_replacement";
    const std::size_t at = key_.size() < kPart.size() ? 0 : key_.size() - kPart.size();
    const std::string_view part = std::string_view(key_).substr(at);
    const bool is_part = part.size() == kPart.size() && part[0] == 'v' && part.substr(2) == kPart.substr(2);
    if (is_part && part[1] >= '1' && part[1] <= '4') rule.replacements[static_cast<std::size_t>(part[1] - '0')] = text;
  }

  void finish() {
    if (rules_ == nullptr) return;
    Rule& rule = rules_->back();
    if (!rule.any_case) rule.required = required_literals(rule.expression);
  }

  yaml_parser_t parser_{};
  UserAgents& agents_;
  Rules* rules_ = nullptr;
  int depth_ = 0;
  std::string key_;
};

base::Result<std::shared_ptr<const UserAgents>> UserAgents::read(const std::string& path) {
  const std::string text = TRY(base::read_file(path, kLargestRegexes, "file of User-Agent expressions"));
  auto agents = std::make_shared<UserAgents>();
  if (!Reader(text, *agents).read())
    return base::fail(base::Kind::data, "read " + path, "it is no regexes.yaml of uap-core");
  return agents;
}

std::optional<UserAgents::Match> UserAgents::first_match(const Rules& rules, std::string_view text, MatchSpace& space) {
  for (const Rule& rule : rules) {
    if (!holds_any(text, rule.required)) continue;
    const Regex* regex = rule.regex();
    if (regex == nullptr || regex->match(text, space) != Regex::Outcome::matched) continue;
    const auto part = [&](unsigned number) {
      const std::string& replacement = rule.replacements[number];
      return replacement.empty() ? std::string(Regex::group(text, space, number + 1))
                                 : filled(replacement, text, space);
    };
    Match match{part(0), {}};
    for (unsigned number = 1; number < rule.replacements.size(); ++number) {
      const std::string next = part(number);
      if (next.empty()) break;
      match.version.append(match.version.empty() ? "" : ".").append(next);
    }
    return match;
  }
  return {};
}

UserAgent UserAgents::identify(std::string_view text, MatchSpace& space) const {
  text = text.substr(0, kLongestText);
  UserAgent agent;
  if (auto browser = first_match(browsers_, text, space); browser && browser->name != "Other") {
    agent.browser = std::move(browser->name);
    agent.browser_version = std::move(browser->version);
  }
  if (auto system = first_match(systems_, text, space); system && system->name != "Other") {
    agent.os = std::move(system->name);
    agent.os_version = std::move(system->version);
  }
  const auto device = first_match(devices_, text, space);
  agent.bot = device && device->name == "Spider";
  return agent;
}

std::optional<std::string> UserAgents::first_fault() const {
  for (const Rules* rules : {&browsers_, &systems_, &devices_}) {
    const auto bad = std::ranges::find_if(*rules, [](const Rule& rule) { return rule.regex() == nullptr; });
    if (bad != rules->end()) return bad->expression;
  }
  return {};
}

}  // namespace rules
