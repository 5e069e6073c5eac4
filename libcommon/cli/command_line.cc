#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/suggestion.h"

namespace cli {
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

OptionText describe(const CLI::Option& option) {
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
  return text;
}

}  // namespace

CommandLine::CommandLine(const Verb& verb, const Context& context)
    : program_(context.program), app_(std::make_unique<CLI::App>()) {
  app_->set_help_flag("-h,--help", "explain and exit");
  app_->set_version_flag("--version", "", "print the version and exit");  // the text is printed by run()
  app_->allow_extras();                                                   // parse() says better what is wrong with them
  action_ = verb.declare(*app_, context);
}

CommandLine::~CommandLine() = default;

base::Result<CommandLine::Wish> CommandLine::parse(std::vector<std::string> arguments) {
  const auto usage_error = [this](const std::string& text) {
    const std::string unexpected = unexpected_argument();  // most likely what caused all other errors
    return base::fail(base::Kind::usage, unexpected.empty() ? text : unexpected, "");
  };
  for (const std::string& argument : arguments) {
    if (argument == "--") break;
    // CLI11 would take the next argument for the value.
    if (argument.starts_with("--") && argument.find('=') == argument.size() - 1)
      return base::fail(base::Kind::usage, argument.substr(0, argument.size() - 1) + ": needs a value", "");
  }
  std::reverse(arguments.begin(), arguments.end());  // the order CLI11 wants
  try {
    app_->parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    return Wish::help;
  } catch (const CLI::CallForVersion&) {
    return Wish::version;
  } catch (const CLI::RequiredError& error) {
    return usage_error(std::string(error.what()) + "; see '" + program_ + " --help'");
  } catch (const CLI::ParseError& error) {
    return usage_error(reason(error));
  }
  if (!unexpected_argument().empty()) return usage_error("");
  return Wish::run;
}

std::string CommandLine::unexpected_argument() const {
  bool options_ended = false;
  for (const std::string& argument : app_->remaining()) {
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
  const CLI::App& app = *app_;
  std::vector<OptionText> texts;
  for (const CLI::Option* option : app.get_options())
    if (option != app.get_help_ptr() && option != app.get_version_ptr() && !option->get_group().empty())
      texts.push_back(describe(*option));
  for (const CLI::Option* option : {app.get_help_ptr(), app.get_version_ptr()}) {
    texts.push_back(describe(*option));
    texts.back().group = kOther;
  }
  return texts;
}

}  // namespace cli
