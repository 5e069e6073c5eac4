// Messages to a PostgreSQL server: postgresql://, into a table.
//
// Strength `peer`: a message is safe when the transaction that has its row is committed, and the server syncs its
// commits to disk (`sent` where asked not to). A load of messages is one statement and one transaction: a COPY, which
// costs the server least, and an INSERT where that is refused, for instance because the table has one of the rows
// already. After a failure the same load is sent again, to the next server of the list, and after the last one there is
// a pause (base/backoff.h); what the table has already is left alone, by the key of each row. A load that is refused is
// sent in halves until the guilty message stands alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/report.h"
#include "base/units.h"
#include "cli/credentials.h"
#include "codec/rejection.h"
#include "event/loop.h"
#include "net/url.h"
#include "stream/life.h"
#include "tools/logsend/outbox.h"
#include "tools/logsend/postgresql/connection.h"
#include "tools/logsend/postgresql/failure.h"
#include "tools/logsend/postgresql/row_encoder.h"
#include "tools/logsend/postgresql/table.h"
#include "tools/logsend/rejecting_sink.h"

namespace logsend::postgresql {

struct SinkOptions {
  ConnectionOptions connection = {};
  OutboxLimits outbox = {};
  base::Duration batch_time = base::Duration::zero();  // how long a statement waits for more messages
  base::Duration drain_time = std::chrono::seconds(10);
  bool create_table = false;
  bool async_commit = false;  // commits need not be synced: strength `sent`
  std::uint64_t seed = 0;
  codec::Reject on_reject = {};  // none: a rejected message is an error
  // At each connection.
  std::function<base::Result<std::optional<cli::Credentials>>()> read_credentials;
};

class PostgresqlSink final : public RejectingSink, private Connection::Owner {
 public:
  // Connects to the first of `urls` that answers; starts at once and does not wait for it. `table` must be the one that
  // `encoder` writes for.
  static std::unique_ptr<PostgresqlSink> open(event::Loop& loop, std::vector<net::Url> urls,
                                              std::shared_ptr<const Table> table, RowEncoder encoder,
                                              SinkOptions options, base::Report report);

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
  // What the statement under way is.
  enum class Step : std::uint8_t { connecting, creating, settings, describing, ready, copying, inserting };

  PostgresqlSink(event::Loop& loop, std::vector<net::Url> urls, std::shared_ptr<const Table> table, RowEncoder encoder,
                 SinkOptions options, base::Report report);

  // Connection::Owner
  void connected() override;
  void answered(Rows rows) override;
  void failed(Failure failure) override;

  void connect();
  void prepare(Step step);
  [[nodiscard]] std::string settings() const;
  bool take_settings(const Rows& rows);
  bool take_description(const Rows& rows);
  void send();
  [[nodiscard]] std::unique_ptr<Load> next_load();
  void wait_for_more();
  void store(std::unique_ptr<Load> load);
  void insert();
  void stored(std::uint64_t rows);
  void refused(const std::string& reason);
  void reject(const Load& load);
  void lose(Meaning meaning, const std::string& reason);
  void warn();
  void succeeded();
  void progressed();
  void close_down();
  void give_up();
  [[nodiscard]] std::size_t waiting() const { return outbox_.waiting(); }
  [[nodiscard]] std::string place() const { return "send to " + urls_[server_].text(); }

  event::Loop& loop_;
  std::vector<net::Url> urls_;
  std::shared_ptr<const Table> table_;
  RowEncoder encoder_;
  SinkOptions options_;
  base::Report report_;
  Outbox outbox_;
  base::Backoff backoff_;
  std::size_t server_ = 0;
  std::unique_ptr<Connection> connection_;  // none: a pause, or the end
  Step step_ = Step::connecting;
  std::size_t created_ = 0;  // statements of the creation
  std::string statement_;    // the insertion, for this connection
  std::vector<std::string> arrays_;
  std::string copy_;            // the data of the COPY under way
  bool can_copy_ = false;       // this table of this connection
  bool had_rows_ = false;       // the last insertion found rows that the table had
  std::unique_ptr<Load> load_;  // under way
  std::string failure_;         // the last one
  std::string told_;            // the one that people know of
  bool closed_ = false;         // somebody has to mend it
  std::uint64_t reported_safe_ = 0;
  std::uint64_t known_ = 0;  // messages that the table had already
  std::optional<base::Instant> away_since_;
  event::Timer pause_;
  base::Instant pause_end_;
  event::Timer batch_;
  event::Timer drain_;
  stream::Life life_;
  std::optional<base::Error> error_;
};

}  // namespace logsend::postgresql
