// Messages as datagrams: udp://HOST:PORT and unixgram:PATH (such as /dev/log), one message each.
//
// Strength `sent`, at its weakest for UDP: a message is safe when the kernel has taken it. A unix socket tells when
// nobody listens; its messages then wait and are sent when somebody does.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/report.h"
#include "event/loop.h"
#include "net/lookup.h"
#include "net/url.h"
#include "stream/flow.h"
#include "stream/life.h"

namespace logsend {

struct DatagramOptions {
  base::Duration drain_time = std::chrono::seconds(10);  // after finish(), how long to try
  std::uint64_t seed = 0;
};

class DatagramSink final : public stream::Sink {
 public:
  static base::Result<std::unique_ptr<DatagramSink>> open(event::Loop& loop, net::Url url, DatagramOptions options,
                                                          base::Report report);

  [[nodiscard]] std::size_t room() const override;
  base::Result<void> write(const stream::Batch& batch) override;
  base::Result<void> flush() override;
  base::Result<void> finish() override;
  [[nodiscard]] std::uint64_t safe() const override { return safe_; }
  [[nodiscard]] bool finished() const override { return life_.is_finished(); }
  [[nodiscard]] std::string state() const override;
  [[nodiscard]] std::optional<base::Instant> away_since() const override { return away_since_; }
  base::Result<void> hurry() override;
  base::Result<void> reopen() override;

 private:
  DatagramSink(event::Loop& loop, net::Url url, DatagramOptions options, base::Report report);
  void connect();
  void connect_to(const net::Lookup::Answer& found);
  base::Result<void> open_socket(const net::Lookup::Answer& found);
  base::Result<void> send_pending();
  // True: sent. False: not now.
  base::Result<bool> send(std::string_view message);
  base::Result<bool> failed(int errnum, std::string_view message);
  void wait_and_connect(const std::string& why);

  event::Loop& loop_;
  net::Url url_;
  DatagramOptions options_;
  base::Report report_;
  base::Backoff backoff_;
  net::Lookup lookup_;
  base::Fd socket_;
  std::optional<event::Io> writable_;
  event::Timer again_;
  event::Timer give_up_;
  stream::Batch pending_;       // taken and not all sent
  std::size_t sent_ = 0;        // messages of pending_
  std::size_t sent_bytes_ = 0;  // and their bytes
  std::uint64_t safe_ = 0;
  std::uint64_t cut_ = 0;
  std::optional<base::Instant> away_since_ = base::now();
  bool outage_ = false;
  stream::Life life_;
  std::optional<base::Error> error_;
};

}  // namespace logsend
