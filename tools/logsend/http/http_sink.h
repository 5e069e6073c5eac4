// Messages to HTTP servers: http:// and https://.
//
// Strength `peer`: a message is safe when the server's answer says so, as the Api understands it. Messages wait in a
// bounded outbox; a request that fails is sent again, as it was and before all that came later, to the next server of
// the list, and after the last one there is a pause (base/backoff.h, at least Retry-After). While requests fail there
// is one at a time.
//
// A 2xx is no receipt when it came before the whole request was sent, or when its body was cut off: the server may have
// failed in between.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/report.h"
#include "base/units.h"
#include "event/loop.h"
#include "rules/processor.h"
#include "tools/logsend/http/api.h"
#include "tools/logsend/http/client.h"
#include "tools/logsend/http/composer.h"
#include "tools/logsend/http/encoder.h"
#include "tools/logsend/http/targets.h"
#include "tools/logsend/outbox_sink.h"

namespace logsend::http {

struct HttpOptions : OutboxSinkOptions {
  ClientOptions client = {};
  ComposerOptions requests = {};
  std::size_t parallel = 1;                              // requests at the same time
  std::optional<std::uint64_t> give_up = {};             // after so many failed requests; none: never
  base::Duration idle_timeout = base::Duration::zero();  // connections close that were not used for so long; 0: never
  bool probe = false;                                    // is away until a server has been connected to
  std::function<base::Result<Extras>()> read_extras;  // at the start, by SIGHUP, and after a refusal that may be mended
};

class HttpSink final : public OutboxSink {
 public:
  static base::Result<std::unique_ptr<HttpSink>> open(event::Loop& loop, Targets targets,
                                                      std::shared_ptr<const Api> api, Encoder encoder,
                                                      HttpOptions options, base::Report report);

  base::Result<void> write(const stream::Batch& batch) override;
  [[nodiscard]] std::string state() const override;
  base::Result<void> reopen() override;

 private:
  // A request under way.
  struct Flight {
    std::unique_ptr<Load> load;
    std::size_t server = 0;
    std::unique_ptr<Composed> composed = {};
  };
  // A load that the server has, and has yet to confirm.
  struct Unconfirmed {
    std::unique_ptr<Load> load;
    std::size_t server = 0;
    std::string token;
    base::Instant since;
  };
  // How bad people know that it is.
  enum class Told : std::uint8_t { nothing, failing, closed };

  HttpSink(event::Loop& loop, Targets targets, std::shared_ptr<const Api> api, Encoder encoder, HttpOptions options,
           base::Report report);

  // OutboxSink
  void send() override;
  void go_on() override;
  void closed_down() override;
  [[nodiscard]] std::string place() const override { return place(server_); }
  [[nodiscard]] std::string places() const override;
  [[nodiscard]] Words words() const override { return {.peer = "server", .done = "answered"}; }

  [[nodiscard]] std::string place(std::size_t server) const { return "send to " + targets_.text(server); }
  void watch_idleness();
  void post(std::unique_ptr<Load> load);
  void compose_next();
  void answered(std::list<Flight>::iterator flight, Outcome outcome);
  [[nodiscard]] Verdict judge(const Flight& flight, const Outcome& outcome) const;
  void apply(Flight flight, Verdict verdict, std::optional<base::Duration> at_least);
  void apply_each(const Flight& flight, const Verdict& verdict, std::optional<base::Duration> at_least);
  void too_large(Flight flight, const std::string& reason);
  void refused(std::unique_ptr<Load> load, const std::string& reason);
  void failed(Flight flight, const Verdict& verdict, std::optional<base::Duration> at_least);
  void drop(std::unique_ptr<Load> load, const std::string& reason);
  void pause(bool slowly, std::optional<base::Duration> at_least);
  void ask();
  void heard(const std::vector<std::string>& tokens, std::size_t server, const Outcome& outcome);
  void give_back_unconfirmed();
  void read_extras();
  void warn(const std::string& text, Told how);
  void succeeded(std::size_t server);
  void probe();

  Targets targets_;
  std::shared_ptr<const Api> api_;
  Encoder encoder_;
  HttpOptions options_;
  base::Report report_;
  Composer composer_;
  Extras extras_;
  std::mt19937_64 random_;
  std::list<Flight> flights_;
  std::vector<Unconfirmed> unconfirmed_;
  std::string asked_;  // the body of the question under way
  bool asking_ = false;
  std::size_t server_ = 0;  // to send to
  bool careful_ = false;    // one request at a time
  bool closed_ = false;     // the last failure is for somebody to mend
  Told told_ = Told::nothing;
  std::uint64_t given_up_ = 0;  // messages
  event::Timer ask_;
  event::Timer idle_;
  std::unique_ptr<Client> client_;  // last, so that nothing calls back into what is gone
};

}  // namespace logsend::http
