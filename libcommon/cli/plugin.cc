#include "cli/plugin.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace cli {
namespace {

constexpr std::string_view kFolder = "libexec/logpipe";

// The folder of this program. Empty: not known.
std::filesystem::path own_folder() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::filesystem::path() : program.parent_path();
}

}  // namespace

void become_plugin(const Tool& tool, char** argv) {
  if (tool.plugin_name == nullptr || *argv == nullptr) return;
  const bool takes_command = std::ranges::any_of(tool.verbs, &Verb::takes_command);
  for (char** argument = argv + 1; *argument != nullptr; ++argument) {
    if (takes_command && std::string_view(*argument) == "--") return;
    const auto plugin = tool.plugin_name(*argument);
    if (!plugin) continue;
    if (const std::string folder = plugin_folder(); !folder.empty()) ::execv((folder + "/" + *plugin).c_str(), argv);
    if (const auto folder = own_folder(); !folder.empty()) ::execv((folder / kFolder / *plugin).c_str(), argv);
    ::execvp(plugin->c_str(), argv);
  }
}

std::string plugin_folder() {
  const auto folder = own_folder();
  if (folder.empty() || folder.string().ends_with(kFolder)) return folder.string();
  return (folder.parent_path() / kFolder).string();
}

std::string sibling(const std::string& tool) {
  const auto folder = own_folder();
  for (const auto& place : {folder / tool, folder / "../../bin" / tool, folder / "../.." / tool})
    if (!folder.empty() && ::access(place.c_str(), X_OK) == 0) return place.string();
  return tool;
}

}  // namespace cli
