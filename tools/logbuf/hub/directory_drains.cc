#include "tools/logbuf/hub/directory_drains.h"

#include <memory>
#include <utility>

namespace logbuf {
namespace {

// What is dropped before its first reader starts is told, too.
base::Result<void> tell_losses(Buffer& buffer, const std::string& name) {
  return buffer.update(name, [](ConsumerState& consumer, const State&) -> base::Result<bool> {
    return !std::exchange(consumer.tells_loss, true);
  });
}

base::Result<std::uint64_t> backlog_of(Buffer& buffer, const std::string& name) {
  auto consumer = TRY(buffer.consumer(name));
  if (!consumer) {
    consumer = TRY(buffer.add_consumer(name, ConsumerStart::newest));
    TRY(tell_losses(buffer, name));
  }
  const State state = TRY(buffer.state());
  return consumer->ready(state.head()) + consumer->backlog();
}

}  // namespace

DirectoryDrains::DirectoryDrains(DirectoryStore& store, std::string root, std::string logbuf, std::string logsend)
    : store_(store), root_(std::move(root)), logbuf_(std::move(logbuf)), logsend_(std::move(logsend)) {}

void DirectoryDrains::backlog(const std::string& channel, const std::string& consumer, hub::Done<std::uint64_t> done) {
  const auto count = std::make_shared<std::uint64_t>();
  const auto look = [count, consumer](Buffer& buffer) -> base::Result<void> {
    *count = TRY(backlog_of(buffer, consumer));
    return {};
  };
  store_.work_on(channel, look, [count, done = std::move(done)](const base::Result<>& looked) {
    looked ? done(*count) : done(tl::unexpected(looked.error()));
  });
}

void DirectoryDrains::remove(const std::string& channel, const std::string& consumer, hub::Done<> done) {
  const auto work = [consumer](Buffer& buffer) -> base::Result<void> {
    (void)TRY(buffer.remove_consumer(consumer));
    return {};
  };
  store_.work_on(channel, work, std::move(done));
}

// Nobody else sends: one hub has the directory.
void DirectoryDrains::claim(const std::string& channel, const std::string& consumer,
                            hub::Done<std::optional<std::vector<std::string>>> done) {
  done(std::vector<std::string>{logbuf_, "peek", "-f", "--consumer", consumer, "--report-loss", "--loss-form",
                                "logplex", "--no-progress", store_.buffer_of(channel)});
}

}  // namespace logbuf
