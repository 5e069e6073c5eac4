#include "cli/exposition.h"
#include "tools/logbuf/stat/view.h"

namespace logbuf {
namespace {

// One metric of every buffer, then the next.
class Metrics {
 public:
  explicit Metrics(const std::vector<BufferView>& views) : views_(views) {}

  template <class Value>
  void buffers(const char* name, const char* type, const char* help, Value value) {
    out_.metric(name, type, help);
    for (const BufferView& view : views_) out_.sample({{"buffer", view.path}}, value(view));
  }
  template <class Value>
  void consumers(const char* name, const char* type, const char* help, Value value) {
    out_.metric(name, type, help);
    for (const BufferView& view : views_)
      for (const ConsumerView& consumer : view.consumers)
        out_.sample({{"buffer", view.path}, {"consumer", consumer.name}}, value(consumer));
  }
  template <class Value>
  void replicas(const char* name, const char* type, const char* help, Value value) {
    out_.metric(name, type, help);
    for (const BufferView& view : views_)
      for (const ReplicaView& replica : view.replicas)
        out_.sample({{"buffer", view.path}, {"replica", replica.note.name}}, value(replica));
  }
  [[nodiscard]] const std::string& text() const { return out_.text(); }

 private:
  const std::vector<BufferView>& views_;
  cli::Exposition out_;
};

}  // namespace

std::string to_metrics(const std::vector<BufferView>& views) {
  Metrics out(views);
  out.buffers("logbuf_messages", "gauge", "Messages stored.",
              [](const BufferView& view) { return view.state.messages; });
  out.buffers("logbuf_bytes", "gauge", "Bytes stored.", [](const BufferView& view) { return view.state.bytes; });
  out.buffers("logbuf_plain_bytes", "gauge", "Bytes that would be stored without compression.",
              [](const BufferView& view) { return view.state.plain_bytes; });
  out.buffers("logbuf_capacity_bytes", "gauge", "Limit on the bytes stored.",
              [](const BufferView& view) { return view.state.limits.max_size.count; });
  out.buffers("logbuf_retain_bytes", "gauge",
              "Acknowledged messages are kept while the buffer holds no more bytes; 0: not by size.",
              [](const BufferView& view) { return view.state.limits.retain_size.count; });
  out.buffers("logbuf_retain_seconds", "gauge",
              "Acknowledged messages are kept until they are this old; 0: not by age.",
              [](const BufferView& view) { return seconds(view.state.limits.retain_time); });
  out.buffers("logbuf_file_limit_bytes", "gauge", "Size to which the data file may grow.",
              [](const BufferView& view) { return file_limit(view.state.limits).count; });
  out.buffers("logbuf_file_bytes", "gauge", "Size of the data file.",
              [](const BufferView& view) { return view.file.count; });
  out.buffers("logbuf_appended_total", "counter", "Messages ever stored.",
              [](const BufferView& view) { return view.state.head(); });
  out.buffers("logbuf_dropped_newest_total", "counter", "Messages not stored because the buffer was full.",
              [](const BufferView& view) { return view.state.dropped_newest; });
  out.buffers("logbuf_dropped_oldest_total", "counter", "Messages deleted before they were acknowledged.",
              [](const BufferView& view) { return view.state.dropped_oldest; });
  out.buffers("logbuf_damaged_total", "counter", "Messages found damaged.",
              [](const BufferView& view) { return view.state.damaged; });
  out.consumers("logbuf_ready_messages", "gauge", "Messages to be handed out.",
                [](const ConsumerView& consumer) { return consumer.ready; });
  out.consumers("logbuf_backlog_messages", "gauge", "Messages handed out and not acknowledged.",
                [](const ConsumerView& consumer) { return consumer.backlog; });
  out.consumers("logbuf_abandoned_messages", "gauge", "Messages of the backlog that belong to dead processes.",
                [](const ConsumerView& consumer) { return consumer.abandoned; });
  out.consumers("logbuf_oldest_unacknowledged_seconds", "gauge",
                "Age of the oldest message that is not acknowledged; 0: there is none.",
                [](const ConsumerView& consumer) { return seconds(consumer.age()); });
  out.consumers("logbuf_lost_total", "counter", "Messages deleted before this consumer acknowledged them.",
                [](const ConsumerView& consumer) { return consumer.lost; });
  out.buffers("logbuf_master", "gauge",
              "1: the buffer accepts messages; 0: it is a replica, or was told to refuse them.",
              [](const BufferView& view) { return view.mastership.accepts ? 1 : 0; });
  out.buffers("logbuf_epoch", "gauge", "Higher with each new master.",
              [](const BufferView& view) { return view.mastership.epoch; });
  out.replicas("logbuf_replica_lag_messages", "gauge", "Messages that the replica has not confirmed.",
               [](const ReplicaView& replica) { return replica.messages; });
  out.replicas("logbuf_replica_lag_seconds", "gauge", "Time since the first of these was accepted.",
               [](const ReplicaView& replica) { return seconds(replica.time); });
  return out.text();
}

}  // namespace logbuf
