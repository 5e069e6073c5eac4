// Messages to a stream socket, with a receipt when the other side's kernel has acknowledged their bytes.
//
// Strength `sent`: what the peer's kernel took and its process never read is lost when that process dies. Messages wait
// in a bounded window until they are acknowledged; after a lost connection all of them are sent again, in order, so the
// peer may see some twice, and half a message at the end of the old connection.
//
// A peer of tcp:// that has not read what its kernel took may show it: by a reset at the end, for which the peer's own
// end is waited for a little, or by the answer of another protocol. That is an error, although it was safe already.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/report.h"
#include "event/loop.h"
#include "net/connection.h"
#include "net/dialer.h"
#include "net/url.h"
#include "stream/flow.h"
#include "stream/frame.h"
#include "stream/life.h"
#include "stream/window.h"
#include "tools/logsend/short_timer.h"

namespace logsend {

struct StreamOptions {
  stream::Framing wire = stream::Framing::line;
  net::DialOptions dial = {};
  // Bytes are on their way and none was acknowledged for so long: the connection is dead. Zero: never. A peer that only
  // does not read is waited for.
  base::Duration timeout = std::chrono::seconds(10);
  // Nothing was unacknowledged for so long: the connection is closed, and the next message opens another. Zero: never.
  base::Duration idle_timeout = base::Duration::zero();
  base::Duration drain_time = std::chrono::seconds(10);  // after finish(), the same means giving up
  base::Bytes window{8 << 20};
  std::size_t window_messages = 65536;
};

class StreamSink final : public stream::Sink, private net::Connection::Owner {
 public:
  // Connects to the first of `urls` that answers; starts at once and does not wait for it.
  static base::Result<std::unique_ptr<StreamSink>> open(event::Loop& loop, std::vector<net::Url> urls,
                                                        StreamOptions options, base::Report report);

  [[nodiscard]] std::size_t room() const override;
  base::Result<void> write(const stream::Batch& batch) override;
  base::Result<void> flush() override;
  base::Result<void> finish() override;
  [[nodiscard]] std::uint64_t safe() const override { return window_.safe(); }
  [[nodiscard]] bool finished() const override { return life_.is_finished(); }
  [[nodiscard]] std::string state() const override;
  [[nodiscard]] std::optional<base::Instant> away_since() const override;
  base::Result<void> hurry() override;

  // Reads the certificates again and connects anew as soon as nothing is unacknowledged; takes no messages until then.
  base::Result<void> reopen() override;

 private:
  StreamSink(event::Loop& loop, std::vector<net::Url> urls, StreamOptions options, base::Report report);

  // From one connection to the next.
  struct Session {
    Session(event::Loop& loop, net::Link link, net::Connection::Owner& owner)
        : connection(loop, std::move(link), owner) {}

    net::Connection connection;
    std::uint64_t acknowledged = 0;        // bytes
    base::Instant progress = base::now();  // when something was last acknowledged, or first waiting
    std::string head = {};                 // the first bytes that the peer sent
  };
  enum class Loss { closed, dead };

  void connected(net::Link link);
  void readable() override;
  void writable() override { send(); }
  void overdue() override {}
  void send();
  void count_acknowledged();
  void progressed();
  void check();
  [[nodiscard]] bool is_foreign(std::string_view bytes);
  void all_acknowledged();
  void idle();
  void lost(Loss loss, const std::string& text);
  void disconnect();
  void close_down();
  void leave();
  void out_of_time();
  [[nodiscard]] bool is_plain_tcp() const { return peer().starts_with("tcp:"); }
  [[nodiscard]] const std::string& peer() const { return session_->connection.peer(); }

  event::Loop& loop_;
  StreamOptions options_;
  base::Report report_;
  stream::Window window_;
  net::Dialer dialer_;
  std::optional<Session> session_;  // none: not connected
  std::optional<ShortTimer> check_;
  base::Duration check_interval_{};
  event::Timer idle_;
  event::Timer drain_;
  stream::Life life_;
  std::optional<base::Error> error_;
};

}  // namespace logsend
