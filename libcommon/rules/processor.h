// What is done to a message between its source and the sink: parse it, apply the rules, choose, set fields, format.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/report.h"
#include "base/result.h"
#include "codec/assignment.h"
#include "codec/format.h"
#include "codec/parse.h"
#include "codec/where.h"
#include "net/peer_log.h"
#include "rules/completion.h"
#include "rules/explainer.h"
#include "rules/rule_set.h"

namespace rules {

enum class OnUnparsed {
  keep,    // goes on as an event of which only the message is known
  mark,    // the same, and the reason is its field "unparsed"
  reject,  // does not go on: a RELP client is answered 500, for others it is reported and counted
};

struct ProcessorOptions {
  codec::Mode mode = codec::Mode::none;
  OnUnparsed on_unparsed = OnUnparsed::keep;
  std::optional<codec::Format> format;  // none: raw
  std::optional<codec::Where> where;
  std::vector<codec::Assignment> assignments;
  bool add_peer = false;
  RuleOptions rules;
  std::shared_ptr<RuleSet> rule_set = nullptr;  // the same, compiled; null: there are none

  std::uint64_t threads = 1;  // 0: one for each core

  [[nodiscard]] unsigned thread_count() const;
  // Messages pass as they are, so that there is nothing to do.
  [[nodiscard]] bool nothing() const {
    return mode == codec::Mode::none && !format && !where && assignments.empty() && !add_peer && rule_set == nullptr;
  }
  // Rules may make one event of several. What is sent again after a crash may then be divided in another way, so a sink
  // must not compare it by ids with what it has (docs/decisions/0045): no origin is passed on.
  [[nodiscard]] bool merges() const { return rule_set != nullptr && rule_set->program().merges(); }
  // What goes on is not always what came.
  [[nodiscard]] bool rewrites() const { return format && format->kind() != codec::Format::Kind::raw; }
};

enum class Verdict { kept, left_out, rejected };

class Processor {
 public:
  // `hostname` is this host's, for messages from here that name none; empty: they go without. `completion`, where there
  // is one, is for what is kept.
  Processor(ProcessorOptions options, std::string hostname, std::unique_ptr<Completion> completion = nullptr)
      : options_(std::move(options)), hostname_(std::move(hostname)), completion_(std::move(completion)) {
    if (options_.rules.explain) explainer_.emplace();
  }

  // Reads the rules again. After an error the ones before stay in use.
  base::Result<void> reopen();

  // The time, before the first message and now and then.
  void set_clock();

  // Makes an event of the message, and changes it where it is kept. The event's views point into the message, `peer`
  // and this. With Verdict::rejected, reason() says why.
  Verdict take(std::string_view message, const net::Peer* peer, codec::Event& event);
  [[nodiscard]] const std::string& reason() const { return reason_; }

  // Which packer the event taken last joins.
  [[nodiscard]] Joining joining() const {
    if (!options_.rule_set) return {};
    Joining joining = options_.rule_set->program().joining();
    joining.sender = sender_;
    joining.route = route();
    return joining;
  }
  // To which sinks the event taken last goes.
  [[nodiscard]] stream::Route route() const { return options_.rule_set ? options_.rule_set->program().route() : 0; }
  [[nodiscard]] std::vector<std::string> sinks() const {
    return options_.rule_set ? options_.rule_set->sinks_of(route()) : std::vector<std::string>();
  }
  [[nodiscard]] bool merges() const { return options_.merges(); }
  [[nodiscard]] bool explains() const { return explainer_.has_value(); }
  [[nodiscard]] bool writes_raw() const { return !options_.format; }
  [[nodiscard]] const codec::LocalClock& clock() const { return clock_; }

  // What else there is to say of the message taken last: an assignment that failed; what the rules did.
  void tell(const base::Report& report);

  // Statements of the rules that could not do their work.
  [[nodiscard]] std::uint64_t failures() const;

  // The event as it goes on.
  void append(std::string& out, const codec::Event& event) const;

  // For diagnostics, of a message whose sender cannot be told.
  [[nodiscard]] std::string rejection_of(std::string_view message) const;

 private:
  [[nodiscard]] language::Flow apply_rules(codec::Event& event);
  void assign(codec::Event& event);

  ProcessorOptions options_;
  std::string hostname_;
  std::unique_ptr<Completion> completion_;
  codec::LocalClock clock_;
  std::string_view sender_;  // of the event taken last: its address, or this host's name
  std::string reason_;
  std::string warning_;
  std::optional<Explainer> explainer_;
};

}  // namespace rules
