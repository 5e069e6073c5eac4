// From messages on stdin to parts in an outbox: what --where, --set and --format ask for, where each message goes, and
// how the Api writes it. Passive.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/report.h"
#include "base/result.h"
#include "rules/processor.h"
#include "stream/batch.h"
#include "tools/logsend/event_options.h"
#include "tools/logsend/http/api.h"
#include "tools/logsend/http/targets.h"
#include "tools/logsend/outbox.h"

namespace logsend::http {

class Encoder {
 public:
  // `origin` is the stream's, or empty. `nonce` differs from process to process.
  static base::Result<Encoder> create(EventOptions options, const Traits& traits, bool target_has_fields,
                                      const std::string& origin, std::uint64_t nonce);

  // SIGHUP: the rules are read again.
  void reopen(const base::Report& report) {
    if (processor_) reread_rules(*processor_, report);
  }
  void append(Outbox& outbox, const stream::Batch& batch, const Api& api, const Targets& targets,
              const base::Report& report);

  // Parts::key of a load.
  [[nodiscard]] std::string key_of(const Load& load) const;

 private:
  // Where messages go.
  struct Way {
    Outbox& outbox;
    const Api& api;
    const Targets& targets;
    const base::Report& report;
  };

  Encoder() = default;
  void append_processed(const Way& way, std::string_view id, std::string_view message);
  // `message` as it came, `text` as it goes out.
  void put(const Way& way, std::string_view id, std::string_view message, std::string_view text,
           const codec::Event& event);
  void name(std::string_view id);
  std::uint64_t fingerprint(std::string_view id, std::string_view message);

  std::unique_ptr<rules::Processor> processor_;  // null: messages go as they are
  bool keeps_objects_ = false;                   // what is a JSON object already goes as it is
  bool by_field_ = false;
  std::string origin_;        // printable, and ":"; empty: none
  std::uint64_t stream_ = 0;  // for keys: of the origin, or of this process
  std::uint64_t place_ = 0;   // in the stream: of the last id, and how many messages came after it
  std::string text_;
  std::string target_;
  std::string name_;
};

}  // namespace logsend::http
