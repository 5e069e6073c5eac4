#include "tools/logbuf/hub/directory_store.h"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/folder.h"
#include "tests/unit/messages.h"

namespace {

using logbuf::DirectoryStore;

struct Hub {
  explicit Hub(logbuf::DirectoryOptions options = {}) : options_(options) { start(); }

  void start() {
    store.reset();
    auto opened = DirectoryStore::open(loop, folder / "root", options_,
                                       [this](base::Level, const std::string& line) { said.push_back(line); });
    REQUIRE(opened);
    store = std::move(*opened);
  }

  template <class T>
  base::Result<T> wait_for(const std::function<void(hub::Done<T>)>& call) {
    std::optional<base::Result<T>> result;
    call([&result](base::Result<T> got) { result = std::move(got); });
    while (!result) loop.wait();
    return std::move(*result);
  }

  base::Result<hub::Found> update(const std::string& id, hub::Store::Change change) {
    return wait_for<hub::Found>([&](auto done) { store->update(id, std::move(change), done); });
  }
  base::Result<hub::Found> create(const std::string& id, const std::string& token = "t.1") {
    return update(id, [&](std::optional<hub::Channel>& channel) -> base::Result<void> {
      channel.emplace().id = id;
      channel->tokens["web"] = token;
      return {};
    });
  }
  hub::Found find(const std::string& id) {
    return *wait_for<hub::Found>([&](auto done) { store->find(id, done); });
  }
  std::string owner(const std::string& token) {
    const auto found = *wait_for<hub::Found>([&](auto done) { store->find_token(token, done); });
    return found ? found->id : "";
  }
  base::Result<void> append(const std::string& id, stream::Batch messages) {
    return wait_for<void>([&](auto done) { store->append(id, std::move(messages), done); });
  }
  std::vector<std::string> read(const std::string& id) {
    auto read = wait_for<hub::Excerpt>([&](auto done) { store->read_after(id, "", 1 << 20, done); });
    REQUIRE(read);
    return texts(read->messages);
  }
  static std::vector<std::string> texts(const stream::Batch& batch) {
    std::vector<std::string> all;
    batch.for_each([&](std::size_t i, std::string_view text) {
      all.push_back(std::string(batch.id(i)) + " " + std::string(text));
    });
    return all;
  }

  unit::Folder folder;
  event::Loop loop = *event::Loop::create();
  logbuf::DirectoryOptions options_;
  std::vector<std::string> said;
  std::unique_ptr<DirectoryStore> store;
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("directory store: a channel and its messages are there after a restart") {
  Hub hub;
  REQUIRE(hub.create("app"));
  REQUIRE(hub.append("app", unit::batch({"one", "two"})));
  hub.start();
  REQUIRE(hub.find("app"));
  CHECK(hub.owner("t.1") == "app");
  CHECK(hub.read("app") == Texts{"1 one", "2 two"});
}

TEST_CASE("directory store: what was deleted is gone, token, messages and files") {
  Hub hub;
  REQUIRE(hub.create("app"));
  REQUIRE(hub.append("app", unit::batch({"one"})));
  REQUIRE(hub.update("app", [](std::optional<hub::Channel>& channel) -> base::Result<void> {
    channel.reset();
    return {};
  }));
  CHECK(hub.find("app") == nullptr);
  CHECK(hub.owner("t.1").empty());
  CHECK(hub.append("app", unit::batch({"two"})).error().kind == base::Kind::no_input);
  CHECK(std::filesystem::is_empty(hub.folder / "root"));
  REQUIRE(hub.create("app"));
  CHECK(hub.read("app").empty());
}

TEST_CASE("directory store: a change that is refused changes nothing") {
  Hub hub;
  REQUIRE(hub.create("app"));
  const std::string before = unit::content(hub.folder / "root/app/channel.json");
  const auto refused = hub.update("app", [](std::optional<hub::Channel>& channel) -> base::Result<void> {
    channel->tokens.clear();
    return base::fail(base::Kind::usage, "", "no");
  });
  CHECK(refused.error().why == "no");
  CHECK(hub.find("app")->tokens.size() == 1);
  CHECK(unit::content(hub.folder / "root/app/channel.json") == before);
  CHECK_FALSE(hub.update("../app", [](std::optional<hub::Channel>& channel) -> base::Result<void> {
    channel.emplace();
    return {};
  }));
}

TEST_CASE("directory store: changes that are asked for together are made one after the other") {
  Hub hub;
  REQUIRE(hub.create("app"));
  int left = 10;
  for (int i = 0; i < 10; ++i)
    hub.store->update(
        "app",
        [i](std::optional<hub::Channel>& channel) -> base::Result<void> {
          channel->tokens["n" + std::to_string(i)] = "t.n" + std::to_string(i);
          return {};
        },
        [&left](const base::Result<hub::Found>& found) {
          CHECK(found);
          --left;
        });
  while (left > 0) hub.loop.wait();
  hub.start();
  CHECK(hub.find("app")->tokens.size() == 11);
}

TEST_CASE("directory store: what people write is read when that is asked for") {
  Hub hub;
  REQUIRE(hub.create("app"));
  std::ofstream(hub.folder / "root/app/channel.json") << R"({"tokens": {"web": "t.other"}})";
  std::filesystem::create_directory(hub.folder / "root/new");
  std::ofstream(hub.folder / "root/new/channel.json") << R"({"tokens": {"web": "t.new"}})";
  REQUIRE(hub.store->reload());
  CHECK(hub.owner("t.1").empty());
  CHECK(hub.owner("t.other") == "app");
  CHECK(hub.owner("t.new") == "new");
  std::filesystem::remove_all(hub.folder / "root/new");
  REQUIRE(hub.store->reload());
  CHECK(hub.find("new") == nullptr);
}

TEST_CASE("directory store: an edit by hand is not lost when the API changes the channel") {
  Hub hub;
  REQUIRE(hub.create("app"));
  std::ofstream(hub.folder / "root/app/channel.json") << R"({"name": "by hand", "tokens": {"web": "t.1"}})";
  REQUIRE(hub.update("app", [](std::optional<hub::Channel>& channel) -> base::Result<void> {
    channel->tokens["more"] = "t.more";
    return {};
  }));
  CHECK(hub.find("app")->name == "by hand");
  CHECK(hub.owner("t.more") == "app");
}

TEST_CASE("directory store: a file that is wrong is told, and what was known stays in use") {
  Hub hub;
  REQUIRE(hub.create("app"));
  std::ofstream(hub.folder / "root/app/channel.json") << "{";
  CHECK_FALSE(hub.store->reload());
  CHECK(hub.owner("t.1") == "app");
  hub.start();
  CHECK(hub.said.size() == 1);
  CHECK(hub.find("app") == nullptr);
}

TEST_CASE("directory store: no two channels have one token") {
  Hub hub;
  REQUIRE(hub.create("app"));
  CHECK_FALSE(hub.create("other"));
  CHECK(hub.owner("t.1") == "app");
}

TEST_CASE("directory store: one process serves a directory") {
  Hub hub;
  const auto second = DirectoryStore::open(hub.loop, hub.folder / "root", {}, {});
  CHECK(second.error().kind == base::Kind::temporary);
}

TEST_CASE("directory store: more channels than buffers may be open") {
  Hub hub({.threads = 3, .open_buffers = 2});
  for (int i = 0; i < 8; ++i) REQUIRE(hub.create("c" + std::to_string(i), "t." + std::to_string(i)));
  int left = 0;
  for (int round = 0; round < 5; ++round)
    for (int i = 0; i < 8; ++i, ++left)
      hub.store->append("c" + std::to_string(i), unit::batch({std::to_string(round)}),
                        [&left](base::Result<void> done) {
                          CHECK(done);
                          --left;
                        });
  while (left > 0) hub.loop.wait();
  for (int i = 0; i < 8; ++i) CHECK(hub.read("c" + std::to_string(i)) == Texts{"1 0", "2 1", "3 2", "4 3", "5 4"});
}

TEST_CASE("directory store: who watches is told what is appended, with ids, before it is answered") {
  Hub hub;
  REQUIRE(hub.create("app"));
  REQUIRE(hub.append("app", unit::batch({"before"})));
  Texts told;
  bool deleted = false;
  auto watch = hub.store->watch("app", [&](const std::shared_ptr<const stream::Batch>& news) {
    if (!news) deleted = true;
    if (news)
      for (const std::string& text : Hub::texts(*news)) told.push_back(text);
  });
  REQUIRE(hub.append("app", unit::batch({"two", "three"})));
  CHECK(told == Texts{"2 two", "3 three"});
  REQUIRE(hub.update("app", [](std::optional<hub::Channel>& channel) -> base::Result<void> {
    channel.reset();
    return {};
  }));
  CHECK(deleted);
}

TEST_CASE("directory store: the newest messages are read backwards") {
  Hub hub;
  REQUIRE(hub.create("app"));
  stream::Batch many;
  for (int i = 1; i <= 1000; ++i) many.append("message " + std::to_string(i));
  REQUIRE(hub.append("app", std::move(many)));
  std::string before;
  std::size_t messages = 0;
  for (bool end = false; !end;) {
    const auto piece =
        *hub.wait_for<hub::Excerpt>([&](auto done) { hub.store->read_before("app", before, 4096, done); });
    CHECK(piece.messages.bytes() < 4 * 4096);
    messages += piece.messages.count();
    before = piece.reached;
    end = piece.end;
  }
  CHECK(messages == 1000);
  CHECK(before == "1");
}

TEST_CASE("directory store: messages are read on from an id, to the end") {
  Hub hub;
  REQUIRE(hub.create("app"));
  REQUIRE(hub.append("app", unit::batch({"a", "b", "c"})));
  const auto rest = hub.wait_for<hub::Excerpt>([&](auto done) { hub.store->read_after("app", "1", 1 << 20, done); });
  CHECK(Hub::texts(rest->messages) == Texts{"2 b", "3 c"});
  CHECK(rest->end);
  const auto none = hub.wait_for<hub::Excerpt>([&](auto done) { hub.store->read_after("app", "3", 1 << 20, done); });
  CHECK(none->messages.empty());
  CHECK_FALSE(hub.wait_for<hub::Excerpt>([&](auto done) { hub.store->read_after("app", "x", 1, done); }));
}

TEST_CASE("directory store: a full channel drops its oldest, or takes no more, as its limits say") {
  Hub hub({.max_size = base::Bytes{64 << 10}});
  REQUIRE(hub.create("rolls", "t.1"));
  REQUIRE(hub.create("blocks", "t.2"));
  REQUIRE(hub.update("blocks", [](std::optional<hub::Channel>& channel) -> base::Result<void> {
    channel->limits.full = "block";
    return {};
  }));
  const std::string kilobyte(1000, 'x');
  base::Result<void> blocked;
  for (int i = 0; i < 100; ++i) {
    CHECK(hub.append("rolls", unit::batch({kilobyte})));
    if (blocked) blocked = hub.append("blocks", unit::batch({kilobyte}));
  }
  CHECK(blocked.error().kind == base::Kind::temporary);
  CHECK(hub.append("rolls", unit::batch({std::string(100'000, 'x')})).error().kind == base::Kind::usage);
  CHECK(hub.read("rolls").size() < 70);
}

TEST_CASE("directory store: a channel whose disk fails holds up no other") {
  Hub hub;
  REQUIRE(hub.create("good", "t.1"));
  REQUIRE(hub.create("bad", "t.2"));
  std::ofstream(hub.folder / "root/bad/buffer") << "no buffer";
  CHECK_FALSE(hub.append("bad", unit::batch({"one"})));
  CHECK(hub.append("good", unit::batch({"one"})));
  std::filesystem::remove(hub.folder / "root/bad/buffer");
  CHECK(hub.append("bad", unit::batch({"two"})));
}
