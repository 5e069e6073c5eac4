#include "codec/relp_server.h"

#include <doctest/doctest.h>

#include <algorithm>

using codec::RelpServer;
using Strings = std::vector<std::string>;

namespace {

// What librelp 1.11 sends first, and what it is answered.
constexpr std::string_view kOpen =
    "1 open 86 relp_version=0\nrelp_software=librelp,1.11.0,http://librelp.adiscon.com\ncommands=syslog\n";
constexpr std::string_view kOpenAnswer =
    "1 rsp 64 200 OK\nrelp_version=0\nrelp_software=logpipe,test\ncommands=syslog\n";

std::string frame(std::uint32_t txnr, std::string_view command, std::string_view data) {
  std::string out;
  codec::append_relp_frame(out, txnr, command, data);
  return out;
}

struct Session {
  RelpServer server{{.max_message = 10, .software = "logpipe,test"}};
  stream::Batch batch;
  std::string error;

  Session& say(std::string_view bytes, std::size_t piece = 100'000) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
      if (const auto fed = server.feed(bytes.substr(0, piece), batch, batch.count()); !fed) error = fed.error().why;
    return *this;
  }
  Session& open() {
    say(kOpen);
    (void)answers();
    return *this;
  }
  std::string answers() {
    std::string output(server.output());
    server.sent(output.size());
    return output;
  }
  std::string answer_to(std::string_view bytes) { return say(bytes).answers(); }
  Strings messages() const {
    Strings all;
    batch.for_each([&](std::size_t, std::string_view message) { all.emplace_back(message); });
    return all;
  }
};

}  // namespace

TEST_CASE("relp server: offers are answered in librelp's form, byte by byte too") {
  Session session, slow;
  CHECK(session.answer_to(kOpen) == kOpenAnswer);
  CHECK(slow.say(kOpen, 1).answers() == kOpenAnswer);
  CHECK(session.server.client().software == "librelp,1.11.0,http://librelp.adiscon.com");
}

TEST_CASE("relp server: the version is the client's, or the newest known") {
  const auto version = [](std::string_view offers) {
    const std::string answer = Session().answer_to(frame(1, "open", offers));
    return answer.substr(0, answer.find("\nrelp_software"));
  };
  CHECK(version("relp_version=0\ncommands=syslog") == "1 rsp 64 200 OK\nrelp_version=0");
  CHECK(version("relp_version=1\ncommands=eventlog,syslog") == "1 rsp 64 200 OK\nrelp_version=1");
  CHECK(version("relp_version=7\ncommands=syslog") == "1 rsp 64 200 OK\nrelp_version=1");
  CHECK(version("commands=syslog") == "1 rsp 64 200 OK\nrelp_version=0");
}

TEST_CASE("relp server: offers that cannot be met are refused") {
  Session no_syslog, no_number;
  CHECK(no_syslog.answer_to(frame(1, "open", "relp_version=0\ncommands=eventlog")) ==
        "1 rsp 44 500 required command not supported by client\n");
  CHECK(no_syslog.error == "the client does not offer the command syslog");
  CHECK(no_number.answer_to(frame(1, "open", "relp_version=x\ncommands=syslog")) ==
        "1 rsp 37 500 relp_version is not a number: \"x\"\n");
}

TEST_CASE("relp server: a second open is harmless") {
  CHECK(Session().open().answer_to(frame(2, "open", "commands=syslog")) ==
        "2 rsp 37 200 connection already open - ignored\n");
}

TEST_CASE("relp server: a message is answered when it is safe, not before") {
  Session session;
  session.open().say("2 syslog 3 one\n3 syslog 3 two\n4 syslog 0\n");
  CHECK(session.messages() == Strings{"one", "two", ""});
  CHECK(session.answers().empty());
  CHECK(session.server.unanswered() == 3);
  session.server.acknowledge(2);
  CHECK(session.answers() == "2 rsp 6 200 OK\n3 rsp 6 200 OK\n");
  session.server.acknowledge(2);
  CHECK(session.answers().empty());
  session.server.acknowledge(100);
  CHECK(session.answers() == "4 rsp 6 200 OK\n");
}

TEST_CASE("relp server: transaction numbers may wrap") {
  Session session;
  session.open().say("999999999 syslog 1 a\n1 syslog 1 b\n");
  session.server.acknowledge(2);
  CHECK(session.answers() == "999999999 rsp 6 200 OK\n1 rsp 6 200 OK\n");
}

TEST_CASE("relp server: a long message becomes several with one answer") {
  Session session;
  session.open().say("2 syslog 21 0123456789abcdefghij!\n3 syslog 1 x\n");
  CHECK(session.messages() == Strings{"0123456789", "abcdefghij", "!", "x"});
  CHECK(session.server.split() == 1);
  session.server.acknowledge(2);
  CHECK(session.answers().empty());
  session.server.acknowledge(3);
  CHECK(session.answers() == "2 rsp 6 200 OK\n");
}

TEST_CASE("relp server: a very long message is taken while it comes, and answered when all of it is safe") {
  Session session;
  const std::string data(1'000'003, 'x');
  const std::string bytes = frame(2, "syslog", data);
  session.open().say(std::string_view(bytes).substr(0, 900'000), 1000);
  CHECK(session.batch.count() > 80'000);
  CHECK(session.server.unanswered() == 0);
  CHECK(session.server.pending() < 100'000);
  session.server.acknowledge(session.batch.count());
  CHECK(session.answers().empty());
  session.say(std::string_view(bytes).substr(900'000), 1000);
  CHECK(session.messages().size() == 100'001);
  CHECK(session.messages().back() == "xxx");
  CHECK(session.server.split() == 1);
  CHECK(session.server.unanswered() == 1);
  session.server.acknowledge(100'000);
  CHECK(session.answers().empty());
  session.server.acknowledge(100'001);
  CHECK(session.answers() == "2 rsp 6 200 OK\n");
}

TEST_CASE("relp server: a message of which a piece is refused is answered when the last has come") {
  Session session;
  const std::string bytes = frame(2, "syslog", std::string(100'000, 'x'));
  session.open().say(std::string_view(bytes).substr(0, 99'000));
  CHECK(session.server.reject(1, "no good"));
  CHECK(session.server.reject(2, "nor this"));
  CHECK(session.answers().empty());
  session.say(std::string_view(bytes).substr(99'000)).say("3 syslog 1 a\n");
  CHECK(session.answers() == "2 rsp 11 500 no good\n");
  session.server.acknowledge(10'001);
  CHECK(session.answers() == "3 rsp 6 200 OK\n");
}

TEST_CASE("relp server: shut down in the middle of a very long message, it does not wait for the rest") {
  Session session;
  session.open().say("2 syslog 1 a\n3 syslog 900000 " + std::string(500'000, 'x'));
  session.server.shut();
  CHECK(session.server.pending() == 0);
  session.server.acknowledge(session.batch.count());
  CHECK(session.answers() == "2 rsp 6 200 OK\n0 serverclose 0\n");
  CHECK(session.server.finished());
}

TEST_CASE("relp server: offers without end are refused, unknown commands without end are passed over") {
  Session endless, unknown;
  endless.say(frame(1, "open", std::string(200'000, 'x')));
  CHECK(endless.error == "open has more data than 65536 bytes");
  unknown.open().say(frame(2, "eventlog", std::string(200'000, 'x')), 999);
  CHECK(unknown.answers() == "2 rsp 28 500 unknown command eventlog\n");
  CHECK(unknown.error.empty());
}

TEST_CASE("relp server: a rejected message is answered 500 at once, and only once") {
  Session session;
  session.open().say("2 syslog 1 a\n3 syslog 1 b\n4 syslog 1 c\n");
  CHECK(session.server.reject(2, "no\ngood"));
  CHECK_FALSE(session.server.reject(2, "again"));
  CHECK(session.answers() == "3 rsp 11 500 no good\n");
  session.server.acknowledge(3);
  CHECK(session.answers() == "2 rsp 6 200 OK\n4 rsp 6 200 OK\n");
}

TEST_CASE("relp server: close is answered after the last message, then the hint") {
  Session session;
  session.open().say("2 syslog 1 a\n3 close 0\n4 syslog 1 b\n");
  CHECK(session.messages() == Strings{"a"});
  CHECK(session.answers().empty());
  CHECK(session.server.closing());
  session.server.acknowledge(1);
  CHECK(session.answers() == "2 rsp 6 200 OK\n3 rsp 0\n0 serverclose 0\n");
  CHECK(session.server.finished());
}

TEST_CASE("relp server: a close with nothing unanswered is answered at once") {
  CHECK(Session().open().answer_to("2 close 0\n") == "2 rsp 0\n0 serverclose 0\n");
  CHECK(Session().answer_to("1 close 0\n") == "1 rsp 0\n");
}

TEST_CASE("relp server: shut down, it takes no more, answers what it has and says serverclose") {
  Session session;
  session.open().say("2 syslog 1 a\n");
  session.server.shut();
  session.say("3 syslog 1 b\n");
  CHECK(session.messages() == Strings{"a"});
  CHECK_FALSE(session.server.finished());
  session.server.acknowledge(1);
  CHECK(session.answers() == "2 rsp 6 200 OK\n0 serverclose 0\n");
}

TEST_CASE("relp server: abandoned, it says serverclose and answers nothing") {
  Session session;
  session.open().say("2 syslog 1 a\n3 close 0\n");
  session.server.abandon();
  CHECK(session.answers() == "0 serverclose 0\n");
  CHECK(session.server.finished());
}

TEST_CASE("relp server: unknown commands are answered 500, hints are not") {
  Session session;
  CHECK(session.open().answer_to("2 eventlog 1 a\n") == "2 rsp 28 500 unknown command eventlog\n");
  CHECK(session.answer_to("0 tellme 2 hi\n").empty());
  CHECK(session.error.empty());
}

TEST_CASE("relp server: what breaks the protocol ends the session; messages before count") {
  Session early, hint, damaged;
  CHECK(early.answer_to("1 syslog 1 a\n") == "1 rsp 27 500 the session is not open\n");
  CHECK(early.error == "syslog comes before open");
  early.server.shut();
  CHECK(early.server.finished());
  hint.open().say("0 syslog 1 a\n");
  CHECK(hint.error == "syslog has the transaction number 0");
  damaged.open().say("2 syslog 1 a\nnonsense");
  CHECK(damaged.messages() == Strings{"a"});
  CHECK(damaged.error.starts_with("a transaction number"));
  damaged.server.shut();
  damaged.server.acknowledge(1);
  CHECK(damaged.answers() == "2 rsp 6 200 OK\n0 serverclose 0\n");
}
