// What a buffer holds and knows, at one moment, for `logbuf stat`; and the forms in which it is told (text.cc, json.cc,
// metrics.cc).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/units.h"
#include "tools/logbuf/store/buffer.h"

namespace logbuf {

struct ConsumerView {
  std::string name;
  std::uint64_t ready = 0;
  std::uint64_t backlog = 0;
  std::uint64_t abandoned = 0;  // of the backlog, by a process that is gone
  std::uint64_t floor = 0;
  std::uint64_t lost = 0;
  base::WallTime active;
  std::optional<base::WallTime> oldest;  // of what it has not acknowledged: when that was accepted

  [[nodiscard]] base::Duration age() const;  // of that one; zero: there is none
};

struct ReplicaView {
  ReplicaNote note;
  std::uint64_t messages = 0;  // it is behind
  base::Duration time{0};      // since the first of these was accepted
};

struct BufferView {
  std::string path;
  State state;
  std::uint64_t oldest = 0;
  std::optional<base::WallTime> oldest_time;
  base::Bytes file;
  std::vector<ConsumerView> consumers;
  std::map<std::string, OriginState> origins;
  Mastership mastership;
  std::vector<ReplicaView> replicas;

  [[nodiscard]] const std::string& log() const { return mastership.log_of(state.uuid); }
  [[nodiscard]] const char* role() const { return mastership.accepts ? "master" : "replica"; }
};

inline double seconds(base::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

base::Result<BufferView> look_at(const std::string& path);
base::Result<BufferView> look_at(Buffer& buffer);

// Lines for people.
std::string to_text(const BufferView& view);
// A JSON object on one line.
std::string to_json(const BufferView& view);
// All of them for Prometheus.
std::string to_metrics(const std::vector<BufferView>& views);

}  // namespace logbuf
