// One client of librdkafka, a producer or a consumer, on an event loop. Its threads are its own: they say through a
// descriptor that there is something, and everything else happens in the loop's thread.
//
// librdkafka connects by itself, also after a failure, for as long as the client lives. The diagnostics that it has
// (its logs) go to `report`, but for those that come as trouble too.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/fd.h"
#include "base/report.h"
#include "base/result.h"
#include "base/units.h"
#include "event/loop.h"
#include "kafka/properties.h"

struct rd_kafka_s;
struct rd_kafka_queue_s;
struct rd_kafka_op_s;

namespace kafka {

using NativeEvent = struct rd_kafka_op_s;  // rd_kafka_event_t

struct Trouble {
  enum class Kind : std::uint8_t {
    passing,  // of one broker; librdkafka goes on
    away,     // no broker can be reached
    mend,     // somebody has to mend it: a wrong password, no permission, no topic
    fatal,    // this client will do nothing more
  };
  Kind kind;
  std::string reason;
};

class Client {
 public:
  enum class Role : std::uint8_t { producer, consumer };

  class Owner {
   public:
    virtual ~Owner() = default;
    // There may be events: call next(). Not called while nobody watches.
    virtual void woken() = 0;
    // Any event but logs and errors. Valid during the call.
    virtual void happened(NativeEvent* event) = 0;
    // It must not destroy the client.
    virtual void troubled(const Trouble& trouble) = 0;
  };

  // Kind::usage for a property that there is not, or not with this value; Kind::config for what does not go together.
  // `owner` must outlive this.
  static base::Result<std::unique_ptr<Client>> create(event::Loop& loop, Role role, const Properties& properties,
                                                      Owner& owner, base::Report report);
  // Waits for librdkafka's threads, which may take as long as the system's resolver does.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Takes one event and gives it to the owner; false: there is none, after waiting so long for one.
  bool next(base::Duration wait = base::Duration::zero());
  // Whether woken() is called. At first it is.
  void watch(bool on) { wake_.set(on); }

  // The cluster has answered at least once.
  [[nodiscard]] bool reached() const;
  [[nodiscard]] rd_kafka_s* native() const { return native_; }
  [[nodiscard]] rd_kafka_queue_s* queue() const { return queue_; }

 private:
  Client(event::Loop& loop, Owner& owner, base::Report report, base::Fd wake);
  void drain();
  void log(NativeEvent* event);
  [[nodiscard]] Trouble trouble_of(NativeEvent* event) const;

  Owner& owner_;
  base::Report report_;
  bool tells_all_ = false;  // somebody has asked for debugging
  base::Fd wake_fd_;
  event::Io wake_;
  rd_kafka_s* native_ = nullptr;
  rd_kafka_queue_s* queue_ = nullptr;
};

}  // namespace kafka
