// A batch of messages and what a Processor makes of it, on whatever thread. Passive: it knows nothing of the batches
// before and after it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/report.h"
#include "net/peer_log.h"
#include "rules/processor.h"
#include "stream/batch.h"

namespace rules {

using Reports = std::vector<std::pair<base::Level, std::string>>;

struct Job {
  // After so many messages of this job that went on, so many did not.
  struct Gap {
    std::uint64_t kept;
    std::uint64_t messages;
  };
  struct Rejection {
    std::size_t index;  // of the message in `raw`
    std::string reason;
    std::string text;  // for people, where the sender cannot be told
  };

  // Up to the end-th message of `raw`, and from that of the run before on, one peer.
  struct Senders {
    std::size_t end;
    net::Peer peer;
  };

  stream::Batch raw;
  std::vector<Senders> senders;  // where they are kept for another thread

  stream::Batch made;  // what goes on, with the ids that it had
  std::vector<Gap> gaps;
  std::vector<Rejection> rejections;
  Reports reports;
  std::uint64_t failures = 0;  // statements of the rules that could not do their work

  void clear();
};

// Who sent the message with an index in the job; asked for in order. Null: not known. None: nobody knows.
using PeerOf = std::function<const net::Peer*(std::size_t index)>;

// From `job.senders`.
PeerOf kept_senders(const Job& job);

// Fills what is made of `job.raw`.
void process(Processor& processor, const PeerOf& peer_of, Job& job);

}  // namespace rules
