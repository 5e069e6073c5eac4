// A program in C++20 over the installed mulog.hpp: contexts of the process, of threads, and handed over.
#include <sys/wait.h>
#include <unistd.h>

#include <mulog.hpp>
#include <string>
#include <thread>

namespace {

void log_nested() {
  const mu::Context outer("user", "Ann", "depth", 1);
  {
    const mu::Context inner("depth", 2, "request", std::string("a request of some length"));
    mu::log("inner", "id", 7);
    mu::log("own", "depth", 3, "app", "own");
  }
  mu::log("outer");
}

void hand_over() {
  const mu::Context context("user", "Bob", "depth", 1);
  const mu::Captured captured;
  std::thread([captured] {
    mu::log("alone");
    const mu::Context handed(captured);
    const mu::Context more("more", true);
    mu::log("handed");
  }).join();
  const pid_t child = ::fork();
  if (child == 0) {
    mu::log("forked");
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
}

// More than there is room for is left out, and counted; what was there stays.
bool overflow() {
  const mu::Context context("user", "Eve");
  const mu::Context longer("text", std::string(5000, 'x'));
  mu::log("overflown");
  return mu::stats().left_out == 1;
}

}  // namespace

int main() {
  mu::log("first");
  mu::set_global_context("app", "shop", "user", "nobody");
  log_nested();
  hand_over();
  const bool counted = overflow();
  mu::set_global_context("app", "other");
  mu::log("replaced");
  mu::set_global_context();
  mu::log("last");
  return counted && mu::stats().dropped == 0 ? 0 : 1;
}
