#include "hub/recent.h"

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/logplex.h"

namespace hub {
namespace {

constexpr std::size_t kMostRecent = 16 << 20;
constexpr std::size_t kReadAtOnce = 1 << 20;

// Backwards, one excerpt after the other.
struct Reading {
  Store& store;
  std::string channel;
  std::uint64_t most;
  Done<Recent> done;
  std::vector<std::string> excerpts = {};  // the newest first
  std::size_t bytes = 0;
  std::uint64_t count = 0;
  std::string before = {};
};

void finish(Reading& reading) {
  Recent recent{.frames = {}, .count = reading.count};
  recent.frames.reserve(reading.bytes);
  for (std::size_t i = reading.excerpts.size(); i-- > 0;) recent.frames += reading.excerpts[i];
  reading.done(std::move(recent));
}

// True: there is more to read.
bool take_excerpt(Reading& reading, const Excerpt& excerpt) {
  const std::uint64_t wanted = reading.most - reading.count;
  const std::uint64_t skipped = excerpt.messages.count() > wanted ? excerpt.messages.count() - wanted : 0;
  std::string frames;
  excerpt.messages.for_each([&](std::size_t i, std::string_view message) {
    if (i < skipped) return;
    codec::append_logplex_frame(frames, std::string(message) + "\n");
    ++reading.count;
  });
  reading.bytes += frames.size();
  reading.excerpts.push_back(std::move(frames));
  reading.before = excerpt.reached;
  return !excerpt.end && reading.count < reading.most && reading.bytes < kMostRecent;
}

void read_more(const std::shared_ptr<Reading>& reading) {
  reading->store.read_before(reading->channel, reading->before, kReadAtOnce,
                             [reading](const base::Result<Excerpt>& got) {
                               if (!got) return reading->done(tl::unexpected(got.error()));
                               take_excerpt(*reading, *got) ? read_more(reading) : finish(*reading);
                             });
}

}  // namespace

void read_recent(Store& store, const std::string& channel, std::uint64_t most, Done<Recent> done) {
  const auto reading =
      std::make_shared<Reading>(Reading{.store = store, .channel = channel, .most = most, .done = std::move(done)});
  most == 0 ? finish(*reading) : read_more(reading);
}

}  // namespace hub
