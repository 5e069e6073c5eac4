// What was probably meant by an address, or by a buffer's directory, that a tool does not take: the tool that does.
#pragma once

#include <string>

namespace cli {

enum class Use { read, write };

// "; 'logredis push redis://central KEY' writes to a queue in Redis"; empty where no tool takes it. `address` is as
// people wrote it; a password in it does not show.
std::string meant(const std::string& address, Use use);

// The directory of a buffer.
bool is_buffer(const std::string& path);

// tcp://HOST:PORT, HOST:PORT and the like, and no file or directory.
bool is_address(const std::string& text);

}  // namespace cli
