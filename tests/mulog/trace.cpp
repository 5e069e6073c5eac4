// A program in C++20 over the installed mulog.hpp: traces, and what can become of them.
#include <functional>
#include <mulog.hpp>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Unknown {};

template <class Body>
bool throws(const Body& body) {
  try {
    body();
  } catch (...) {
    return true;
  }
  return false;
}

void nest() {
  const mu::Trace root("root");
  mu::log("event");
  {
    const mu::Trace child("child", "depth", 2);
    const mu::Captured captured;
    std::thread([captured] {
      const mu::Context handed(captured);
      const mu::Trace thread("thread");
    }).join();
    mu::log("inner");
  }
  const mu::Trace second("second");
}

// What it was given may be gone by its end.
void copy() {
  int items = 0;
  std::string name = "Ann, whose name is longer than a small string";
  const char* none = nullptr;
  int ids[] = {1, 2};
  const mu::Trace trace("copied", "name", std::string_view(name), "none", none, "literal", "text", "ids",
                        std::span<const int>(ids), "optional", std::optional<std::string>(), "items", std::cref(items));
  name.assign(name.size(), 'x');
  ids[0] = 7;
  items = 3;
}

void fail() {
  mu::Trace trace("failed");
  trace.fail();
}

// Of a trace that another process has begun.
bool continue_other() {
  mulog_id root{};
  mulog_id parent{};
  if (mulog_parse_id("4YcWozKEUcfE9JxfQMnuwb-NnO8ygEpE", &root) != 0) return false;
  if (mulog_parse_id("--31-kF40VR71FcA2-oD2l-G3WBJ4GNM", &parent) != 0) return false;
  const mu::Context other("mulog/root-trace", root, "mulog/parent-trace", parent);
  const mu::Trace trace("continued");
  return true;
}

}  // namespace

int main() {
  nest();
  copy();
  fail();
  const int returned = mu::Trace("ran", "id", 7).run([] { return 7; });
  const bool thrown = throws([] { mu::Trace("threw").run([] { throw std::runtime_error("it broke"); }); }) &&
                      throws([] { mu::Trace("threw unknown", "id", 7).run([] { throw Unknown(); }); }) && throws([] {
                        mu::Trace("threw nested").run([] {
                          try {
                            throw std::out_of_range("index 7");
                          } catch (...) {
                            std::throw_with_nested(std::runtime_error("no order"));
                          }
                        });
                      }) &&
                      throws([] {
                        const mu::Trace trace("left by an exception");
                        throw 7;
                      });
  mu::log("no trace");
  return returned == 7 && thrown && continue_other() && mu::stats().dropped == 0 && mu::stats().left_out == 0 ? 0 : 1;
}
