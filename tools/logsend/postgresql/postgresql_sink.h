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

#include "base/clock.h"
#include "base/report.h"
#include "base/units.h"
#include "cli/credentials.h"
#include "event/loop.h"
#include "net/url.h"
#include "tools/logsend/outbox_sink.h"
#include "tools/logsend/postgresql/connection.h"
#include "tools/logsend/postgresql/failure.h"
#include "tools/logsend/postgresql/row_encoder.h"
#include "tools/logsend/postgresql/table.h"

namespace logsend::postgresql {

struct SinkOptions : OutboxSinkOptions {
  ConnectionOptions connection = {};
  bool create_table = false;
  bool async_commit = false;  // commits need not be synced: strength `sent`
  // At each connection.
  std::function<base::Result<std::optional<cli::Credentials>>()> read_credentials;
};

class PostgresqlSink final : public OutboxSink, private Connection::Owner {
 public:
  // Connects to the first of `urls` that answers; starts at once and does not wait for it. `table` must be the one that
  // `encoder` writes for.
  static std::unique_ptr<PostgresqlSink> open(event::Loop& loop, std::vector<net::Url> urls,
                                              std::shared_ptr<const Table> table, RowEncoder encoder,
                                              SinkOptions options, base::Report report);

  base::Result<void> write(const stream::Batch& batch) override;
  [[nodiscard]] std::string state() const override;
  base::Result<void> reopen() override;

 private:
  // What the statement under way is.
  enum class Step : std::uint8_t { connecting, creating, settings, describing, ready, copying, inserting };

  PostgresqlSink(event::Loop& loop, std::vector<net::Url> urls, std::shared_ptr<const Table> table, RowEncoder encoder,
                 SinkOptions options, base::Report report);

  // OutboxSink
  void send() override;
  void go_on() override { connect(); }
  void closed_down() override { connection_.reset(); }
  [[nodiscard]] std::string place() const override { return "send to " + urls_[server_].text(); }
  [[nodiscard]] std::string places() const override;
  [[nodiscard]] Words words() const override { return {.peer = "server", .done = "stored"}; }

  // Connection::Owner
  void connected() override;
  void answered(Rows rows) override;
  void failed(Failure failure) override;

  void connect();
  void prepare(Step step);
  [[nodiscard]] std::string settings() const;
  bool take_settings(const Rows& rows);
  bool take_description(const Rows& rows);
  void store(std::unique_ptr<Load> load);
  void insert();
  void stored(std::uint64_t rows);
  void refused(const std::string& reason);
  void lose(Meaning meaning, const std::string& reason);
  void warn();
  void succeeded();

  event::Loop& loop_;
  std::vector<net::Url> urls_;
  std::shared_ptr<const Table> table_;
  RowEncoder encoder_;
  SinkOptions options_;
  base::Report report_;
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
  std::string told_;            // the one that people know of
  bool closed_ = false;         // somebody has to mend it
  std::uint64_t known_ = 0;     // messages that the table had already
};

}  // namespace logsend::postgresql
