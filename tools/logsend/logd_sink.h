// Messages to a logd server, such as `logbuf serve`: logd://, and logds:// with a TLS context.
//
// Strength `peer`: a message is safe when the server has answered OK to the MSG request it was in. Requests are sent
// without waiting for answers. Messages wait in a bounded window; after a lost connection those that are not answered
// are sent again, in order, so the log may have some twice.
//
// A request that is refused with ERR is sent again as well, once all that were sent with it are answered, to the next
// server; what that one has stored of them meanwhile is not, so that the order may change there. From then on until the
// next OK there is one request at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/report.h"
#include "base/units.h"
#include "codec/rejection.h"
#include "event/loop.h"
#include "net/logd_session.h"
#include "net/url.h"
#include "stream/life.h"
#include "tools/logsend/logd_window.h"
#include "tools/logsend/rejecting_sink.h"

namespace logsend {

struct LogdOptions {
  net::LogdOptions session = {};
  base::Duration idle_timeout = base::Duration::zero();  // nothing was to be sent for so long. Zero: never
  base::Duration drain_time = std::chrono::seconds(10);  // after finish(), the same means giving up
  base::Bytes window{8 << 20};                           // kept for sending again, sent or not
  std::size_t window_messages = 65536;
  codec::Reject on_reject = {};  // none: a rejected message is an error. Empty ones are rejected before they are sent
};

class LogdSink final : public RejectingSink {
 public:
  // Connects to the first of `urls` that answers; starts at once and does not wait for it.
  static std::unique_ptr<LogdSink> open(event::Loop& loop, std::vector<net::Url> urls, LogdOptions options,
                                        base::Report report);

  [[nodiscard]] std::size_t room() const override { return window_.room(); }
  base::Result<void> write(const stream::Batch& batch) override;
  base::Result<void> flush() override;
  base::Result<void> finish() override;
  [[nodiscard]] std::uint64_t safe() const override { return window_.safe(); }
  [[nodiscard]] bool finished() const override { return life_.is_finished(); }
  [[nodiscard]] std::string state() const override;
  [[nodiscard]] std::optional<base::Instant> away_since() const override { return session_.away_since(); }
  base::Result<void> hurry() override;
  base::Result<void> reopen() override;
  void settle(std::uint64_t number) override;

 private:
  LogdSink(event::Loop& loop, std::vector<net::Url> urls, LogdOptions options, base::Report report);
  void connected();
  void send();
  bool pass_empty_message(std::uint64_t number);
  base::Result<void> take(const codec::LogdReply& reply);
  base::Result<void> stored(std::string_view id);
  void rejected(std::string_view reason);
  void all_answered();
  void reject(const codec::Rejection& rejection);
  void progressed();
  void lost();
  void ended();
  void close_down();
  void give_up();

  LogdOptions options_;
  base::Report report_;
  LogdWindow window_;
  net::LogdSession session_;
  event::Timer idle_;
  event::Timer drain_;
  std::uint64_t reported_safe_ = 0;
  std::uint64_t empty_messages_ = 0;  // dropped
  std::uint64_t last_id_ = 0;         // that this connection answered
  bool careful_ = false;              // one request at a time
  bool again_ = false;                // some request must be sent again
  std::string refusal_;               // and to another server: why
  stream::Life life_;
  std::optional<base::Error> error_;
};

}  // namespace logsend
