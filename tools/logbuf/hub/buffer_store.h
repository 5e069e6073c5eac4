// One buffer as a hub's store: a single channel, which is read and never changed. Other processes write to the buffer,
// and what they append is told to those who watch.
//
// What blocks is done on another thread, one piece of work after the other.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "event/loop.h"
#include "tools/logbuf/changes.h"
#include "tools/logbuf/hub/channel_log.h"
#include "tools/logbuf/hub/log_store.h"
#include "tools/logbuf/hub/pool.h"

namespace logbuf {

class BufferStore final : public LogStore {
 public:
  // The channel has the name of the buffer's directory, or "buffer" where that is no id of a channel.
  static base::Result<std::unique_ptr<BufferStore>> open(event::Loop& loop, const std::string& path);
  ~BufferStore() override;

  void find(const std::string& id, hub::Done<hub::Found> done) override;
  void find_token(const std::string& token, hub::Done<hub::Found> done) override;
  void list(hub::Done<std::vector<hub::Found>> done) override;
  void update(const std::string& id, Change change, hub::Done<hub::Found> done) override;
  void on_change(Changed /*changed*/) override {}

  void append(const std::string& id, stream::Batch messages, hub::Done<> done) override;
  std::unique_ptr<Watch> watch(const std::string& id, News news) override;

 private:
  class Subscription;

  BufferStore(const std::string& name, std::string path);
  bool hand_in(const std::string& id, LogWork work) override;
  void go_on();
  void begin_following();
  void follow();
  void tell(const std::shared_ptr<const stream::Batch>& messages);

  hub::Found channel_;
  ChannelLog log_;  // while `busy_`, the thread's
  std::deque<LogWork> waiting_;
  bool busy_ = false;
  std::vector<std::shared_ptr<News>> watchers_;  // an empty one wants no more
  std::string last_;                             // what was told goes up to this id
  bool following_ = false;                       // a read for those who watch is under way
  bool came_ = false;                            // something has changed meanwhile
  std::unique_ptr<Changes> changes_;
  std::unique_ptr<Pool> pool_;
};

}  // namespace logbuf
