#include "tools/logsend/postgresql/connection.h"

#include <postgresql/libpq-fe.h>

#include <algorithm>
#include <utility>

#include "net/address.h"
#include "net/lookup.h"

namespace logsend::postgresql {
namespace {

using base::Kind;
using base::Result;

constexpr char kSystemAuthorities[] = "/etc/ssl/certs/ca-certificates.crt";
constexpr std::size_t kLongestReason = 400;

struct Parameter {
  std::string name;
  std::string value;
};
using Parameters = std::vector<Parameter>;

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using Options = std::unique_ptr<PQconninfoOption, FreeOptions>;

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, ClearResult>;

bool is_local(const std::string& host) {
  return host.empty() || host.front() == '/' || host == "localhost" || host == "::1" || host.starts_with("127.");
}

bool names(const Parameters& parameters, std::string_view name) {
  return std::ranges::find(parameters, name, &Parameter::name) != parameters.end();
}

// The environment or a service file gives another value than libpq's own.
bool is_set_elsewhere(std::string_view name) {
  const Options defaults(PQconndefaults());
  for (const PQconninfoOption* option = defaults.get(); option != nullptr && option->keyword != nullptr; ++option)
    if (name == option->keyword)
      return option->val != nullptr &&
             (option->compiled == nullptr || std::string_view(option->val) != option->compiled);
  return false;
}

// The path and the query of the URL. Nothing where an escape is none.
std::optional<Parameters> parameters_of(const net::Url& url) {
  Parameters parameters;
  const std::size_t question = std::min(url.path.find('?'), url.path.size());
  const auto database = net::percent_decoded(url.path.substr(0, question));
  if (!database) return {};
  if (database->size() > 1) parameters.push_back({"dbname", database->substr(1)});
  std::string_view query = std::string_view(url.path).substr(std::min(question + 1, url.path.size()));
  while (!query.empty()) {
    const std::string_view one = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(one.size() + 1, query.size()));
    const std::size_t equals = std::min(one.find('='), one.size());
    const auto name = net::percent_decoded(one.substr(0, equals));
    const auto value = net::percent_decoded(one.substr(std::min(equals + 1, one.size())));
    if (!name || !value) return {};
    parameters.push_back({*name, *value});
  }
  return parameters;
}

// Servers elsewhere are verified unless somebody says otherwise.
void add_verification(Parameters& parameters, const std::string& host) {
  if (is_local(host) || names(parameters, "sslmode") || is_set_elsewhere("sslmode")) return;
  parameters.push_back({"sslmode", "verify-full"});
  if (!names(parameters, "sslrootcert") && !is_set_elsewhere("sslrootcert"))
    parameters.push_back({"sslrootcert", kSystemAuthorities});
}

void add_missing(Parameters& parameters, const std::string& name, const std::string& value) {
  if (!value.empty() && !names(parameters, name)) parameters.push_back({name, value});
}

// libpq's texts have several lines, one for each address that it tried. What is indented below is advice.
std::string one_line(const char* text) {
  std::string_view rest = text == nullptr ? "" : text;
  std::string all;
  while (!rest.empty() && all.size() < kLongestReason) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (!line.empty() && !line.starts_with('\t')) all.append(all.empty() ? "" : "; ").append(line);
  }
  return all.empty() ? "the connection failed" : all.substr(0, kLongestReason);
}

std::string reason_of(const PGresult* result) {
  const char* primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const char* detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
  std::string reason = one_line(primary != nullptr ? primary : PQresultErrorMessage(result));
  if (detail != nullptr) reason += " (" + one_line(detail) + ")";
  return reason;
}

Rows rows_of(const PGresult* result) {
  Rows rows;
  for (int row = 0; row < PQntuples(result); ++row) {
    auto& values = rows.values.emplace_back();
    for (int column = 0; column < PQnfields(result); ++column)
      values.emplace_back(PQgetvalue(result, row, column), static_cast<std::size_t>(PQgetlength(result, row, column)));
  }
  rows.affected = std::strtoull(PQcmdTuples(const_cast<PGresult*>(result)), nullptr, 10);
  return rows;
}

}  // namespace

struct Connection::Impl {
  enum class Stage : std::uint8_t { opening, ready, asked, broken };

  Impl(event::Loop& event_loop, const net::Url& address, ConnectionOptions given, Owner& told)
      : loop(event_loop),
        url(address),
        options(given),
        owner(told),
        lookup(loop, [this](net::Lookup::Answer answer) { found(std::move(answer)); }),
        deadline(loop, [this] { overdue(); }) {}
  ~Impl() {
    readable.reset();
    writable.reset();
    PQfinish(connection);
  }

  void begin();
  void found(net::Lookup::Answer answer);
  void open(std::size_t addresses);
  void watch();
  void proceed();
  void move();
  void take_answer(Answer answer);
  bool send_data();
  void asked(bool sent);
  void overdue();
  void fail(const std::string& reason);

  event::Loop& loop;
  net::Url url;
  ConnectionOptions options;
  Owner& owner;
  net::Lookup lookup;
  event::Timer deadline;
  Parameters parameters = {};
  PGconn* connection = nullptr;
  std::optional<event::Io> readable = {};
  std::optional<event::Io> writable = {};
  int socket = -1;
  Stage stage = Stage::opening;
  const std::string* data = nullptr;    // of the COPY under way, until it is sent
  std::optional<Rows> rows = {};        // of the statement so far
  std::optional<Failure> failure = {};  // or why it failed
};

Result<void> Connection::check(const net::Url& url) {
  const auto bad = [&url](const std::string& why) { return base::fail(Kind::usage, "send to " + url.text(), why); };
  const auto parameters = parameters_of(url);
  if (!parameters) return bad("'%' must be followed by two hexadecimal digits; write %25 for '%' itself");
  const Options known(PQconndefaults());
  for (const Parameter& parameter : *parameters) {
    bool is_known = false;
    for (const PQconninfoOption* option = known.get(); option != nullptr && option->keyword != nullptr; ++option)
      is_known = is_known || parameter.name == option->keyword;
    if (!is_known) return bad("libpq knows no parameter '" + parameter.name + "'");
    if (parameter.name == "password" || parameter.name == "sslpassword")
      return bad("a password in the query would be seen; use --credentials or ~/.pgpass");
  }
  return {};
}

Connection::Connection(event::Loop& loop, const net::Url& url, const std::optional<cli::Credentials>& credentials,
                       ConnectionOptions options, Owner& owner)
    : impl_(std::make_unique<Impl>(loop, url, options, owner)) {
  Parameters& parameters = impl_->parameters;
  parameters = parameters_of(url).value_or(Parameters());
  add_verification(parameters, url.host);
  if (credentials) add_missing(parameters, "user", credentials->user);
  add_missing(parameters, "user", url.user);
  if (credentials) add_missing(parameters, "password", credentials->password);
  add_missing(parameters, "password", url.password);
  add_missing(parameters, "host", url.host);
  add_missing(parameters, "application_name", "logsend");
  add_missing(parameters, "gssencmode", "disable");  // it would ask Kerberos, and wait
  parameters.push_back({"client_encoding", "UTF8"});
  if (options.keepalive) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*options.keepalive).count();
    parameters.push_back({"keepalives", seconds == 0 ? "0" : "1"});
    parameters.push_back({"keepalives_idle", std::to_string(seconds)});
  }
  // In a callback of the loop, so that the owner has this by then.
  impl_->deadline.start(base::Duration::zero());
}

Connection::~Connection() = default;

void Connection::Impl::begin() {
  if (url.host.empty() || url.host.front() == '/' || names(parameters, "hostaddr")) return open(1);
  if (auto answer = lookup.find(url)) return found(std::move(*answer));
  deadline.start(options.connect_timeout);
}

void Connection::Impl::found(net::Lookup::Answer answer) {
  if (!answer) return fail(answer.error().why);
  std::string hosts;
  std::string addresses;
  std::size_t count = 0;
  for (const net::Address& address : *answer) {
    const std::string comma = count++ == 0 ? "" : ",";
    hosts += comma + url.host;
    addresses += comma + net::host_text(address.raw(), address.length());
  }
  std::erase_if(parameters, [](const Parameter& parameter) { return parameter.name == "host"; });
  parameters.push_back({"host", hosts});
  parameters.push_back({"hostaddr", addresses});
  open(std::max<std::size_t>(count, 1));
}

void Connection::Impl::open(std::size_t addresses) {
  parameters.push_back({"port", std::to_string(url.port)});
  std::vector<const char*> names;
  std::vector<const char*> values;
  for (const Parameter& parameter : parameters) {
    names.push_back(parameter.name.c_str());
    values.push_back(parameter.value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  connection = PQconnectStartParams(names.data(), values.data(), 0);
  if (connection == nullptr) return fail("not enough memory");
  if (PQstatus(connection) == CONNECTION_BAD) return fail(one_line(PQerrorMessage(connection)));
  PQsetNoticeProcessor(
      connection, [](void*, const char*) {}, nullptr);
  deadline.start(options.connect_timeout * static_cast<int>(std::min<std::size_t>(addresses, 100)));
  watch();
  writable->start();
}

// libpq may have another socket than before.
void Connection::Impl::watch() {
  const int now = PQsocket(connection);
  if (now == socket && readable) return;
  readable.reset();
  writable.reset();
  socket = now;
  const auto call = [this] { stage == Stage::opening ? proceed() : move(); };
  readable.emplace(loop, socket, event::Interest::read, call);
  writable.emplace(loop, socket, event::Interest::write, call);
}

void Connection::Impl::proceed() {
  const PostgresPollingStatusType status = PQconnectPoll(connection);
  if (status == PGRES_POLLING_FAILED) return fail(one_line(PQerrorMessage(connection)));
  if (status != PGRES_POLLING_OK) {
    watch();
    readable->set(status == PGRES_POLLING_READING);
    writable->set(status == PGRES_POLLING_WRITING);
    return;
  }
  watch();
  writable->stop();
  readable->start();
  deadline.stop();
  if (PQsetnonblocking(connection, 1) != 0) return fail(one_line(PQerrorMessage(connection)));
  stage = Stage::ready;
  owner.connected();
}

void Connection::ask(const std::string& statement, const std::vector<std::string>& arrays) {
  Impl& impl = *impl_;
  std::vector<const char*> values;
  std::vector<int> lengths;
  const std::vector<int> formats(arrays.size(), 1);
  for (const std::string& array : arrays) {
    values.push_back(array.data());
    lengths.push_back(static_cast<int>(array.size()));
  }
  impl.asked(PQsendQueryParams(impl.connection, statement.c_str(), static_cast<int>(arrays.size()), nullptr,
                               values.data(), lengths.data(), formats.data(), 0) != 0);
}

void Connection::copy(const std::string& statement, const std::string& data) {
  Impl& impl = *impl_;
  impl.asked(PQsendQuery(impl.connection, statement.c_str()) != 0);
  impl.data = &data;
}

void Connection::Impl::asked(bool sent) {
  rows.reset();
  failure.reset();
  data = nullptr;
  stage = sent ? Stage::asked : Stage::broken;  // told of by move(), which the loop calls
  if (options.timeout > base::Duration::zero()) deadline.start(options.timeout);
  writable->start();
}

// The server has asked for the data of a COPY.
bool Connection::Impl::send_data() {
  const std::string* all = std::exchange(data, nullptr);
  if (all == nullptr || PQputCopyData(connection, all->data(), static_cast<int>(all->size())) != 1 ||
      PQputCopyEnd(connection, nullptr) != 1)
    return false;
  const int left = PQflush(connection);
  writable->set(left > 0);
  return left >= 0;
}

void Connection::Impl::move() {
  if (stage == Stage::broken) return fail(one_line(PQerrorMessage(connection)));
  const int left = PQflush(connection);
  if (left < 0 || PQconsumeInput(connection) == 0) return fail(one_line(PQerrorMessage(connection)));
  writable->set(left > 0);
  if (stage == Stage::ready) {  // the server speaks unasked: a parameter has changed, or it says goodbye
    if (PQstatus(connection) == CONNECTION_BAD) fail(one_line(PQerrorMessage(connection)));
    return;
  }
  while (PQisBusy(connection) == 0) {
    Answer answer(PQgetResult(connection));
    if (answer != nullptr && PQresultStatus(answer.get()) == PGRES_COPY_IN) {
      if (!send_data()) return fail(one_line(PQerrorMessage(connection)));
      continue;
    }
    if (answer != nullptr) {
      take_answer(std::move(answer));
      continue;
    }
    if (PQstatus(connection) == CONNECTION_BAD) return fail(failure ? failure->reason : "the connection was lost");
    deadline.stop();
    stage = Stage::ready;
    if (failure) return owner.failed(std::move(*failure));
    return owner.answered(rows ? std::move(*rows) : Rows());
  }
}

void Connection::Impl::take_answer(Answer answer) {
  const ExecStatusType status = PQresultStatus(answer.get());
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
    rows = rows_of(answer.get());
    return;
  }
  const char* state = PQresultErrorField(answer.get(), PG_DIAG_SQLSTATE);
  failure = {.state = state == nullptr ? "" : state, .reason = reason_of(answer.get())};
}

void Connection::Impl::overdue() {
  if (stage == Stage::opening && connection == nullptr && !lookup.active()) return begin();
  fail((stage == Stage::opening ? "no connection for " : "no answer for ") +
       base::format_duration(stage == Stage::opening ? options.connect_timeout : options.timeout));
}

void Connection::Impl::fail(const std::string& reason) {
  deadline.stop();
  lookup.forget();
  readable.reset();
  writable.reset();
  stage = Stage::broken;
  owner.failed({.state = {}, .reason = reason});
}

}  // namespace logsend::postgresql
