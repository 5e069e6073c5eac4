#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <deque>

#include "cli/suggestion.h"

namespace cli {

struct Option::Entry {
  CLI::Option* option;
  std::vector<std::string> choices{};
};

struct CommandLine::Parser {
  CLI::App app;
  std::deque<Option::Entry> entries;  // handles point to them
};

namespace {

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

// CLI11's messages are made for programs without a style of their own; these are the ones people meet.
std::string reason(const CLI::ParseError& error) {
  std::string text = error.what();
  if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr && text.starts_with("Could not convert: ")) {
    text = replaced(std::move(text), "Could not convert: ", "");
    return replaced(std::move(text), " = ", ": '") + "' is not a number";
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    const std::string name = text.substr(0, text.find(": "));
    if (text.ends_with(" missing")) return name + ": needs a value";
    if (text.find(": At Most 1 ") != std::string::npos) return name + ": given more than once";
  }
  text = replaced(std::move(text), " excludes ", " cannot be combined with ");
  text = replaced(std::move(text), " requires ", " needs ");
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

OptionText describe(const CLI::Option& option, std::vector<std::string> choices) {
  OptionText text;
  text.group = option.get_group();
  text.positional = option.get_snames().empty() && option.get_lnames().empty();
  for (const std::string& name : option.get_snames()) text.names += (text.names.empty() ? "-" : ", -") + name;
  for (const std::string& name : option.get_lnames()) {
    text.names += (text.names.empty() ? "--" : ", --") + name;
    text.long_names.push_back("--" + name);
  }
  if (text.positional) text.names = option.get_name(true);
  const bool is_flag = option.get_items_expected_max() == 0;
  if (!is_flag && !text.positional) text.value = option.get_type_name();
  text.text = option.get_description();
  if (!is_flag && !option.get_default_str().empty()) text.text += " (default: " + option.get_default_str() + ")";
  text.choices = std::move(choices);
  return text;
}

// "--count" of "-n,--count".
std::string last_name(const std::string& names) {
  return names.substr(names.rfind(',') + 1);
}

// CLI11 takes a positional argument in brackets for a list, and "[ab]" is a pattern of files. Behind such a word goes a
// byte that no argument can hold, until plain() takes it away.
constexpr char kGuard = '\0';

void guard(std::string& argument) {
  if (argument.starts_with('[') && argument.ends_with(']')) argument += kGuard;
}

std::string plain(std::string argument) {
  if (argument.ends_with(kGuard)) argument.pop_back();
  return argument;
}

void apply(const CommandLine::Take& take, const std::string& name, const std::string& text) {
  const auto taken = take(plain(text));
  if (!taken) throw CLI::ValidationError(name, taken.error().why);
}

}  // namespace

Option Option::group(const std::string& heading) const {
  entry_->option->group(heading);
  return *this;
}

Option Option::value_name(const std::string& name) const {
  entry_->option->type_name(name);
  return *this;
}

Option Option::default_text(const std::string& text) const {
  entry_->option->default_str(text);
  return *this;
}

Option Option::choices(std::vector<std::string> values) const {
  entry_->choices = std::move(values);
  return *this;
}

Option Option::required() const {
  entry_->option->required();
  return *this;
}

Option Option::once() const {
  entry_->option->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  return *this;
}

Option Option::needs(Option other) const {
  entry_->option->needs(other.entry_->option);
  return *this;
}

Option Option::excludes(Option other) const {
  entry_->option->excludes(other.entry_->option);
  return *this;
}

CommandLine::CommandLine(const Verb& verb, const Context& context)
    : program_(context.program), report_(context.report), parser_(std::make_unique<Parser>()) {
  CLI::App& app = parser_->app;
  app.set_help_flag("-h,--help", "print this help and exit");
  app.set_version_flag("--version", "", "print the version and exit");  // the text is printed by run()
  app.allow_extras();                                                   // parse() says better what is wrong with them
  action_ = verb.declare(*this, context);
}

CommandLine::~CommandLine() = default;

Option CommandLine::keep(CLI::Option* option) {
  return Option(parser_->entries.emplace_back(Option::Entry{option}));
}

Option CommandLine::add_flag(const std::string& names, bool& value, const std::string& help) {
  return keep(parser_->app.add_flag(names, value, help));
}

Option CommandLine::add_flag(const std::string& names, std::function<void()> take, const std::string& help) {
  return keep(parser_->app.add_flag_callback(names, std::move(take), help));
}

Option CommandLine::add_text(const std::string& names, std::string& value, const std::string& help) {
  const auto set = [&value](const std::string& text) { value = plain(text); };
  CLI::Option* option = parser_->app.add_option_function<std::string>(names, set, help);
  if (!value.empty()) option->default_str(value);
  return keep(option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast));
}

Option CommandLine::add_texts(const std::string& names, std::vector<std::string>& values, const std::string& help) {
  const auto set = [&values](const std::vector<std::string>& texts) {
    values.clear();
    for (const std::string& text : texts) values.push_back(plain(text));
  };
  CLI::Option* option = parser_->app.add_option_function<std::vector<std::string>>(names, set, help);
  if (names.starts_with('-')) option->allow_extra_args(false);  // positionals may follow
  return keep(option);
}

Option CommandLine::add_value(const std::string& names, Take take, const std::string& help) {
  const auto call = [take = std::move(take), name = last_name(names)](const std::string& text) {
    apply(take, name, text);
  };
  CLI::Option* option = parser_->app.add_option_function<std::string>(names, call, help);
  return keep(option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast));
}

Option CommandLine::add_values(const std::string& names, Take take, const std::string& help) {
  const auto call = [take = std::move(take), name = last_name(names)](const std::vector<std::string>& texts) {
    for (const std::string& text : texts) apply(take, name, text);
  };
  return keep(parser_->app.add_option_function<std::vector<std::string>>(names, call, help)->allow_extra_args(false));
}

bool CommandLine::has(const std::string& name) const {
  return parser_->app.count(name) > 0;
}

void CommandLine::take_other_action(const std::vector<std::string>& arguments) {
  for (const auto& [name, action] : others_) {
    const auto names_it = [&name = name](const std::string& argument) {
      return argument == name || argument.starts_with(name + "=");
    };
    if (std::none_of(arguments.begin(), arguments.end(), names_it)) continue;
    action_ = [action = action, verbs = std::move(action_)] { return action(); };  // what is bound is the verb's
    checks_.clear();
    for (const Option::Entry& entry : parser_->entries) entry.option->required(false);
  }
}

base::Result<CommandLine::Wish> CommandLine::parse(std::vector<std::string> arguments) {
  take_other_action(arguments);
  auto wish = parse_options(std::move(arguments));
  if (wish && *wish != Wish::run) return wish;
  const std::string unexpected = unexpected_argument();  // most likely what caused all other errors, except a bad value
  if (!unexpected.empty() && !bad_value_) return base::fail(base::Kind::usage, unexpected, "");
  if (!wish) return wish;
  for (const auto& check : checks_) TRY(check());
  return wish;
}

base::Result<CommandLine::Wish> CommandLine::parse_options(std::vector<std::string> arguments) {
  for (const std::string& argument : arguments) {
    if (argument == "--") break;
    // CLI11 would take the next argument for the value.
    if (argument.starts_with("--") && argument.find('=') == argument.size() - 1)
      return reject(argument.substr(0, argument.size() - 1), "needs a value");
  }
  std::for_each(arguments.begin(), arguments.end(), guard);
  std::reverse(arguments.begin(), arguments.end());  // the order CLI11 wants
  try {
    parser_->app.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    return Wish::help;
  } catch (const CLI::CallForVersion&) {
    return Wish::version;
  } catch (const CLI::RequiredError& error) {
    return base::fail(base::Kind::usage, std::string(error.what()) + "; see '" + program_ + " --help'", "");
  } catch (const CLI::ParseError& error) {
    bad_value_ = dynamic_cast<const CLI::ValidationError*>(&error) != nullptr;
    return base::fail(base::Kind::usage, reason(error), "");
  }
  return Wish::run;
}

std::string CommandLine::unexpected_argument() const {
  bool options_ended = false;
  for (const std::string& remaining : parser_->app.remaining()) {
    const std::string argument = plain(remaining);
    if (argument == "--" && !options_ended) {
      options_ended = true;
      continue;
    }
    const bool is_option = !options_ended && argument.size() > 1 && argument.front() == '-';
    return is_option ? unknown_option(argument.substr(0, argument.find('=')))
                     : "unexpected argument '" + argument + "'; see '" + program_ + " --help'";
  }
  return "";
}

std::string CommandLine::unknown_option(const std::string& name) const {
  std::vector<std::string> known;
  for (const OptionText& option : options())
    known.insert(known.end(), option.long_names.begin(), option.long_names.end());
  const std::string hint = suggestion(name, known);
  return "no such option '" + name + "'" + (hint.empty() ? ";" : hint) + " see '" + program_ + " --help'";
}

std::vector<OptionText> CommandLine::options() const {
  std::vector<OptionText> texts;
  for (const Option::Entry& entry : parser_->entries) texts.push_back(describe(*entry.option, entry.choices));
  for (const CLI::Option* option : {parser_->app.get_help_ptr(), parser_->app.get_version_ptr()}) {
    texts.push_back(describe(*option, {}));
    texts.back().group = kOther;
  }
  return texts;
}

tl::unexpected<base::Error> reject(const std::string& option, const std::string& why) {
  return base::fail(base::Kind::usage, option, why);
}

}  // namespace cli
