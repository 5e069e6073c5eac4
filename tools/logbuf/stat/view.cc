#include "tools/logbuf/stat/view.h"

#include <algorithm>

namespace logbuf {
namespace {

// When the first message that is stored from `id` on was accepted.
base::Result<std::optional<base::WallTime>> accepted_from(Buffer& buffer, std::uint64_t id, std::uint64_t head) {
  stream::Batch batch;
  std::vector<Run> runs;
  const auto any = [](const Damage&) { return true; };
  while (runs.empty() && id <= head) id = TRY(buffer.read({id, head}, false, 1, batch, any, &runs)).last + 1;
  return runs.empty() ? std::nullopt : std::optional(runs.front().accepted);
}

base::Result<ReplicaView> look_at_replica(Buffer& buffer, const ReplicaNote& note, std::uint64_t head) {
  ReplicaView view{.note = note};
  if (view.note.confirmed >= head) return view;
  view.messages = head - view.note.confirmed;
  const auto accepted = TRY(accepted_from(buffer, view.note.confirmed + 1, head));
  if (accepted) view.time = std::max(base::wall_now() - *accepted, base::Duration::zero());
  return view;
}

}  // namespace

base::Duration ConsumerView::age() const {
  return oldest ? std::max(base::wall_now() - *oldest, base::Duration::zero()) : base::Duration::zero();
}

base::Result<BufferView> look_at(const std::string& path) {
  const auto buffer = TRY(Buffer::open(path, {.access = Access::read_only}));
  return look_at(*buffer);
}

base::Result<BufferView> look_at(Buffer& buffer) {
  BufferView view;
  view.path = buffer.path();
  view.state = TRY(buffer.state());
  view.oldest = TRY(buffer.oldest_id());
  view.oldest_time = TRY(buffer.oldest_time());
  view.file = buffer.file_size();
  view.origins = TRY(buffer.origins());
  view.mastership = TRY(buffer.mastership());
  const std::vector<ReplicaNote> notes = TRY(buffer.replica_notes());
  for (const ReplicaNote& note : notes) view.replicas.push_back(TRY(look_at_replica(buffer, note, view.state.head())));
  const std::map<std::string, ConsumerState> consumers = TRY(buffer.consumers());
  const IsLive is_dead = [&](std::uint64_t owner) { return buffer.is_dead(owner); };
  for (const auto& [name, consumer] : consumers)
    view.consumers.push_back({name, consumer.ready(view.state.head()), consumer.backlog(), consumer.abandoned(is_dead),
                              consumer.floor(), consumer.lost, consumer.active,
                              TRY(accepted_from(buffer, consumer.floor() + 1, view.state.head()))});
  return view;
}

}  // namespace logbuf
