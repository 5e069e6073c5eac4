// One verb's command line. CLI11 stays behind this, so that dispatch, help and completions work on plain data.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/tool.h"

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
  bool positional = false;
};

class CommandLine {
 public:
  enum class Wish { run, help, version };

  // The context must outlive this, because the verb's action may refer to it.
  CommandLine(const Verb& verb, const Context& context);
  ~CommandLine();

  // `arguments` are without the names of tool and verb, and without "-- COMMAND". Errors are Kind::usage and one line.
  base::Result<Wish> parse(std::vector<std::string> arguments);

  // In the order of declaration, --help and --version last, hidden ones left out.
  [[nodiscard]] std::vector<OptionText> options() const;

  // After parse() said `run`.
  [[nodiscard]] const Action& action() const { return action_; }

 private:
  [[nodiscard]] std::string unexpected_argument() const;  // what is wrong with the first one; empty: none
  [[nodiscard]] std::string unknown_option(const std::string& name) const;

  std::string program_;
  std::unique_ptr<CLI::App> app_;
  Action action_;
};

}  // namespace cli
