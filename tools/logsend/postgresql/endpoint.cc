#include "tools/logsend/postgresql/endpoint.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/uuid.h"
#include "cli/credentials.h"
#include "tools/logsend/on_reject.h"
#include "tools/logsend/postgresql/postgresql_sink.h"

namespace logsend::postgresql {
namespace {

constexpr cli::Scheme kSchemes[] = {{"postgresql", "postgresql://[HOST][:PORT]/DATABASE"},
                                    {"postgres", "postgres://[HOST][:PORT]/DATABASE"}};
constexpr std::string_view kOptions[] = {"--connect-timeout", "--timeout", "--keepalive", "--window",
                                         "--window-messages", "--on-reject", "--credentials", "--batch-messages",
                                         "--batch-bytes", "--batch-time",
                                         // its own
                                         "--table", "--create-table", "--columns", "--key", "--async-commit"};

constexpr char kGroup[] = "PostgreSQL";

struct Own {
  std::string table = "logs";
  bool create_table = false;
  std::vector<Column> columns;  // empty: the default ones
  Key key = Key::id;
  std::uint64_t batch_messages = 5000;
  base::Bytes batch_bytes{1 << 20};
  base::Duration batch_time = base::Duration::zero();
  bool async_commit = false;
};

SinkOptions sink_options(const Own& own, const SharedOptions& shared) {
  SinkOptions options;
  options.connection = {.connect_timeout = shared.connect_timeout, .keepalive = shared.keepalive};
  options.connection.timeout = shared.timeout.value_or(options.connection.timeout);
  options.outbox = {.messages = static_cast<std::size_t>(own.batch_messages),
                    .bytes = own.batch_bytes.count,
                    .window = shared.window.count,
                    .window_messages = static_cast<std::size_t>(shared.window_messages),
                    .keep_texts = shared.on_reject.drop || !shared.on_reject.buffer.empty()};
  options.batch_time = own.batch_time;
  options.drain_time = shared.sink.pump.drain_time;
  options.create_table = own.create_table;
  options.async_commit = own.async_commit;
  options.seed = shared.dial().seed;
  options.read_credentials = [file = shared.credentials] { return cli::read_credentials(file); };
  return options;
}

base::Result<Opened> open(const Own& own, event::Loop& loop, const std::vector<net::Url>& urls,
                          const SharedOptions& shared, const cli::Context& context) {
  for (const net::Url& url : urls) TRY(Connection::check(url));
  const auto table = std::make_shared<const Table>(
      TRY(Table::create(own.table, own.columns.empty() ? Table::default_columns() : own.columns)));
  TRY(cli::read_credentials(shared.credentials));
  const std::uint64_t nonce = TRY(base::random_number());
  const std::string origin = context.invitation ? context.invitation->origin : "";
  SinkOptions options = sink_options(own, shared);

  const auto open_sender = [&](codec::Reject on_reject) -> base::Result<std::unique_ptr<RejectingSink>> {
    options.on_reject = std::move(on_reject);
    auto encoder = TRY(RowEncoder::create(shared.events, *table, own.key, origin, nonce));
    return PostgresqlSink::open(loop, urls, table, std::move(encoder), options, context.report);
  };
  auto sink = open_rejecting(loop, open_sender, shared, context.report);
  if (!sink) return sink;
  sink->processes = true;
  if (own.async_commit) sink->strength = stream::Strength::sent;
  return sink;
}

void declare_table(cli::CommandLine& line, Own& own) {
  line.add_text("--table", own.table, "the table, perhaps with its schema").value_name("NAME").group(kGroup);
  const cli::Option create =
      line.add_flag("--create-table", own.create_table, "make the table and its index on the time where there is none")
          .group(kGroup);
  const auto take_column = [&own](const std::string& text) -> base::Result<void> {
    own.columns.push_back(TRY(Table::parse_column(text)));
    return {};
  };
  line.add_values("--columns", take_column,
                  "fill this column from a field, or from @key, @received, @structured_data, @fields or @event; may be "
                  "given several times (default: pyloggr's columns)")
      .value_name("NAME=FIELD")
      .excludes(create)
      .group(kGroup);
  const cli::Choices<Key> keys{{"id", Key::id}, {"uuid", Key::content}};
  cli::add_choice(line, "--key", own.key, keys,
                  "by what a row is known that is stored already: the origin and id of its message, or a UUID of what "
                  "it says")
      .value_name("WHAT")
      .default_text("id")
      .group(kGroup);
  line.add_flag("--async-commit", own.async_commit,
                "do not wait until commits are synced: a crash of the server may lose messages with a receipt")
      .group(kGroup);
}

Open declare(cli::CommandLine& line) {
  const auto own = std::make_shared<Own>();
  declare_table(line, *own);
  cli::add_number(line, "--batch-messages", own->batch_messages, "store at most this many messages in a transaction", 1)
      .group(kGroup);
  cli::add_bytes(line, "--batch-bytes", own->batch_bytes,
                 "store at most this much in a transaction; a longer message goes alone", {1})
      .group(kGroup);
  cli::add_duration(line, "--batch-time", own->batch_time,
                    "let a transaction wait for more messages for this time; 0: store what there is as soon as the one "
                    "before is committed")
      .group(kGroup);
  return [own](event::Loop& loop, const std::vector<net::Url>& urls, const SharedOptions& shared,
               const cli::Context& context) { return open(*own, loop, urls, shared, context); };
}

}  // namespace

constinit const Endpoint kPostgresql{
    {kSchemes, "PostgreSQL, several to try in order; safe when the transaction is committed", kOptions},
    false,
    declare};

}  // namespace logsend::postgresql
