// What the tests of sinks with children share: a directory of their own, what was reported, driving the loop.
#pragma once

#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "event/loop.h"
#include "folder.h"
#include "stream/flow.h"
#include "stream/output.h"

namespace test {

struct Output {
  unit::Folder folder;
  event::Loop loop = std::move(*event::Loop::create());
  std::vector<std::string> reports;
  base::Report report = [this](base::Level, const std::string& line) { reports.push_back(line); };

  Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // A shell script; "D" is its directory variable.
  [[nodiscard]] stream::OutputOptions shell(const std::string& script) const {
    stream::OutputOptions options;
    options.command = {"/bin/sh", "-c", "D=" + folder.path() + "\n" + script};
    return options;
  }

  [[nodiscard]] std::string file(const std::string& name) const { return unit::content(folder / name); }

  // Until the condition holds, the sink fails, or far too much time has passed.
  base::Result<void> drive(stream::Sink& sink, const std::function<bool()>& done) {
    const base::Instant deadline = base::now() + std::chrono::seconds(60);
    while (base::now() < deadline) {
      TRY(sink.flush());
      if (done()) return {};
      loop.wait(deadline - base::now());
    }
    return base::fail(base::Kind::internal, "drive sink", "the condition never held");
  }

  base::Result<void> finish(stream::Sink& sink) {
    TRY(sink.finish());
    return drive(sink, [&] { return sink.finished(); });
  }
};

// Messages "m1\n", "m2\n", ... with these ids; the LF lets a shell read octet frames by lines.
inline stream::Batch messages(unsigned first, unsigned last) {
  stream::Batch batch;
  for (unsigned i = first; i <= last; ++i) batch.append(std::uint64_t{i}, "m" + std::to_string(i) + "\n");
  return batch;
}

}  // namespace test
