#include "tools/logsend/postgresql/postgresql_sink.h"

#include <algorithm>
#include <utility>

namespace logsend::postgresql {
namespace {

using base::Result;

constexpr base::Duration kSlowly = std::chrono::seconds(30);  // for what somebody has to mend

}  // namespace

PostgresqlSink::PostgresqlSink(event::Loop& loop, std::vector<net::Url> urls, std::shared_ptr<const Table> table,
                               RowEncoder encoder, SinkOptions options, base::Report report)
    : OutboxSink(loop, options),
      loop_(loop),
      urls_(std::move(urls)),
      table_(std::move(table)),
      encoder_(std::move(encoder)),
      options_(std::move(options)),
      report_(std::move(report)),
      arrays_(table_->columns().size()) {}

std::unique_ptr<PostgresqlSink> PostgresqlSink::open(event::Loop& loop, std::vector<net::Url> urls,
                                                     std::shared_ptr<const Table> table, RowEncoder encoder,
                                                     SinkOptions options, base::Report report) {
  std::unique_ptr<PostgresqlSink> sink(new PostgresqlSink(loop, std::move(urls), std::move(table), std::move(encoder),
                                                          std::move(options), std::move(report)));
  sink->connect();
  return sink;
}

Result<void> PostgresqlSink::write(const stream::Batch& batch) {
  encoder_.append(outbox_, batch, report_);
  send();
  return {};
}

// Another server may be the right one now, and the table may have changed.
Result<void> PostgresqlSink::reopen() {
  encoder_.reopen(report_);
  if (!load_ && connection_ && !life_.is_ending()) connect();
  return hurry();
}

// ---- the session

void PostgresqlSink::connect() {
  connection_.reset();
  step_ = Step::connecting;
  if (!away_since_) away_since_ = base::now();
  const auto credentials = options_.read_credentials();
  if (!credentials) return lose(Meaning::closed, credentials.error().text());
  connection_ = std::make_unique<Connection>(loop_, urls_[server_], *credentials, options_.connection,
                                             static_cast<Connection::Owner&>(*this));
}

void PostgresqlSink::connected() {
  created_ = 0;
  prepare(options_.create_table ? Step::creating : Step::settings);
}

void PostgresqlSink::prepare(Step step) {
  step_ = step;
  if (step == Step::creating) return connection_->ask(table_->creation()[created_]);
  connection_->ask(step == Step::settings ? settings() : table_->description());
}

// A server that takes too long cancels by itself, before it is given up here: else it might go on unseen.
std::string PostgresqlSink::settings() const {
  const auto patience = std::chrono::duration_cast<std::chrono::milliseconds>(options_.connection.timeout * 9 / 10);
  const std::string commit = options_.async_commit ? "set_config('synchronous_commit', 'off', false)"
                                                   : "CASE current_setting('synchronous_commit') WHEN 'off' THEN "
                                                     "set_config('synchronous_commit', 'on', false) END";
  return "SELECT " + commit + ", set_config('statement_timeout', '" + std::to_string(patience.count()) +
         "', false), current_setting('fsync'), pg_catalog.pg_is_in_recovery()";
}

bool PostgresqlSink::take_settings(const Rows& rows) {
  constexpr std::size_t kFsync = 2;
  constexpr std::size_t kRecovery = 3;
  const auto& row = rows.values.at(0);
  if (row.at(kRecovery) == "t") {
    lose(Meaning::again, "the server is a standby, and takes nothing");
    return false;
  }
  if (options_.async_commit || row.at(kFsync) == "on") return true;
  lose(Meaning::closed, "the server does not sync what it commits (fsync is off); see --async-commit");
  return false;
}

bool PostgresqlSink::take_description(const Rows& rows) {
  std::map<std::string, std::string> types;
  can_copy_ = true;
  had_rows_ = false;
  for (const auto& row : rows.values) {
    if (row.at(3) == "t") can_copy_ = false;  // a COPY would pass the rules by
    types[row.at(0)] = row.at(1);
    if (options_.async_commit || row.at(2) == "p") continue;
    lose(Meaning::closed,
         "table " + table_->name() + " is not logged, and a crash of the server would empty it; see --async-commit");
    return false;
  }
  auto statement = table_->insertion(types);
  if (!statement) {
    lose(Meaning::closed, statement.error().why);
    return false;
  }
  statement_ = std::move(*statement);
  return true;
}

void PostgresqlSink::answered(Rows rows) {
  switch (step_) {
    case Step::connecting:
    case Step::ready:
      return;
    case Step::creating:
      return prepare(++created_ < table_->creation().size() ? Step::creating : Step::settings);
    case Step::settings:
      if (take_settings(rows)) prepare(Step::describing);
      return;
    case Step::describing:
      if (!take_description(rows)) return;
      step_ = Step::ready;
      succeeded();
      return send();
    case Step::copying:
    case Step::inserting:
      return stored(rows.affected);
  }
}

void PostgresqlSink::failed(Failure failure) {
  const Meaning meaning = meaning_of(failure.state);
  if (step_ == Step::copying && meaning != Meaning::again) {  // the insertion decides
    if (meaning == Meaning::closed) can_copy_ = false;
    return insert();
  }
  if (step_ == Step::inserting && meaning == Meaning::refused) {
    step_ = Step::ready;
    refused(failure.reason);
    progressed();
    return send();
  }
  lose(meaning, failure.reason + (failure.state.empty() ? "" : " (SQLSTATE " + failure.state + ")"));
}

// The next server gets its turn at once; after the last one there is a pause.
void PostgresqlSink::lose(Meaning meaning, const std::string& reason) {
  if (load_) outbox_.put_back(std::move(load_));
  connection_.reset();
  step_ = Step::connecting;
  if (!away_since_) away_since_ = base::now();
  failure_ = place() + ": " + reason;
  closed_ = meaning == Meaning::closed;
  warn();
  if (++server_ < urls_.size()) {
    return pause_for(base::Duration::zero());
  }
  server_ = 0;
  pause_for(closed_ ? std::max(backoff_.next(), kSlowly) : backoff_.next());
}

// ---- sending

void PostgresqlSink::send() {
  while (!error_ && !finished() && step_ == Step::ready) {
    std::unique_ptr<Load> load = next_load();
    if (!load) break;
    if (load->refusal.empty()) return store(std::move(load));
    reject(*load);
  }
  wait_for_more();
}

// What the table has in part is sent again, so that what comes next may be, too.
void PostgresqlSink::store(std::unique_ptr<Load> load) {
  load_ = std::move(load);
  if (!can_copy_ || had_rows_) return insert();
  step_ = Step::copying;
  RowEncoder::make_copy(copy_, *load_, arrays_.size());
  connection_->copy(table_->copying(), copy_);
}

void PostgresqlSink::insert() {
  step_ = Step::inserting;
  RowEncoder::make_arrays(arrays_, *load_);
  connection_->ask(statement_, arrays_);
}

void PostgresqlSink::stored(std::uint64_t rows) {
  step_ = Step::ready;
  const std::uint64_t known = load_->count() - std::min<std::uint64_t>(rows, load_->count());
  had_rows_ = known > 0;
  known_ += known;
  outbox_.taken(std::move(load_));
  succeeded();
  progressed();
  send();
}

void PostgresqlSink::refused(const std::string& reason) {
  if (load_->count() > 1) {
    outbox_.put_back_halves(*load_);
    load_.reset();
    return;
  }
  load_->refusal = reason;
  outbox_.put_back(std::move(load_));
}

// ---- how it stands

// Of a server that is away people are told once; what they have to mend may be several things, one after the other.
void PostgresqlSink::warn() {
  if (!told_.empty() && (!closed_ || told_ == failure_)) return;
  told_ = failure_;
  const std::string next = urls_.size() > 1 ? "the next" : closed_ ? "again now and then" : "again";
  report_(base::Level::warning, failure_ + "; trying " + next + waits());
}

void PostgresqlSink::succeeded() {
  away_since_.reset();
  backoff_.reset();
  closed_ = false;
  failure_.clear();
  if (!std::exchange(told_, {}).empty()) report_(base::Level::note, place() + ": the server takes messages again");
}

std::string PostgresqlSink::places() const {
  std::string all;
  for (const net::Url& url : urls_) all += (all.empty() ? "send to " : ", ") + url.text();
  return all;
}

std::string PostgresqlSink::state() const {
  const std::string counts = ", " + base::count_of(waiting(), "message") + " waiting" +
                             (known_ > 0 ? ", " + std::to_string(known_) + " stored before" : "");
  if (!pause_.active())
    return (step_ < Step::ready ? "connecting to " : "connected to ") + urls_[server_].text() + counts;
  return pausing() + counts;
}

}  // namespace logsend::postgresql
