// What `cat` reads of a queue: a range, which nothing is done to.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "tools/logredis/feed/feed.h"
#include "tools/logredis/queue/keys.h"

namespace logredis {

class RangeFeed : public Feed {
 public:
  void acknowledge(const IdQueue&, Done done) override { done({}); }
  void renew(Done done) override { done({}); }
  [[nodiscard]] base::Duration renew_every() const override { return base::Duration::zero(); }
  void lost() override {}
  base::Result<void> close(const IdQueue&, base::Duration) override { return {}; }
};

// Of a list, R: by position, 1 is the next to be handed out. The ids are "0-POSITION", which nothing that is handed out
// ever has.
class ListRange final : public RangeFeed {
 public:
  ListRange(redis::Session& session, Keys keys, bool ids, std::uint64_t first, std::uint64_t last)
      : session_(session), keys_(std::move(keys)), ids_(ids), next_(std::max<std::uint64_t>(first, 1)), last_(last) {}

  base::Result<void> open() override { return {}; }
  void take(Want want, OnChunk on_chunk) override;
  [[nodiscard]] redis::Command wait_command(base::Duration patience) const override;

 private:
  redis::Session& session_;
  Keys keys_;
  bool ids_;
  std::uint64_t next_;
  std::uint64_t last_;
};

// Of a stream: all that is stored, whoever has acknowledged it.
class StreamRange final : public RangeFeed {
 public:
  struct Options {
    Id first = {};
    Id last = kLastId;
    bool ids = false;
    bool follow = false;
    base::Duration patience = {};
  };
  StreamRange(redis::Session& session, Keys keys, Options options)
      : session_(session), keys_(std::move(keys)), options_(options), next_(options.first.text()) {}

  base::Result<void> open() override;
  void take(Want want, OnChunk on_chunk) override;
  [[nodiscard]] redis::Command wait_command(base::Duration patience) const override;

 private:
  redis::Session& session_;
  Keys keys_;
  Options options_;
  std::string next_;          // as XRANGE wants it
  std::string seen_ = "0-0";  // the last one read
};

}  // namespace logredis
