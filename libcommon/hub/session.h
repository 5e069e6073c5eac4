// Sessions: what somebody wants to see of a channel, behind a URL that is a secret and works for a while. Passive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/result.h"
#include "hub/store.h"
#include "hub/tail_line.h"

namespace hub {

struct Session {
  std::string channel;
  std::uint64_t lines = 100;  // "num"
  bool follow = false;        // "tail"
  TailFilter filter = {};     // "source", "ps"
};

// The body of a request for one: {"channel_id":"42","num":"100","tail":true,"source":"app","ps":"web"}. A number may
// also be a text. Kind::data where a member is not what it should be, or the channel is missing.
base::Result<Session> parse_session(std::string_view json);
// The same the other way round.
std::string encode(const Session& session);

// Where a hub has its sessions, each for kSessionLife after its last use. As with a Store, callbacks are called inside
// the call or later on the loop.
inline constexpr base::Duration kSessionLife = std::chrono::seconds(360);
class SessionStore {
 public:
  virtual ~SessionStore() = default;

  // Kind::temporary: there are too many.
  virtual void add(const std::string& uuid, const Session& session, Done<> done) = 0;
  // Uses it. Nothing: there is none of that name, or no longer.
  virtual void use(const std::string& uuid, Done<std::optional<Session>> done) = 0;
};

// Sessions in memory. Passive.
class Sessions {
 public:
  // False: there are too many.
  bool add(const std::string& uuid, Session session, base::Instant now);
  // Uses it. Nothing: there is none of that name, or no longer.
  std::optional<Session> use(const std::string& uuid, base::Instant now);

  [[nodiscard]] std::size_t count() const { return records_.size(); }

 private:
  static constexpr std::size_t kMost = 200'000;
  struct Record {
    Session session;
    base::Instant last_used;
  };

  static bool is_over(const Record& record, base::Instant now);
  void clean(base::Instant now);

  std::unordered_map<std::string, Record> records_;
  base::Instant cleaned_{};
};

// Those of a hub that shares them with nobody: they end with it.
class MemorySessions final : public SessionStore {
 public:
  void add(const std::string& uuid, const Session& session, Done<> done) override;
  void use(const std::string& uuid, Done<std::optional<Session>> done) override;

 private:
  Sessions sessions_;
};

}  // namespace hub
