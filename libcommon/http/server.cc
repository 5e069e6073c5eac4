#include "http/server.h"

#include <algorithm>
#include <utility>

#include "base/quote.h"
#include "codec/foreign.h"
#include "http/server_connection.h"

namespace http {
namespace {

constexpr std::size_t kBuffer = 64 << 10;
constexpr base::Duration kGoodbyeTime = std::chrono::seconds(5);
constexpr std::size_t kMostGoodbyes = 256;  // their descriptors are not counted as connections

Response busy(const std::string& why) {
  Response response = Response::text(503, why);
  response.headers.push_back({"Retry-After", "1"});
  return response;
}

}  // namespace

Server::Server(event::Loop& loop, ServerOptions options, Handler& handler, base::Report report)
    : loop_(loop),
      options_(std::move(options)),
      handler_(handler),
      report_(report),
      arrivals_({.protocol = "HTTP",
                 .max_message = options_.limits.body,
                 .max_connections = options_.max_connections,
                 .tls = options_.tls,
                 .peers = true,
                 .sockets = options_.sockets},
                std::move(report)),
      wake_(loop, [this] { tend(); }),
      buffer_(std::make_unique_for_overwrite<char[]>(kBuffer)) {}

Server::~Server() = default;

base::Result<std::unique_ptr<Server>> Server::open(event::Loop& loop, const std::vector<net::Url>& urls,
                                                   ServerOptions options, Handler& handler, base::Report report) {
  std::unique_ptr<Server> server(new Server(loop, std::move(options), handler, std::move(report)));
  TRY(server->arrivals_.listen(loop, urls,
                               [raw = server.get()](net::Accepted accepted) { raw->take(std::move(accepted)); }));
  return server;
}

void Server::take(net::Accepted accepted) {
  auto connection =
      std::make_unique<ServerConnection>(loop_, std::move(accepted.transport), *this, options_.limits, accepted.number);
  connection->sender = std::move(accepted.sender);
  connection->limit_time(options_.request_timeout, options_.idle_timeout);
  connections_.emplace(accepted.number, std::move(connection));
}

// What came before and was not looked at has its turn first.
void Server::read(ServerConnection& connection) {
  using Waits = ServerConnection::Waits;
  const bool waited = std::exchange(connection.waits, Waits::no) != Waits::no;
  if (waited) {
    const std::string unread = std::exchange(connection.unread, {});
    if (connection.session().in_body() && !judge(connection))
      connection.unread = unread;
    else
      feed(connection, unread);
    return finish_reading(connection);
  }
  const auto got = connection.socket().receive({buffer_.get(), kBuffer});
  if (!got) {
    // A client may go as it likes where it has nothing under way.
    const bool matters = connection.session().in_request() || connection.unanswered > 0;
    if (matters || !connection.socket().established()) arrivals_.report_damage(got.error());
    return close(connection);
  }
  const std::string_view bytes(buffer_.get(), got->bytes);
  const bool first = connection.socket().bytes_received() == bytes.size();
  if (first && codec::foreign_protocol(bytes) == "a TLS handshake") {
    report_damage(connection, "a TLS handshake came to a port for HTTP without TLS");
    return close(connection);
  }
  feed(connection, bytes);
  connection.ended = got->end;
  finish_reading(connection);
}

void Server::finish_reading(ServerConnection& connection) {
  if (connection.ended && connection.streams()) return close(connection);
  if (connection.ended && connection.waits == ServerConnection::Waits::no) {
    if (connection.session().in_request()) report_damage(connection, "the client closed it within a request");
    connection.session().shut();
  }
  send(connection);
}

void Server::feed(ServerConnection& connection, std::string_view input) {
  Session& session = connection.session();
  for (bool more = true; more;) {
    switch (session.feed(input, date())) {
      case Session::Event::head:
        more = judge(connection);
        break;
      case Session::Event::request:
        take_request(connection);
        more = !connection.overloaded();
        if (more) break;
        connection.waits = ServerConnection::Waits::for_answers;
        connection.socket().hold(true);
        break;
      case Session::Event::refused:
        report_damage(connection, session.refusal().reason);
        more = false;
        break;
      case Session::Event::more:
      case Session::Event::closing:
        more = false;
        break;
    }
  }
  if (connection.waits != ServerConnection::Waits::no) connection.unread = input;
  if (arrivals_.account(connection.socket(), session.held() + connection.unread.size())) return;
  arrivals_.report_unfinished(connection.socket().peer());
  session.give_up_request(busy("too much is under way"), date());
}

void Server::report_damage(const ServerConnection& connection, const std::string& why) {
  arrivals_.report_damage({base::Kind::protocol, "receive HTTP from " + connection.socket().peer(), why});
}

// False: its body waits for room.
bool Server::judge(ServerConnection& connection) {
  Session& session = connection.session();
  auto refusal = handler_.refuse(session.head());
  if (!refusal && unanswered_ >= options_.max_requests) refusal = busy("too many requests are under way");
  if (refusal) {
    if (options_.log_requests) log(connection, session.head().method + " " + session.head().target, refusal->status);
    session.refuse(*refusal, date());
    return true;
  }
  if (!handler_.has_room(session.head())) {
    connection.waits = ServerConnection::Waits::for_room;
    arrivals_.wait_for_room(connection.socket());
    return false;
  }
  session.read_body();
  return true;
}

void Server::take_request(ServerConnection& connection) {
  Session::Arrived arrived = connection.session().take();
  ++unanswered_;
  ++connection.unanswered;
  if (options_.log_requests)
    connection.summaries.emplace_back(arrived.number, arrived.request.method + " " + arrived.request.target);
  handler_.serve({connection.number(), arrived.number}, std::move(arrived.request), connection.sender);
}

bool Server::answer(const Exchange& exchange, const Response& response) {
  ServerConnection* connection = find(exchange.connection);
  if (connection == nullptr || !connection->session().answer(exchange.number, response, date())) return false;
  answered(*connection, exchange.number, response.status);
  return true;
}

bool Server::stream(const Exchange& exchange, const Response& head, std::unique_ptr<Body> body) {
  ServerConnection* connection = find(exchange.connection);
  if (connection == nullptr || !connection->session().begin(exchange.number, head, date())) return false;
  if (connection->session().streams(exchange.number)) {
    if (stopped_) body->stop();
    connection->stream(exchange.number, std::move(body));
  }
  answered(*connection, exchange.number, head.status);
  return true;
}

void Server::wake(const Exchange& exchange) {
  if (find(exchange.connection) != nullptr) tend_to(exchange.connection);
}

void Server::answered(ServerConnection& connection, std::uint64_t request, unsigned status) {
  --unanswered_;
  --connection.unanswered;
  const auto summary = std::ranges::find(connection.summaries, request, &std::pair<std::uint64_t, std::string>::first);
  if (summary != connection.summaries.end()) {
    log(connection, summary->second, status);
    connection.summaries.erase(summary);
  }
  connection.send();
  tend_to(connection.number());
}

// An answer may be given while its connection is being read: what follows from it waits until that is over.
void Server::tend_to(std::uint64_t number) {
  touched_.push_back(number);
  wake_.start(base::Duration::zero());
}

void Server::tend() {
  for (const std::uint64_t number : std::exchange(touched_, {})) {
    ServerConnection* connection = find(number);
    if (connection == nullptr) continue;
    if (connection->waits == ServerConnection::Waits::for_answers && !connection->overloaded())
      go_on(*connection);
    else
      send(*connection);
  }
}

void Server::go_on(ServerConnection& connection) {
  connection.socket().hold(false);
  read(connection);
}

void Server::resume(const std::function<bool()>& room) {
  arrivals_.serve_waiting(room);
}

void Server::send(ServerConnection& connection) {
  if (connection.send()) tend_to(connection.number());
  if (connection.over()) return close(connection);
  if (connection.waits == ServerConnection::Waits::for_answers && !connection.overloaded()) return go_on(connection);
  connection.limit_time(options_.request_timeout, options_.idle_timeout);
}

void Server::overdue(ServerConnection& connection) {
  if (connection.renew_limit(options_.request_timeout)) return;
  Session& session = connection.session();
  if (connection.waits == ServerConnection::Waits::for_room)
    session.give_up_request(busy("the sink takes no messages at the moment"), date());
  else if (session.in_request())
    session.give_up_request(Response::text(408, "the request took too long"), date());
  else
    session.shut();
  connection.send();
  close(connection);
}

void Server::close(ServerConnection& connection) {
  const std::uint64_t number = connection.number();
  arrivals_.forget(connection.socket());
  unanswered_ -= connection.unanswered;
  auto socket = connection.release_socket();
  connections_.erase(number);
  if (socket->failed() || stopped_ || goodbyes_.size() >= kMostGoodbyes) return socket->part();
  goodbyes_.emplace(number, std::make_unique<net::Goodbye>(std::move(socket), kGoodbyeTime,
                                                           [this, number] { goodbyes_.erase(number); }));
}

void Server::stop() {
  if (std::exchange(stopped_, true)) return;
  arrivals_.stop_listening();
  for (auto& [number, connection] : connections_) {
    connection->session().give_up_request(busy("the server is stopping"), date());
    connection->stop_streams();
    tend_to(number);
  }
}

bool Server::settled() const {
  return std::ranges::none_of(connections_, [](const auto& entry) {
    return entry.second->streams() || !entry.second->session().output().empty();
  });
}

std::string Server::state() const {
  return arrivals_.state() + "; " + base::count_of(unanswered_, "request") + " unanswered";
}

void Server::log(const ServerConnection& connection, const std::string& request, unsigned status) const {
  report_(base::Level::note, connection.socket().peer() + " " + base::quote(request) + " " + std::to_string(status));
}

ServerConnection* Server::find(std::uint64_t number) const {
  const auto found = connections_.find(number);
  return found == connections_.end() ? nullptr : found->second.get();
}

std::string_view Server::date() {
  const std::time_t now = std::time(nullptr);
  if (now != dated_ || date_.empty()) date_ = http_date(dated_ = now);
  return date_;
}

}  // namespace http
