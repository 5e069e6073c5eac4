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

#include "base/backoff.h"
#include "base/clock.h"
#include "base/report.h"
#include "base/units.h"
#include "codec/rejection.h"
#include "event/loop.h"
#include "rules/processor.h"
#include "stream/life.h"
#include "tools/logsend/http/api.h"
#include "tools/logsend/http/client.h"
#include "tools/logsend/http/composer.h"
#include "tools/logsend/http/encoder.h"
#include "tools/logsend/http/targets.h"
#include "tools/logsend/outbox.h"
#include "tools/logsend/rejecting_sink.h"

namespace logsend::http {

struct HttpOptions {
  ClientOptions client = {};
  OutboxLimits outbox = {};
  ComposerOptions requests = {};
  base::Duration batch_time = base::Duration::zero();  // how long a request waits for more messages
  std::size_t parallel = 1;                            // requests at the same time
  std::optional<std::uint64_t> give_up = {};           // after so many failed requests; none: never
  base::Duration drain_time = std::chrono::seconds(10);
  base::Duration idle_timeout = base::Duration::zero();  // connections close that were not used for so long; 0: never
  bool probe = false;                                    // is away until a server has been connected to
  std::uint64_t seed = 0;
  codec::Reject on_reject = {};                       // none: a rejected message is an error
  std::function<base::Result<Extras>()> read_extras;  // at the start, by SIGHUP, and after a refusal that may be mended
};

class HttpSink final : public RejectingSink {
 public:
  static base::Result<std::unique_ptr<HttpSink>> open(event::Loop& loop, Targets targets,
                                                      std::shared_ptr<const Api> api, Encoder encoder,
                                                      HttpOptions options, base::Report report);

  [[nodiscard]] std::size_t room() const override { return outbox_.room(); }
  base::Result<void> write(const stream::Batch& batch) override;
  base::Result<void> flush() override;
  base::Result<void> finish() override;
  [[nodiscard]] std::uint64_t safe() const override { return outbox_.safe(); }
  [[nodiscard]] bool finished() const override { return life_.is_finished(); }
  [[nodiscard]] std::string state() const override;
  [[nodiscard]] std::optional<base::Instant> away_since() const override { return away_since_; }
  base::Result<void> hurry() override;
  base::Result<void> reopen() override;
  void settle(std::uint64_t number) override;

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

  void send();
  std::unique_ptr<Load> next_load();
  void wait_for_more();
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
  void go_on();
  void reject(const Load& load);
  void ask();
  void heard(const std::vector<std::string>& tokens, std::size_t server, const Outcome& outcome);
  void give_back_unconfirmed();
  void read_extras();
  void warn(const std::string& text, Told how);
  void succeeded(std::size_t server);
  void progressed();
  void probe();
  void close_down();
  void give_up();
  [[nodiscard]] std::size_t waiting() const { return outbox_.waiting(); }

  Targets targets_;
  std::shared_ptr<const Api> api_;
  Encoder encoder_;
  HttpOptions options_;
  base::Report report_;
  Outbox outbox_;
  Composer composer_;
  Extras extras_;
  base::Backoff backoff_;
  std::mt19937_64 random_;
  std::list<Flight> flights_;
  std::vector<Unconfirmed> unconfirmed_;
  std::string asked_;  // the body of the question under way
  bool asking_ = false;
  std::size_t server_ = 0;  // to send to
  bool careful_ = false;    // one request at a time
  bool closed_ = false;     // the last failure is for somebody to mend
  std::string failure_;     // the last one
  Told told_ = Told::nothing;
  std::uint64_t given_up_ = 0;  // messages
  std::uint64_t reported_safe_ = 0;
  std::optional<base::Instant> away_since_;
  event::Timer pause_;
  base::Instant pause_end_;
  event::Timer batch_;
  event::Timer ask_;
  event::Timer drain_;
  event::Timer idle_;
  stream::Life life_;
  std::optional<base::Error> error_;
  std::unique_ptr<Client> client_;  // last, so that nothing calls back into what is gone
};

}  // namespace logsend::http
