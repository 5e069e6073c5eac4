#include "tools/logbuf/hub/log_store.h"

namespace logbuf {

tl::unexpected<base::Error> LogStore::unknown_channel(const std::string& id) {
  return base::fail(base::Kind::no_input, "use channel " + id, "there is no such channel");
}

void LogStore::read_after(const std::string& id, const std::string& after, std::size_t limit,
                          hub::Done<hub::Excerpt> done) {
  ask<hub::Excerpt>(
      id, [after, limit](ChannelLog& log) { return log.read_after(after, limit); }, std::move(done));
}

void LogStore::read_before(const std::string& id, const std::string& before, std::size_t limit,
                           hub::Done<hub::Excerpt> done) {
  ask<hub::Excerpt>(
      id, [before, limit](ChannelLog& log) { return log.read_before(before, limit); }, std::move(done));
}

void LogStore::id_at(const std::string& id, base::WallTime time, hub::Done<std::string> done) {
  ask<std::string>(
      id, [time](ChannelLog& log) { return log.id_at(time); }, std::move(done));
}

void LogStore::standing(const std::string& id, hub::Done<hub::Standing> done) {
  ask<hub::Standing>(
      id, [](ChannelLog& log) { return log.standing(); }, std::move(done));
}

}  // namespace logbuf
