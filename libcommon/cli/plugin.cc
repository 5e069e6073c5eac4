#include "cli/plugin.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace cli {

void become_plugin(const Tool& tool, char** argv) {
  if (tool.plugin_name == nullptr || *argv == nullptr) return;
  const bool takes_command = std::ranges::any_of(tool.verbs, &Verb::takes_command);
  for (char** argument = argv + 1; *argument != nullptr; ++argument) {
    if (takes_command && std::string_view(*argument) == "--") return;
    const auto plugin = tool.plugin_name(*argument);
    if (!plugin) continue;
    if (const std::string folder = plugin_folder(); !folder.empty()) ::execv((folder + "/" + *plugin).c_str(), argv);
    ::execvp(plugin->c_str(), argv);
  }
}

std::string plugin_folder() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "" : (program.parent_path().parent_path() / "libexec/logpipe").string();
}

}  // namespace cli
