#include "tools/logbuf/replica/master_log.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "folder.h"
#include "messages.h"
#include "sink_peer.h"
#include "tools/logbuf/replica/copy_sink.h"

using logbuf::Buffer;
using logbuf::Mastership;

namespace {

// Says what the test tells it to, and keeps what it is asked.
class Master final : public unit::SinkPeer {
 public:
  using SinkPeer::SinkPeer;
  [[nodiscard]] net::Url url() const { return url_with("logd"); }
  [[nodiscard]] bool was_asked(const std::string& request) const { return asked_.find(request) != std::string::npos; }

 private:
  void begin() override {}
  void take(std::string_view bytes) override { asked_ += bytes; }

  std::string asked_;
};

}  // namespace

TEST_CASE("a replica confirms what the master sent it, and nothing that it took as a master itself") {
  event::Loop loop = std::move(*event::Loop::create());
  const unit::Folder folder;
  const auto buffer = *Buffer::open_or_create(folder / "replica", {.sync = logbuf::Sync::os});
  const base::Report report = [](base::Level, const std::string&) {};
  Master master(loop);
  const auto log = logbuf::MasterLog::open(loop, *buffer, {master.url()}, {}, report);
  logbuf::CopySink sink(loop, *buffer, *log, report);
  REQUIRE(unit::turn_until(loop, [&] { return master.was_asked("REPLICATE"); }));
  master.say("OK log 1 1\r\n+1 1700000000000000000 3 one\r\n");
  stream::Batch copies;
  REQUIRE(unit::turn_until(loop, [&] {
    REQUIRE(log->read(copies, 1 << 20));
    return copies.count() == 1;
  }));
  REQUIRE(sink.write(copies));
  REQUIRE(buffer->change_mastership([](Mastership& mastership, const logbuf::State&) -> base::Result<void> {
    mastership.log_epoch = ++mastership.epoch;
    mastership.accepts = true;
    return {};
  }));
  REQUIRE(buffer->append(unit::batch({"here"}), 0, "", false));
  REQUIRE(log->acknowledge(sink.safe()));
  REQUIRE(unit::turn_until(loop, [&] { return master.was_asked("ACK 1\r\n1 "); }));
  CHECK(master.was_asked("ACK 1\r\n1 1\r\n"));
}
