// Messages to a RELP server: relp://, and relps:// with a TLS context.
//
// Strength `peer`: a message is safe when the server has answered it with 200, whatever that server promises by it.
// Messages wait in a bounded window; after a lost connection those that are not answered are sent again, in order, so
// the server may see some twice.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/report.h"
#include "codec/relp_client.h"
#include "event/loop.h"
#include "net/connection.h"
#include "net/dialer.h"
#include "net/url.h"
#include "stream/life.h"
#include "tools/logsend/rejecting_sink.h"

namespace logsend {

struct RelpOptions {
  std::size_t relp_window = 128;  // messages that may be unanswered on a connection
  net::DialOptions dial = {};
  // The server owes an answer and gave none for so long: the connection is dead. Zero: never. A server that commits
  // what it takes may need its time; librelp waits 90 seconds. One that does not read what was sent is waited for.
  base::Duration timeout = std::chrono::seconds(90);
  // Nothing was unanswered for so long: the session is closed, and the next message opens another. Zero: never.
  base::Duration idle_timeout = base::Duration::zero();
  base::Duration drain_time = std::chrono::seconds(10);  // after finish(), the same means giving up
  base::Bytes window{8 << 20};                           // kept for sending again, sent or not
  std::size_t window_messages = 65536;
  codec::Reject on_reject = {};  // none: a rejected message is an error
};

class RelpSink final : public RejectingSink, private net::Connection::Owner {
 public:
  // Connects to the first of `urls` that answers; starts at once and does not wait for it.
  static std::unique_ptr<RelpSink> open(event::Loop& loop, std::vector<net::Url> urls, RelpOptions options,
                                        base::Report report);

  [[nodiscard]] std::size_t room() const override;
  base::Result<void> write(const stream::Batch& batch) override;
  base::Result<void> flush() override;
  base::Result<void> finish() override;
  [[nodiscard]] std::uint64_t safe() const override { return client_.backlog().safe(); }
  [[nodiscard]] bool finished() const override { return life_.is_finished(); }
  [[nodiscard]] std::string state() const override;
  [[nodiscard]] std::optional<base::Instant> away_since() const override;
  base::Result<void> hurry() override;

  // Reads the certificates again, closes the session in order and connects anew.
  base::Result<void> reopen() override;

  void settle(std::uint64_t number) override;

 private:
  RelpSink(event::Loop& loop, std::vector<net::Url> urls, RelpOptions options, base::Report report);

  // From one connection to the next.
  struct Session {
    Session(event::Loop& loop, net::Link link, net::Connection::Owner& owner, std::uint64_t safe)
        : connection(loop, std::move(link), owner), safe_before(safe) {}

    net::Connection connection;
    base::Instant progress = base::now();  // when the server last said something, or first had something to say
    std::uint64_t safe_before;             // what was safe when it was made
  };

  void connected(net::Link link);
  void readable() override;
  void writable() override { send(); }
  void overdue() override;
  void send();
  void hear(std::string_view bytes);
  void progressed();
  void lost(const std::string& text);
  void disconnect();
  void close_down();
  void give_up();
  void idle();
  void session_closed();
  void note_recovery();
  [[nodiscard]] bool server_owes() const;
  [[nodiscard]] const std::string& peer() const { return session_->connection.peer(); }
  [[nodiscard]] std::size_t waiting() const { return client_.backlog().waiting(); }
  base::Result<codec::Settlement> rejected(const codec::Rejection& rejection);

  event::Loop& loop_;
  RelpOptions options_;
  codec::RelpClient client_;
  net::Dialer dialer_;
  std::optional<Session> session_;  // none: not connected
  event::Timer idle_;
  event::Timer drain_;
  std::uint64_t reported_safe_ = 0;
  stream::Life life_;
  std::optional<base::Error> error_;
};

}  // namespace logsend
