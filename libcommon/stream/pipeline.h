// Shell commands whose exit status says too little.
#pragma once

#include <string>
#include <vector>

namespace stream {

// A shell's script in which a pipe stands, without pipefail: the status is that of the pipe's last part, whatever
// became of the others. A guess that quotes are taken into account in, and nothing else of the shell's grammar.
bool hides_failures(const std::vector<std::string>& command);

}  // namespace stream
