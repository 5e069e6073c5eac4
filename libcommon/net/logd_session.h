// A connection to a logd server, for those who write to it, read from it or copy it: kept up through outages.
//
// What was asked on a connection that is lost may or may not have been done; nothing is asked again but by the owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/report.h"
#include "base/result.h"
#include "codec/logd_reply.h"
#include "event/loop.h"
#include "net/connection.h"
#include "net/dialer.h"
#include "net/url.h"

namespace net {

struct LogdOptions {
  DialOptions dial;
  base::Duration timeout = std::chrono::seconds(30);  // an answer is owed and nothing came; zero: never
  std::size_t max_body = std::size_t{1} << 30;        // of one message
};

class LogdSession final : private Connection::Owner {
 public:
  // All from within start(), send() and the loop; they may call anything here but the destructor.
  struct Events {
    std::function<void()> connected;  // nothing was asked yet
    // An error ends the connection; another one is made after a pause.
    std::function<base::Result<void>(const codec::LogdReply&)> reply;
    std::function<void()> lost;            // the connection is gone
    std::function<std::size_t()> waiting;  // how many messages wait for a connection
    // The server has closed the connection while it might (may_end): nothing is done before start() or rest().
    std::function<void()> ended = {};
  };

  // `urls` is not empty: logd:// or logds://, tried in order.
  LogdSession(event::Loop& loop, std::vector<Url> urls, LogdOptions options, base::Report report, Events events);

  void start() { dialer_.start(); }
  void stop();                           // no connection is needed any more
  void proceed(const std::string& why);  // this server is no good: the next, or after a pause the first again
  void hurry() { dialer_.hurry(); }
  // No connection is needed before wake().
  void rest();
  void wake() { dialer_.wake(); }
  void reload_certificates() { dialer_.reload_certificates(); }

  [[nodiscard]] bool connected() const { return dialogue_.has_value(); }
  // While connected(). `owed`: answers that this makes the server owe; see LogdOptions::timeout.
  void send(std::string_view request, std::size_t owed = 1);
  [[nodiscard]] std::size_t unsent() const;
  [[nodiscard]] std::size_t owed() const { return owed_; }
  // How the answers from now on look.
  void expect(codec::LogdReplyReader::Bodies bodies);
  // While held, nothing is received.
  void hold(bool held);
  // While connected(): the server may close the connection now, and that is no outage.
  void may_end(bool may);
  // The connection is of use: the next pause is the shortest again, and people are told that an outage is over.
  void proved();

  [[nodiscard]] std::optional<base::Instant> away_since() const {
    return connected() ? std::nullopt : dialer_.away_since();
  }
  [[nodiscard]] base::Error undelivered(const std::string& done, base::Duration within) const {
    return dialer_.undelivered(done, within);
  }
  [[nodiscard]] std::string peer() const;
  [[nodiscard]] std::string state() const;

 private:
  struct Dialogue {
    Dialogue(event::Loop& loop, Link link, Connection::Owner& owner, std::size_t max_body)
        : connection(loop, std::move(link), owner), replies(max_body) {}

    Connection connection;
    codec::LogdReplyReader replies;
    bool proved = false;
    bool answered = false;  // anything at all
    bool may_end = false;
  };

  void take(Link link);
  void readable() override;
  void writable() override {}
  void overdue() override;
  bool receive_some();
  void lose(std::string why);
  void disconnect();

  event::Loop& loop_;
  LogdOptions options_;
  Events events_;
  Dialer dialer_;
  std::optional<Dialogue> dialogue_;  // none: not connected
  std::unique_ptr<char[]> buffer_;
  std::size_t owed_ = 0;
};

}  // namespace net
