// What is done to a message between its source and the sink: parse it, choose, change, format.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/assignment.h"
#include "codec/format.h"
#include "codec/parse.h"
#include "codec/where.h"
#include "net/peer_log.h"

namespace rules {

enum class OnUnparsed {
  keep,    // goes on as an event of which only the message is known
  mark,    // the same, with tag "unparsed" and the reason in its structured data
  reject,  // does not go on: a RELP client is answered 500, for others it is reported and counted
};

struct ProcessorOptions {
  codec::Mode mode = codec::Mode::none;
  OnUnparsed on_unparsed = OnUnparsed::keep;
  std::optional<codec::Format> format;  // none: raw
  std::optional<codec::Where> where;
  std::vector<codec::Assignment> assignments;
  bool add_peer = false;

  // Messages pass as they are, so that there is nothing to do.
  [[nodiscard]] bool nothing() const {
    return mode == codec::Mode::none && !format && !where && assignments.empty() && !add_peer;
  }
};

enum class Verdict { kept, left_out, rejected };

class Processor {
 public:
  // `hostname` is this host's.
  Processor(ProcessorOptions options, std::string hostname)
      : options_(std::move(options)), hostname_(std::move(hostname)) {}

  // Before the first message, and now and then.
  void set_clock(const codec::LocalClock& clock) { clock_ = clock; }

  // Appends to `out` what goes on. With Verdict::rejected, reason() says why; an assignment that fails is a reason too,
  // but the message is kept.
  Verdict process(std::string_view message, const net::Peer* peer, std::string& out);
  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  ProcessorOptions options_;
  std::string hostname_;
  codec::LocalClock clock_;
  std::string reason_;
};

}  // namespace rules
