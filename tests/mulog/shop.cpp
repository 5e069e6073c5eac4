// A program in C++20 over the installed mulog.hpp: all kinds of values, threads, fork, and flush.
#include <sys/wait.h>
#include <unistd.h>

#include <mulog.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

enum class Color : unsigned char { red = 3 };

void log_values() {
  const std::string text = "text";
  const std::byte bytes[] = {std::byte{1}, std::byte{2}};
  const char* const none = nullptr;
  mu::log("values", "int", -1, "unsigned", 1U, "double", 0.5, "float", 0.25F, "bool", true, "text", text, "literal",
          "text", "none", none, "null", nullptr, "color", Color::red, "duration", std::chrono::milliseconds(2), "time",
          std::chrono::system_clock::from_time_t(0), "bytes", std::span<const std::byte>(bytes));
}

// Of one place in the program, with values of one type and then of another.
template <class Value>
void log_any(const Value& value) {
  mu::log("any", "value", value);
}

}  // namespace

int main(int argc, char** argv) {
  mu::set_namespace("shop");
  log_values();
  log_any(1);
  log_any("one");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([i] {
      for (int j = 0; j < 100; ++j) mu::log("counted", "thread", i, "count", j);
    });
  for (std::thread& thread : threads) thread.join();
  const pid_t child = ::fork();
  if (child == 0) {
    mu::log("any", "value", "of the child");
    ::_exit(mu::stats().events == 1 ? 0 : 1);
  }
  int status = 1;
  ::waitpid(child, &status, 0);
  mu::log("last");
  const bool wait = argc > 1 && std::string_view(argv[1]) == "flush";
  return status != 0 || mu::stats().dropped != 0 || (wait && !mu::flush(std::chrono::seconds(20))) ? 1 : 0;
}
