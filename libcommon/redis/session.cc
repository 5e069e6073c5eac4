#include "redis/session.h"

#include <utility>

#include "redis/connection.h"
#include "redis/login.h"
#include "redis/route.h"
#include "redis/script_cache.h"

namespace redis {
namespace {

using base::Kind;

// The third word: "MOVED 3999 127.0.0.1:6381".
std::string_view direction_in(std::string_view error) {
  return error.substr(error.rfind(' ') + 1);
}

// What another server, of those that were given, may do instead.
bool is_of_this_server(std::string_view error) {
  const std::string_view code = error_code(error);
  return code == "READONLY" || code == "LOADING" || code == "MASTERDOWN" || code == "CLUSTERDOWN";
}

}  // namespace

struct Session::Impl {
  Impl(event::Loop& on, Address to, SessionOptions chosen, Events tell, base::Report say)
      : loop(on),
        address(std::move(to)),
        options(std::move(chosen)),
        events(std::move(tell)),
        report(std::move(say)),
        route(loop, address, {options.connect_timeout, options.tls, options.seed},
              {.connected = [this](net::Link link, Route::Target target) { connected(std::move(link), target); },
               .failed = [this](const base::Error& error) { trouble(error); }}) {}

  void connected(net::Link link, Route::Target target);
  void ask_sentinel();
  void take_master(const Reply& reply);
  void log_in();
  bool inspect(const Reply& reply);
  void follow(std::string_view error, bool once);
  void lost(const base::Error& error, bool try_others = false);
  void fail(base::Error error);
  void drop();
  void trouble(const base::Error& error);
  void works();
  void send(const Command& command, OnReply on_reply, base::Duration waits);

  event::Loop& loop;
  const Address address;
  const SessionOptions options;
  Events events;
  base::Report report;
  Route route;
  std::unique_ptr<Connection> connection;  // the last one, perhaps closed
  ScriptCache scripts;
  std::string version;
  std::optional<base::Error> failure;
  std::optional<base::Error> last_trouble;
  std::optional<base::Instant> away_since;
  std::uint64_t losses = 0;
  bool sentinel = false;  // who is connected
  bool is_ready = false;
  bool outage = false;  // and people have been told
  bool quiet = false;   // a caller waits and will say it
};

void Session::Impl::connected(net::Link link, Route::Target target) {
  connection =
      std::make_unique<Connection>(loop, std::move(link), options.timeout,
                                   Connection::Events{.inspect = [this](const Reply& reply) { return inspect(reply); },
                                                      .broken =
                                                          [this](const std::string& why) {
                                                            lost({Kind::unavailable, why, ""});
                                                          }});
  scripts.connected();
  sentinel = target == Route::Target::sentinel;
  sentinel ? ask_sentinel() : log_in();
}

void Session::Impl::ask_sentinel() {
  connection->send(Command("SENTINEL").add("get-master-addr-by-name").add(address.master),
                   [this](const Reply& reply) { take_master(reply); });
}

void Session::Impl::take_master(const Reply& reply) {
  const std::string action = "ask " + connection->peer() + " for the master '" + address.master + "'";
  connection->close();
  if (reply.size() == 2) {
    net::Url master = route.current();
    master.host = reply[0].text();
    master.port = static_cast<std::uint16_t>(reply[1].integer());
    return route.follow(std::move(master), false);
  }
  if (reply.is_error())
    trouble(error_of(reply, action));
  else
    trouble({Kind::unavailable, action, "it knows none of that name"});
  route.next();
}

void Session::Impl::log_in() {
  redis::log_in(*connection, address,
                {.done =
                     [this](std::string server_version) {
                       version = std::move(server_version);
                       is_ready = true;
                       if (events.ready) events.ready();
                     },
                 .refused = [this](base::Error error) { fail(std::move(error)); },
                 .is_replica = [this](const base::Error& error) { lost(error); }});
}

// Of every reply; true: it goes to whoever sent the command.
bool Session::Impl::inspect(const Reply& reply) {
  const std::string_view error = reply.is_error() ? reply.text() : std::string_view();
  if (!is_passing(error)) return true;
  const std::string_view code = error_code(error);
  if (code == "MOVED" || code == "ASK") {
    follow(error, code == "ASK");
  } else if (sentinel) {
    return true;
  } else {
    const bool try_others = address.master.empty() && !route.asking() && is_of_this_server(error);
    lost(error_of(reply, "use " + connection->peer()), try_others);
  }
  return false;
}

void Session::Impl::follow(std::string_view error, bool once) {
  auto direction = parse_direction(direction_in(error), route.current());
  if (!direction) return lost(direction.error());
  drop();
  route.follow(std::move(*direction), once);
}

// A connection that was, or could not be used.
void Session::Impl::lost(const base::Error& error, bool try_others) {
  trouble(error);
  try_others = try_others || sentinel;
  drop();
  try_others ? route.next() : route.again();
}

void Session::Impl::fail(base::Error error) {
  failure = std::move(error);
  drop();
}

void Session::Impl::drop() {
  connection->close();
  ++losses;
  if (std::exchange(is_ready, false) && events.lost) events.lost();
}

void Session::Impl::trouble(const base::Error& error) {
  last_trouble = error;
  if (!away_since) away_since = base::now();
  if (quiet || !report || std::exchange(outage, true)) return;
  report(base::Level::warning, error.text() + "; trying again");
}

// The server has done something for the owner: a login alone does not end an outage.
void Session::Impl::works() {
  route.succeeded();
  away_since.reset();
  if (std::exchange(outage, false) && report) report(base::Level::note, "connected to " + connection->peer());
}

void Session::Impl::send(const Command& command, OnReply on_reply, base::Duration waits) {
  if (!is_ready) return;
  if (route.asking()) connection->send_part(Command("ASKING"));
  connection->send(
      command,
      [this, on_reply = std::move(on_reply)](Reply reply) {
        works();
        on_reply(std::move(reply));
      },
      waits);
}

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::~Session() = default;

std::unique_ptr<Session> Session::open(event::Loop& loop, Address address, SessionOptions options, Events events,
                                       base::Report report) {
  auto impl =
      std::make_unique<Impl>(loop, std::move(address), std::move(options), std::move(events), std::move(report));
  impl->route.start();
  return std::unique_ptr<Session>(new Session(std::move(impl)));
}

void Session::set_events(Events events) {
  impl_->events = std::move(events);
}

void Session::hurry() {
  if (!impl_->is_ready) impl_->route.hurry();
}

bool Session::ready() const {
  return impl_->is_ready;
}

void Session::send(const Command& command, OnReply on_reply, base::Duration waits) {
  impl_->send(command, std::move(on_reply), waits);
}

void Session::run(const Script& script, const std::vector<std::string_view>& keys,
                  const std::vector<std::string_view>& args, OnReply on_reply, Encoded more) {
  const ScriptCache::Call call = impl_->scripts.call(script, impl_->is_ready ? impl_->connection.get() : nullptr);
  Command command(call.command);
  command.add(call.script).add(keys.size());
  for (const std::string_view key : keys) command.add(key);
  for (const std::string_view arg : args) command.add(arg);
  command.add_encoded(more.arguments, more.count);
  impl_->send(command, std::move(on_reply), base::Duration::zero());
}

std::size_t Session::unsent_bytes() const {
  return impl_->is_ready ? impl_->connection->unsent_bytes() : 0;
}

std::optional<base::Error> Session::failure() const {
  return impl_->failure;
}

std::optional<base::Instant> Session::away_since() const {
  return impl_->away_since;
}

std::string Session::state() const {
  return impl_->is_ready ? "connected to " + impl_->connection->peer() : impl_->route.state();
}

std::string Session::address() const {
  return impl_->address.text();
}

const std::string& Session::version() const {
  return impl_->version;
}

base::Error Session::error(const Reply& reply, const std::string& action) const {
  return error_of(reply, action, impl_->version);
}

base::Result<Reply> Session::ask(const Command& command, base::Duration patience) {
  Impl& impl = *impl_;
  const base::Instant end = base::now() + patience;
  impl.quiet = patience == base::Duration::zero();
  const auto answer = std::make_shared<std::optional<Reply>>();
  std::optional<std::uint64_t> sent_at;  // a number of losses
  const auto given_up = [&] { return impl.quiet ? impl.route.pausing() : base::now() >= end; };
  while (!*answer && !impl.failure && !given_up()) {
    if (impl.is_ready && sent_at != impl.losses) {
      sent_at = impl.losses;
      impl.send(command, [answer](Reply reply) { *answer = std::move(reply); }, {});
    }
    std::optional<base::Duration> left;
    if (!impl.quiet) left = std::max<base::Duration>(end - base::now(), std::chrono::milliseconds(1));
    impl.loop.wait(left);
  }
  impl.quiet = false;
  if (impl.failure) return tl::unexpected(*impl.failure);
  if (!*answer) {
    base::Error error = impl.last_trouble.value_or(
        base::Error{Kind::unavailable, "use " + impl.address.text(), "no server of it answers"});
    if (patience > base::Duration::zero()) error = {Kind::temporary, error.what, error.why + "; run again", error.code};
    return tl::unexpected(std::move(error));
  }
  if ((*answer)->is_error()) return tl::unexpected(error(**answer, "use " + impl.address.text()));
  return std::move(**answer);
}

}  // namespace redis
