// The source of HTTP listeners, http:// and https://. A request is answered with a 2xx status when all of its messages
// are safe, and never before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/report.h"
#include "base/result.h"
#include "base/units.h"
#include "event/loop.h"
#include "http/repetitions.h"
#include "http/reread_file.h"
#include "http/server.h"
#include "http/tokens.h"
#include "net/listening_source.h"
#include "net/peer_log.h"
#include "stream/flow.h"
#include "stream/frame.h"
#include "tools/logcat/http/api.h"
#include "tools/logcat/http/direct.h"
#include "tools/logcat/staged.h"

namespace logcat {

struct HttpSourceOptions {
  http::ServerOptions server = {};
  std::size_t max_message = stream::kDefaultMaxMessage;
  std::string api = {};     // of requests whose path and content type say nothing; empty: they are refused
  std::string tokens = {};  // a file of them (http/tokens.h); empty: everybody may send
  // How long a request waits for its messages to be safe, before it is answered 503. They may still become safe; a
  // sender that repeats the request with the same id adds nothing then.
  std::optional<base::Duration> answer_timeout = {};  // none: 4 s for logplex, whose senders wait for 5; else 25 s
  std::optional<unsigned> response_status = {};       // in place of the 2xx of the API
  // Addresses of proxies: what they say in X-Forwarded-For is believed.
  std::vector<std::string> proxies = {};
};

class HttpSource final : public net::ListeningSource, private http::Server::Handler {
 public:
  static base::Result<std::unique_ptr<HttpSource>> open(event::Loop& loop, const std::vector<net::Url>& urls,
                                                        HttpSourceOptions options, base::Report report);

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override;
  base::Result<void> acknowledge(std::uint64_t count) override;
  void stop() override;
  // Also reads the file of tokens again.
  base::Result<void> reopen() override;
  [[nodiscard]] std::string state() const override { return server_->state(); }

  const net::Peer* peer(std::uint64_t position) override { return peer_log_.of(position); }
  // The request of the message is answered 422 with the reason, when its other messages are safe.
  bool reject(std::uint64_t position, std::string_view reason) override;
  [[nodiscard]] std::vector<std::string> addresses() const override { return server_->addresses(); }

 private:
  // A request whose messages are on their way.
  struct Pending {
    http::Exchange exchange;
    std::uint64_t last;  // position of its last message
    http::Response answer;
    bool wants_ack;        // see Intake
    std::string_view api;  // its name, a constant
    base::Instant due;     // its answer
    bool answered = false;
  };

  HttpSource(event::Loop& loop, HttpSourceOptions options, base::Report report);
  std::optional<http::Response> refuse(const http::Request& head) override;
  void serve(http::Exchange exchange, http::Request request, std::shared_ptr<const net::Peer> sender) override;
  [[nodiscard]] bool has_room(const http::Request& head) const override;

  std::optional<http::Response> unauthorized(const http::Request& request);
  // The sender as a token and proxies have it.
  [[nodiscard]] std::shared_ptr<const net::Peer> sender_of(const http::Request& request,
                                                           std::shared_ptr<const net::Peer> peer) const;
  std::optional<http::Response> answer_at_once(const http::Request& request);
  // Why messages are not taken now; empty: they are.
  [[nodiscard]] std::string trouble(base::Duration patience) const;
  void take(const http::Exchange& exchange, const http::Request& request, const Api& api,
            std::shared_ptr<const net::Peer> sender);
  void expect(Pending pending);
  void answer(const Pending& pending);
  void answer_overdue();
  void watch_until(base::Instant due);
  [[nodiscard]] base::Duration patience(const Api& api) const;
  base::Result<void> read_tokens();

  HttpSourceOptions options_;
  base::Report report_;
  std::optional<http::RereadFile<http::Tokens>> tokens_;
  std::unique_ptr<http::Server> server_;
  Staged staged_;
  std::uint64_t taken_ = 0;  // messages
  std::uint64_t safe_ = 0;
  std::deque<Pending> pending_;  // by their last message
  Standing standing_;
  http::Repetitions repetitions_;
  net::PeerLog peer_log_;
  event::Timer overdue_;
  base::Instant next_due_{};  // while that runs
  event::Timer wake_;         // so that somebody looks at who waits for room
  bool stopped_ = false;
};

}  // namespace logcat
