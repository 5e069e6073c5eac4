// One verb's command line: what it understands is declared once, and parsing, --help and completions come from that.
// CLI11 stays behind this, in one .cc.
//
//   cli::Action declare_push(cli::CommandLine& line, const cli::Context& context) {
//     line.add_text("BUFFER", options->path, "the buffer's directory").required();
//     cli::add_bytes(line, "--max-size", options->max_size, "hold at most so much").group("Limits");
//     line.check([options] { return check(*options); });
//     ...
//
// "-n,--count" are the names of an option; a name without a dash is that of a positional argument. Of an option that is
// given twice the last one counts, where nothing else is said. What is bound must outlive the command line.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/report.h"
#include "base/result.h"
#include "cli/tool.h"

namespace CLI {
class Option;
}

namespace cli {

// The group of the options that all tools have, such as --help.
inline constexpr char kOther[] = "Other";

// What people are told of an option or a positional argument.
struct OptionText {
  std::string group;                    // the heading it stands under
  std::string names;                    // "-F, --framing"; of a positional: "BUFFER"
  std::vector<std::string> long_names;  // "--framing"
  std::string value;                    // "SIZE"; empty: a flag
  std::string text;                     // what it does and its default
  std::vector<std::string> choices;     // the values it can have, where they are few
  bool positional = false;
};

// What people are told of the addresses that a positional argument takes.
struct AddressKind {
  std::string forms;                  // "tcp://[HOST]:PORT, unix:PATH"
  std::string text;                   // what they are
  std::vector<std::string> prefixes;  // "tcp://", "unix:": for completions
};
struct AddressTexts {
  std::string heading;  // "Sources"
  std::vector<AddressKind> kinds;
};

// An option that was declared. A handle: copies stand for the same option, as long as its CommandLine lives.
class Option {
 public:
  Option group(const std::string& heading) const;
  Option value_name(const std::string& name) const;  // "SIZE", in --help
  Option default_text(const std::string& text) const;
  Option choices(std::vector<std::string> values) const;  // for completions
  Option required() const;
  Option once() const;  // to give it twice is an error
  Option needs(Option other) const;
  Option excludes(Option other) const;

 private:
  friend class CommandLine;
  struct Entry;
  explicit Option(Entry& entry) : entry_(&entry) {}

  Entry* entry_;
};

class CommandLine {
 public:
  enum class Wish { run, help, version };
  using Take = std::function<base::Result<void>(const std::string& text)>;
  using Check = std::function<base::Result<void>()>;

  // Understands what the verb declares. The context must outlive this, because the verb's action may refer to it.
  CommandLine(const Verb& verb, const Context& context);
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;
  ~CommandLine();

  // ---- to declare
  Option add_flag(const std::string& names, bool& value, const std::string& help);
  Option add_flag(const std::string& names, std::function<void()> take, const std::string& help);
  // What the variable holds when it is bound is shown as the default, where that is not empty.
  Option add_text(const std::string& names, std::string& value, const std::string& help);
  // A positional that takes several, or an option that may be repeated.
  Option add_texts(const std::string& names, std::vector<std::string>& values, const std::string& help);
  // `take` gets the text; why() of its error is what people read behind the option's name: "'x' is not a number".
  Option add_value(const std::string& names, Take take, const std::string& help);
  // An option that may be repeated: `take` gets each text in turn.
  Option add_values(const std::string& names, Take take, const std::string& help);

  // Prints a diagnostic; for what is declared and reports later.
  [[nodiscard]] const base::Report& report() const { return report_; }

  // For --help and completions.
  void describe_addresses(AddressTexts addresses) { addresses_ = std::move(addresses); }

  // Called in the order of declaration when all options are parsed and each of them is good.
  void check(Check check) { checks_.push_back(std::move(check)); }
  // Where this option is given, `action` is done instead of the verb's; then no positional arguments are needed, and
  // nothing is checked but the options themselves.
  void instead(const std::string& name, Action action) { others_.emplace_back(name, std::move(action)); }
  // An option was given, by any of its names; for checks.
  [[nodiscard]] bool has(const std::string& name) const;

  // ---- to use
  // `arguments` are without the names of tool and verb, and without "-- COMMAND". Errors are Kind::usage and one line.
  base::Result<Wish> parse(std::vector<std::string> arguments);

  // In the order of declaration, --help and --version last.
  [[nodiscard]] std::vector<OptionText> options() const;

  [[nodiscard]] const AddressTexts& addresses() const { return addresses_; }

  // After parse() said `run`.
  [[nodiscard]] const Action& action() const { return action_; }

 private:
  struct Parser;  // CLI11's

  Option keep(CLI::Option* option);
  void take_other_action(const std::vector<std::string>& arguments);
  [[nodiscard]] base::Result<Wish> parse_options(std::vector<std::string> arguments);
  [[nodiscard]] std::string unexpected_argument() const;  // what is wrong with the first one; empty: none
  [[nodiscard]] std::string unknown_option(const std::string& name) const;

  std::string program_;
  base::Report report_;
  std::unique_ptr<Parser> parser_;
  AddressTexts addresses_;
  std::vector<Check> checks_;
  std::vector<std::pair<std::string, Action>> others_;
  Action action_;
  bool bad_value_ = false;  // an argument's own check refused it
};

// "--option: why": for checks.
[[nodiscard]] tl::unexpected<base::Error> reject(const std::string& option, const std::string& why);

}  // namespace cli
