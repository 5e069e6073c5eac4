#include "codec/relp_client.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "codec/relp_server.h"
#include "messages.h"
#include "tests/unit/random.h"

using codec::Backlog;
using codec::RelpClient;
using unit::batch;
using Stage = RelpClient::Stage;
using Strings = std::vector<std::string>;

namespace {

std::string frame(std::uint32_t txnr, std::string_view command, std::string_view data) {
  std::string out;
  codec::append_relp_frame(out, txnr, command, data);
  return out;
}

struct Session {
  Strings rejected;  // "MESSAGE: REASON"
  codec::Settlement settlement = codec::Settlement::settled;
  bool stop = false;
  std::size_t window = 3;
  RelpClient client{{.window = window, .software = "logpipe,test"},
                    [this](const codec::Rejection& rejection) -> base::Result<codec::Settlement> {
                      if (stop) return base::fail(base::Kind::data, "send", std::string(rejection.reason));
                      rejected.push_back(std::string(rejection.message) + ": " + std::string(rejection.reason));
                      return settlement;
                    }};
  std::string error;

  std::string said() {
    std::string all;
    for (std::string_view output = client.output(); !output.empty(); output = client.output()) {
      all += output;
      client.sent(output.size());
    }
    return all;
  }
  Session& hear(std::string_view bytes, std::size_t piece = 1000) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
      if (const auto fed = client.feed(bytes.substr(0, piece)); !fed) error = fed.error().why;
    return *this;
  }
  Session& open() {
    client.open();
    (void)said();
    return hear(frame(1, "rsp", "200 OK\nrelp_version=0\nrelp_software=librelp\ncommands=syslog"));
  }
  Session& take(std::initializer_list<std::string_view> messages) {
    client.append(batch(messages));
    return *this;
  }
  std::uint64_t safe() const { return client.backlog().safe(); }
};

Strings rest_of(Backlog& backlog) {
  Strings lines;
  while (const auto message = backlog.next()) lines.emplace_back(message->line);
  return lines;
}

}  // namespace

TEST_CASE("relp backlog: messages are given out in order, and again after a rewind") {
  Backlog backlog;
  backlog.append(batch({"a", "", "b\nb"}));
  CHECK(rest_of(backlog) == Strings{"a\n", "\n", "b\nb\n"});
  backlog.append(batch({"c"}));
  CHECK(rest_of(backlog) == Strings{"c\n"});
  backlog.rewind();
  CHECK(rest_of(backlog) == Strings{"a\n", "\n", "b\nb\n", "c\n"});
}

TEST_CASE("relp backlog: safe counts from the first on, and what is settled is not given out again") {
  Backlog backlog;
  backlog.append(batch({"a", "b", "c", "d"}));
  (void)rest_of(backlog);
  backlog.settle(2);
  CHECK(backlog.safe() == 0);
  backlog.withhold(1);
  backlog.settle(0);
  CHECK(backlog.safe() == 1);
  CHECK(backlog.message(1) == "b");
  CHECK(backlog.message(3) == "d");
  backlog.rewind();
  CHECK(rest_of(backlog) == Strings{"d\n"});
  backlog.settle(1);
  CHECK(backlog.safe() == 3);
  CHECK(backlog.bytes() == 2);
}

TEST_CASE("relp backlog: a withheld message may be settled right after a rewind") {
  Backlog backlog;
  backlog.append(batch({"a", "b"}));
  (void)backlog.next();
  backlog.withhold(0);
  backlog.rewind();
  backlog.settle(0);
  CHECK(backlog.safe() == 1);
  CHECK(rest_of(backlog) == Strings{"b\n"});
}

TEST_CASE("relp backlog: large amounts pass through") {
  Backlog backlog;
  const std::string message(1000, 'x');
  std::uint64_t given = 0;
  for (int round = 0; round < 50; ++round) {
    stream::Batch many;
    for (int i = 0; i < 100; ++i) many.append(message);
    backlog.append(many);
    while (const auto next = backlog.next()) {
      CHECK(next->line.size() == 1001);
      ++given;
    }
    if (round % 7 == 6)
      for (std::uint64_t number = backlog.safe(); number < given; ++number) backlog.settle(number);
  }
  CHECK(given == 5000);
  CHECK(backlog.safe() == 4900);
  CHECK(backlog.bytes() == 100 * 1001);
}

TEST_CASE("relp client: a session starts with offers, and messages wait for the answer") {
  Session session;
  session.client.open();
  session.take({"a"});
  CHECK(session.said() == "1 open 57 relp_version=0\nrelp_software=logpipe,test\ncommands=syslog\n");
  session.hear(frame(1, "rsp", "200 OK\nrelp_version=0\ncommands=syslog"), 1);
  CHECK(session.said() == "2 syslog 1 a\n");
}

TEST_CASE("relp client: an empty message is a frame without data") {
  CHECK(Session().open().take({"", "b\nb"}).said() == "2 syslog 0\n3 syslog 3 b\nb\n");
}

TEST_CASE("relp client: never more than a window is unanswered") {
  Session session;
  session.open().take({"a", "b", "c", "d", "e"});
  CHECK(session.said() == "2 syslog 1 a\n3 syslog 1 b\n4 syslog 1 c\n");
  session.hear("2 rsp 6 200 OK\n3 rsp 3 200\n");
  CHECK(session.safe() == 2);
  CHECK(session.said() == "5 syslog 1 d\n6 syslog 1 e\n");
}

TEST_CASE("relp client: answers may come in any order; the safe count waits for the first") {
  Session session;
  session.open().take({"a", "b", "c", "d"}).said();
  session.hear("4 rsp 6 200 OK\n3 rsp 6 200 OK\n");
  CHECK(session.safe() == 0);
  CHECK(session.said() == "5 syslog 1 d\n");
  session.hear("2 rsp 6 200 OK\n");
  CHECK(session.safe() == 3);
}

TEST_CASE("relp client: a new session sends only the unanswered again, in order") {
  Session session;
  session.open().take({"a", "b", "c", "d"}).said();
  session.hear("3 rsp 6 200 OK\n");
  session.client.disconnect();
  session.open();
  CHECK(session.said() == "2 syslog 1 a\n3 syslog 1 c\n4 syslog 1 d\n");
  session.hear("2 rsp 6 200 OK\n3 rsp 6 200 OK\n4 rsp 6 200 OK\n");
  CHECK(session.safe() == 4);
}

TEST_CASE("relp client: a rejected message that is settled counts as safe") {
  Session session;
  session.open().take({"a", "b"}).said();
  session.hear("3 rsp 13 500 disk full\n2 rsp 6 200 OK\n");
  CHECK(session.rejected == Strings{"b: 500 disk full"});
  CHECK(session.safe() == 2);
}

TEST_CASE("relp client: a rejected message that is pending waits for the owner, also over a reconnect") {
  Session session;
  session.settlement = codec::Settlement::pending;
  session.open().take({"a", "b"}).said();
  session.hear("2 rsp 6 500 no\n3 rsp 6 200 OK\n");
  CHECK(session.safe() == 0);
  CHECK(session.open().said().empty());
  session.client.settle(0);
  CHECK(session.safe() == 2);
}

TEST_CASE("relp client: a rejection can stop everything") {
  Session session;
  session.stop = true;
  session.open().take({"a"}).said();
  session.hear("2 rsp 6 500 no\n");
  CHECK(session.error == "500 no");
  CHECK(session.safe() == 0);
}

TEST_CASE("relp client: close waits for the answers, and ends with its own") {
  Session session;
  session.open().take({"a"}).said();
  session.client.close();
  CHECK(session.said().empty());
  session.hear("2 rsp 6 200 OK\n");
  CHECK(session.said() == "3 close 0\n");
  CHECK(session.client.stage() == Stage::leaving);
  session.hear("3 rsp 0\n0 serverclose 0\n");
  CHECK(session.client.stage() == Stage::left);
}

TEST_CASE("relp client: serverclose after some answers ends the session") {
  Session session;
  session.open().take({"a", "b"}).said();
  session.hear("2 rsp 6 200 OK\n0 other 0\n0 serverclose 0\n3 rsp 6 200 OK\n");
  CHECK(session.client.stage() == Stage::dismissed);
  CHECK(session.safe() == 1);
  CHECK(session.error.empty());
}

TEST_CASE("relp client: offers it cannot use are told") {
  const auto refused = [](std::string_view answer) {
    Session session;
    session.client.open();
    return session.hear(frame(1, "rsp", answer)).error;
  };
  CHECK(refused("500 go away") == "the server refuses the session: 500 go away");
  CHECK(refused("200 OK\nrelp_version=0") == "the server does not take the command syslog");
  CHECK(refused("200 OK\nrelp_version=2\ncommands=syslog") == "the server insists on RELP version 2");
  CHECK(refused("200 OK\nrelp_version=new\ncommands=syslog") == "relp_version is not a number: \"new\"");
}

TEST_CASE("relp client: nonsense from the server is told") {
  const auto told = [](std::string_view bytes) { return Session().open().take({"a"}).hear(bytes).error; };
  CHECK(told("9 rsp 6 200 OK\n") == "there is no unanswered transaction 9");
  CHECK(told("2 rsp 6 200 OK\n2 rsp 6 200 OK\n") == "there is no unanswered transaction 2");
  CHECK(told("2 rsp 2 OK\n") == "a code of three digits is missing: \"OK\"");
  CHECK(told("2 rsp 0\n") == "a code of three digits is missing: \"\"");
  CHECK(told("2 syslog 1 a\n") == "a server answers with rsp, not with syslog");
  CHECK(told("220 mail.example ESMTP\n").starts_with("a command of one to 32 letters is missing"));
}

TEST_CASE("relp client and server: everything arrives once over many broken connections") {
  unit::Random random;
  const auto below = [&](std::size_t limit) { return random() % limit; };
  Session session;
  stream::Batch received;
  std::size_t appended = 0;
  for (int connection = 0; connection < 2000; ++connection) {
    codec::RelpServer server({});
    session.client.open();
    for (std::size_t turn = below(20); turn > 0; --turn) {
      for (std::size_t i = below(4); i > 0; --i) session.take({std::to_string(appended++)});
      const std::string_view output = session.client.output();
      const std::size_t size = below(output.size() + 1);
      REQUIRE(server.feed(output.substr(0, size), received, received.count()).has_value());
      session.client.sent(size);
      server.acknowledge(received.count() - below(std::min<std::size_t>(received.count(), 3) + 1));
      const std::size_t heard = below(server.output().size() + 1);
      session.hear(server.output().substr(0, heard));
      server.sent(heard);
      REQUIRE(session.error.empty());
    }
  }
  // Nothing is safe that did not arrive, and nothing arrives before what was sent before it did.
  std::size_t expected = 0;
  received.for_each([&](std::size_t, std::string_view message) {
    const std::size_t number = std::stoul(std::string(message));
    REQUIRE(number <= expected);
    expected = std::max(expected, number + 1);
  });
  CHECK(expected >= session.safe());
  CHECK(session.safe() > 1000);
}

TEST_CASE("relp client: damaged answers never crash") {
  unit::Random random;
  const auto below = [&](std::size_t limit) { return random() % limit; };
  const std::string good = frame(1, "rsp", "200 OK\nrelp_version=0\ncommands=syslog") +
                           "2 rsp 6 200 OK\n4 rsp 6 200 OK\n3 rsp 6 500 no\n5 rsp 6 200 OK\n0 serverclose 0\n";
  for (int i = 0; i < 100'000; ++i) {
    std::string bytes = good;
    for (std::size_t damage = below(4); damage > 0; --damage)
      bytes[below(bytes.size())] = "0123456789 \nrx\0\xff"[below(16)];
    Session session;
    session.take({"a", "b", "c", "d", "e"}).client.open();
    session.hear(bytes, 1 + below(60));
    (void)session.said();
    REQUIRE(session.safe() <= 4);
  }
}
