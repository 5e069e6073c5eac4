#include "redis/command.h"

#include <charconv>

namespace redis {
namespace {

// "$12" or "*3", with its line end.
void append_count(std::string& out, char kind, std::size_t count) {
  char digits[20];
  out += kind;
  out.append(digits, std::to_chars(digits, digits + sizeof digits, count).ptr);
  out += "\r\n";
}

}  // namespace

void append_argument(std::string& out, std::string_view argument) {
  append_count(out, '$', argument.size());
  out += argument;
  out += "\r\n";
}

std::string milliseconds(base::Duration duration) {
  return std::to_string(std::chrono::ceil<std::chrono::milliseconds>(duration).count());
}

Command::Command(std::string_view name) {
  add(name);
}

Command& Command::add(std::string_view argument) {
  append_argument(body_, argument);
  ++count_;
  return *this;
}

Command& Command::add(std::uint64_t argument) {
  return add(std::string_view(std::to_string(argument)));
}

Command& Command::add_encoded(std::string_view arguments, std::size_t count) {
  body_ += arguments;
  count_ += count;
  return *this;
}

void Command::encode(std::string& out) const {
  append_count(out, '*', count_);
  out += body_;
}

}  // namespace redis
