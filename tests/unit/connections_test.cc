// What all servers do with their connections.
#include "net/connections.h"

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "folder.h"
#include "net/socket.h"
#include "sink_peer.h"

using namespace std::chrono_literals;
using unit::turn_until;

namespace {

// A server that has room or not, and notes who was served.
class Server {
 public:
  explicit Server(std::size_t most = 10) {
    connections = std::make_unique<net::Connections>(
        net::ConnectionsOptions{.protocol = "X",
                                .max_message = 100,
                                .max_connections = most,
                                .tls = {},
                                .peers = false,
                                .sockets = std::make_shared<net::InheritedSockets>()},
        [this](base::Level, const std::string& line) { reports.push_back(line); });
    const auto listening = connections->listen(loop, {*net::parse_url("unix:" + std::string(folder_ / "s"))},
                                               [this](net::Accepted accepted) { take(std::move(accepted)); });
    REQUIRE(listening.has_value());
  }
  base::Fd connect() {
    const net::Url url = *net::parse_url("unix:" + std::string(folder_ / "s"));
    return std::move(*net::start_connect(net::resolve(url)->front(), url));
  }
  // The nth client.
  base::Fd connect_as(std::uint64_t number) {
    base::Fd fd = connect();
    REQUIRE(turn_until(loop, [&] { return sessions.contains(number); }));
    return fd;
  }
  net::Connection& connection(std::uint64_t number) { return *sessions.at(number)->connection; }
  void serve_waiting(std::size_t most) {
    served.clear();
    connections->serve_waiting([&] { return served.size() < most; });
  }
  void close(std::uint64_t number) {
    connections->forget(connection(number));
    sessions.erase(number);
  }

  struct Session final : net::Connection::Owner {
    Session(Server& its_server, std::uint64_t its_number) : server(its_server), number(its_number) {}
    void readable() override {
      if (!server.has_room) {
        server.turned_away.push_back(number);
        return server.connections->wait_for_room(*connection);
      }
      server.served.push_back(number);
      std::string buffer(100, '\0');
      (void)connection->receive(buffer);
    }
    void writable() override {}
    void overdue() override { server.overdue.push_back(number); }

    Server& server;
    std::uint64_t number;
    std::unique_ptr<net::Connection> connection;
  };

  event::Loop loop = std::move(*event::Loop::create());
  std::vector<std::string> reports;
  std::unique_ptr<net::Connections> connections;
  std::map<std::uint64_t, std::unique_ptr<Session>> sessions;
  std::vector<std::uint64_t> served;
  std::vector<std::uint64_t> turned_away;
  std::vector<std::uint64_t> overdue;
  bool has_room = true;

 private:
  void take(net::Accepted accepted) {
    auto session = std::make_unique<Session>(*this, accepted.number);
    session->connection =
        std::make_unique<net::Connection>(loop, std::move(accepted.transport),
                                          static_cast<net::Connection::Owner&>(*session), net::Connection::Wording{});
    sessions.emplace(accepted.number, std::move(session));
  }

  unit::Folder folder_;
};

void say(const base::Fd& fd, std::string_view bytes) {
  REQUIRE(base::write_all(fd.get(), bytes, "client"));
}

using Numbers = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("connections: those that found no room are served in that order, as far as there is room") {
  Server server;
  const base::Fd one = server.connect_as(1), two = server.connect_as(2), three = server.connect_as(3);
  server.has_room = false;
  for (const base::Fd* fd : {&two, &three, &one}) {
    say(*fd, "hello");
    REQUIRE(turn_until(server.loop,
                       [&, before = server.turned_away.size()] { return server.turned_away.size() > before; }));
  }
  CHECK(server.turned_away == Numbers{2, 3, 1});
  server.has_room = true;
  server.serve_waiting(2);
  CHECK(server.served == Numbers{2, 3});
  CHECK(server.connections->anyone_waits());
  server.serve_waiting(2);
  CHECK(server.served == Numbers{1});
  CHECK_FALSE(server.connections->anyone_waits());
}

TEST_CASE("connections: one that waits for room is not idle") {
  Server server;
  const base::Fd one = server.connect_as(1), two = server.connect_as(2);
  server.has_room = false;
  say(one, "hello");
  REQUIRE(turn_until(server.loop, [&] { return server.connections->anyone_waits(); }));
  server.connection(1).set_idle_limit(1ms);
  server.connection(2).set_idle_limit(50ms);
  REQUIRE(turn_until(server.loop, [&] { return !server.overdue.empty(); }));
  CHECK(server.overdue == Numbers{2});
}

TEST_CASE("connections: one that is closed while it waits is not served") {
  Server server;
  const base::Fd one = server.connect_as(1);
  server.has_room = false;
  say(one, "hello");
  REQUIRE(turn_until(server.loop, [&] { return server.connections->anyone_waits(); }));
  server.close(1);
  CHECK_FALSE(server.connections->anyone_waits());
  server.serve_waiting(1);
  CHECK(server.served.empty());
}

TEST_CASE("connections: unfinished messages of all together are bounded") {
  Server server;
  const base::Fd one = server.connect_as(1), two = server.connect_as(2);
  CHECK(server.connections->account(server.connection(1), 10 << 20));
  CHECK_FALSE(server.connections->account(server.connection(2), 7 << 20));
  CHECK(server.connections->crowded());
  server.close(1);
  CHECK_FALSE(server.connections->crowded());
  CHECK(server.connections->account(server.connection(2), 8 << 20));
}

TEST_CASE("connections: others wait until one of the most that are allowed is closed") {
  Server server(1);
  const base::Fd one = server.connect_as(1);
  const base::Fd two = server.connect();
  server.loop.wait(0ms);
  CHECK(server.sessions.size() == 1);
  CHECK(server.connections->state() ==
        "X connections: 1 now (all that --max-connections allows; others wait), 1 so far");
  server.close(1);
  CHECK(turn_until(server.loop, [&] { return server.sessions.contains(2); }));
}
