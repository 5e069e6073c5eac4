// A program in C++20 over the installed mulog.hpp: lists, exceptions, ids and nulls, and what has changed type.
#include <array>
#include <deque>
#include <mulog.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Unknown {};

template <class Throw>
void log_thrown(const Throw& throwing) {
  try {
    throwing();
  } catch (...) {
    mu::log("thrown", "exception", std::current_exception());
  }
}

void log_lists() {
  const std::vector<int> ints{1, -2, 3};
  const std::array<const char*, 3> literals{"a", nullptr, "c"};
  const std::deque<std::string> strings{"one", "a text that is longer than a word"};
  mu::log("lists", "ints", ints, "doubles", std::array{0.5, 1.5}, "strings", strings, "literals", literals, "bools",
          std::vector<bool>{true, false}, "empty", std::vector<std::string>(), "times",
          std::array{std::chrono::system_clock::from_time_t(0)}, "after", 1);
}

void log_exceptions() {
  log_thrown([] { throw std::runtime_error("it broke"); });
  log_thrown([] {
    try {
      throw std::out_of_range("index 7");
    } catch (...) {
      std::throw_with_nested(std::runtime_error("no order"));
    }
  });
  log_thrown([] { throw Unknown(); });
  log_thrown([] { throw std::string("text"); });
  log_thrown([] { throw 7; });
  mu::log("thrown", "exception", std::logic_error("as a value"), "after", 1);
  mu::log("thrown", "exception", std::exception_ptr());
}

}  // namespace

int main() {
  log_lists();
  log_exceptions();
  mulog_id id{};
  mu::log("ids", "none", id);
  for (unsigned char i = 0; i < sizeof id.bytes; ++i) id.bytes[i] = i;
  mu::log("ids", "one", id, "list", std::array{id, id});
  for (const std::optional<int> number : {std::optional<int>(7), std::optional<int>(), std::optional<int>(8)})
    mu::log("optional", "number", number, "text", number ? std::optional<std::string>("text") : std::nullopt);
  mu::log("disk-full", "severity", "error");
  for (const char* text : {"text", static_cast<const char*>(nullptr), "again"}) mu::log("nullable", "text", text);
  return mu::stats().dropped == 0 ? 0 : 1;
}
