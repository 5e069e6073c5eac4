// Rules, compiled: a tree of statements.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/report.h"
#include "base/result.h"
#include "rules/language/statement.h"

namespace rules::language {

// Where rules were written: a file, or an option.
struct Source {
  std::string name;  // for people
  std::string text;
};

inline constexpr char kDefaultSink[] = "default";
inline constexpr char kDeadLetters[] = "dead-letter";  // the sink for events whose HMAC is not their own

// What functions need beside their arguments.
struct Environment {
  std::vector<std::string> pattern_folders{};  // after the one that is shipped
  std::string geoip_database{};                // empty: none
  std::string hmac_key_file{};                 // empty: none
  std::vector<std::string> sinks{};            // names for router(), beside kDefaultSink
  base::Report report{};                       // of what goes wrong later; may be called by any thread
};

class Program {
 public:
  // All statements of all sources, in this order. Kind::config, with the place and what was expected there:
  // "rules web.rules:3:14: expected ...".
  static base::Result<std::unique_ptr<Program>> compile(std::span<const Source> sources,
                                                        const Environment& environment);

  // Completes times that functions read.
  void set_clock(const codec::LocalClock& clock) { workspace_.clock = clock; }

  // Changes the event. Flow::drop: it does not go on.
  Flow run(codec::Event& event, Watcher* watcher);

  // Names that may be mistakes, one line for each: "rules web.rules:3:4: ...".
  [[nodiscard]] const std::vector<std::string>& hints() const { return hints_; }
  // Which packer the event of the last run() joins.
  [[nodiscard]] const Joining& joining() const { return joining_; }
  // To which sinks that event goes; see stream/batch.h.
  [[nodiscard]] stream::Route route() const { return route_; }
  // All to which some event may go.
  [[nodiscard]] stream::Route routes() const { return routes_; }
  // Some events may join one.
  [[nodiscard]] bool merges() const { return merges_; }

  // Statements that could not do their work.
  [[nodiscard]] Failures& failures() { return failures_; }

 private:
  Program() = default;

  Block block_;
  std::vector<std::string> hints_;
  bool merges_ = false;
  stream::Route routes_ = 0;
  stream::Route dead_letters_ = 0;  // 0: there is no such sink
  Joining joining_;
  stream::Route route_ = 0;
  Failures failures_;
  std::string space_;
  Workspace workspace_;
};

}  // namespace rules::language
