#include "cli/plugin.h"

#include <unistd.h>

#include <algorithm>

namespace cli {

void become_plugin(const Tool& tool, char** argv) {
  if (tool.plugin_name == nullptr || *argv == nullptr) return;
  const bool takes_command = std::ranges::any_of(tool.verbs, &Verb::takes_command);
  for (char** argument = argv + 1; *argument != nullptr; ++argument) {
    if (takes_command && std::string_view(*argument) == "--") return;
    if (const auto plugin = tool.plugin_name(*argument)) ::execvp(plugin->c_str(), argv);
  }
}

}  // namespace cli
