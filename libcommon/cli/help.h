// The texts of --help: plain, without colours, at most 80 columns where words allow it.
#pragma once

#include <string>
#include <vector>

#include "cli/command_line.h"
#include "cli/tool.h"

namespace cli {

std::string tool_help(const Tool& tool);
std::string verb_help(const Tool& tool, const Verb& verb, const CommandLine& line);

}  // namespace cli
