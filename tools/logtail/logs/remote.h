// The tail of a remote log: a logd server, such as `logbuf serve`, asked with READ. The log is known by the uuid that
// STATS says, so that a replica under another address is the same log.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/report.h"
#include "event/loop.h"
#include "net/logd_session.h"
#include "net/url.h"
#include "tools/logtail/logs/log_tail.h"
#include "tools/logtail/start.h"

namespace logtail {

struct RemoteOptions {
  net::Url url;
  net::LogdOptions session = {};
  bool follow = false;
  Start start;
  EmitterOptions emitter = {};
};

class RemoteTail final : public LogTail {
 public:
  // Connects at once and does not wait for it. Without `follow` a server that is not there within the time for
  // connecting is a failure.
  static std::unique_ptr<RemoteTail> open(event::Loop& loop, RemoteOptions options, Headers& headers, Memory& memory,
                                          base::Report report);

  void stop() override;
  base::Result<void> reopen() override;
  [[nodiscard]] std::string state() const override;

 private:
  enum class Asked { nothing, stats, head, read };

  RemoteTail(event::Loop& loop, RemoteOptions options, Headers& headers, Memory& memory, base::Report report);
  base::Result<stream::Next> fill() override;
  void ask_for_oldest() override;
  void ask(Asked what, std::initializer_list<std::uint64_t> arguments = {});
  void ask_for_rest();
  void read_from(std::uint64_t id);
  base::Result<void> take(const codec::LogdReply& reply);
  void take_stats(const codec::LogdReply& reply);
  base::Result<void> take_head(const codec::LogdReply& reply);
  base::Result<void> take_answer(const codec::LogdReply& reply);
  base::Result<void> take_message(const codec::LogdReply& reply);
  base::Result<bool> take_expected(const codec::LogdReply& reply);
  void found(const std::string& log);
  void begin();
  std::uint64_t first_to_read();
  void not_found(bool deleted);
  void lost_its_end();
  void lost();
  void end();
  void fail(base::Kind kind, const std::string& why);

  RemoteOptions options_;
  net::LogdSession session_;
  event::Timer patience_;  // how long a server may be away that is not followed
  Asked asked_ = Asked::nothing;
  std::uint64_t next_ = 0;               // the id that is wanted next; 0: the oldest there is
  std::uint64_t head_ = 0;               // of the log when it was last asked
  std::optional<std::uint64_t> end_;     // the last to read, where it is not followed
  std::optional<std::uint64_t> wanted_;  // an id that is there no more; people are told once it is known which is
  bool quiet_ = false;                   // what is wanted need not be there
  std::uint64_t skip_ = 0;               // messages before the first line wanted
};

}  // namespace logtail
