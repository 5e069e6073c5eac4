// Shell completions, generated from the verbs and their options. They complete verbs, long options,
// values of options that have a few, and the beginnings of addresses, and behind "--"
// a command as the shell does elsewhere (in bash its arguments need bash-completion); where none of these is wanted,
// file names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/command_line.h"

namespace cli {

struct VerbText {
  std::string name;  // empty: the tool has no verbs
  std::string summary;
  std::vector<OptionText> options;
  AddressTexts addresses;
};

// The script for "bash", "zsh" or "fish"; another shell is a usage error.
base::Result<std::string> completion_script(std::string_view shell, const std::string& tool,
                                            const std::vector<VerbText>& verbs);

}  // namespace cli
