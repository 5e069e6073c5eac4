// Programs for schemes that are not built in: "logcat-foo" for foo://... (logpipe(7), ADDRESSES).
#pragma once

#include <string>

#include "cli/tool.h"

namespace cli {

// Where an argument is an address for which Tool::plugin_name names a program, that program takes over this process,
// with the same arguments: some of them may be options that only it knows. It is looked for in plugin_folder(), in
// libexec/logpipe beside this program (where it is built), then in PATH. What stands after "--" is not looked at where
// it is a sink's. Returns when there is no such argument, or no such program.
void become_plugin(const Tool& tool, char** argv);

// Where this installation has its own: PREFIX/libexec/logpipe, for a program in PREFIX/bin or in that folder. Empty:
// not known.
std::string plugin_folder();

// The other tool of this suite that was installed, or built, with this program; else its name, to be found in PATH.
std::string sibling(const std::string& tool);

}  // namespace cli
