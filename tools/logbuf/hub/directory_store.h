// A hub's store on one machine: a directory with a directory for each channel, which has its buffer and channel.json
// (docs/hub.md). Only one hub uses it; `logbuf` may read and drain the buffers meanwhile.
//
// What blocks is done by a pool of threads, one piece of work at a time for each channel. Messages that come while a
// channel's commit is under way share the next one; channels do not wait for each other.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/report.h"
#include "base/result.h"
#include "base/units.h"
#include "event/loop.h"
#include "tools/logbuf/hub/channel_files.h"
#include "tools/logbuf/hub/channel_log.h"
#include "tools/logbuf/hub/log_store.h"
#include "tools/logbuf/hub/pool.h"
#include "tools/logbuf/store/buffer.h"

namespace logbuf {

struct DirectoryOptions {
  std::size_t threads = 16;                       // most of the time they wait for the disk
  std::size_t open_buffers = 1024;                // at once; that of a channel is closed when others need it
  base::Bytes max_size{std::uint64_t{16} << 20};  // of a channel that says no other
  WhenFull when_full = WhenFull::drop_oldest;     // likewise
  Compression compression = Compression::none;    // of all channels
};

class DirectoryStore final : public LogStore {
 public:
  // Reads all channels.
  static base::Result<std::unique_ptr<DirectoryStore>> open(event::Loop& loop, const std::string& root,
                                                            DirectoryOptions options, base::Report report);
  ~DirectoryStore() override;

  void find(const std::string& id, hub::Done<hub::Found> done) override;
  void find_token(const std::string& token, hub::Done<hub::Found> done) override;
  void list(hub::Done<std::vector<hub::Found>> done) override;
  void update(const std::string& id, Change change, hub::Done<hub::Found> done) override;
  void on_change(Changed changed) override { changed_.push_back(std::move(changed)); }
  base::Result<void> reload() override;

  void append(const std::string& id, stream::Batch messages, hub::Done<> done) override;
  std::unique_ptr<Watch> watch(const std::string& id, News news) override;

  // Does something with a channel's buffer, which is made where there is none yet, in its turn, on another thread; an
  // error that it returns is that of `done`.
  using Work = std::function<base::Result<void>(Buffer& buffer)>;
  void work_on(const std::string& id, Work work, hub::Done<> done);
  [[nodiscard]] std::string buffer_of(const std::string& id) const { return files_.buffer_of(id); }

 private:
  struct Entry;
  struct Watcher {
    Entry* entry;  // null: it was deleted
    News news;
    bool gone = false;  // nobody wants to be told any more
  };
  class Subscription;
  struct Append {
    stream::Batch messages;
    std::size_t count;
    std::size_t bytes;
    hub::Done<> done;
  };
  struct Edit {
    Change change;
    hub::Done<hub::Found> done;
  };
  // A channel, and what is to be done for it.
  struct Entry {
    Entry(std::string name, std::string path) : id(std::move(name)), log(std::move(path)) {}

    std::string id;
    hub::Found channel;  // null: it is not there, or not yet
    http::FileStamp stamp;
    ChannelLog log;  // while `busy`, the thread's that works at it
    std::deque<std::variant<Append, LogWork>> waiting;
    std::size_t waiting_bytes = 0;
    bool busy = false;
    std::deque<Edit> edits;
    std::vector<std::shared_ptr<Watcher>> watchers;
    std::list<Entry*>::iterator place;  // in idle_, where it is there
    bool idle = false;
  };
  struct Commit;

  DirectoryStore(event::Loop& loop, ChannelFiles files, DirectoryOptions options, base::Report report);

  Entry* known(std::string_view id);  // null: there is no such channel
  Entry& entry(const std::string& id);
  void drop_if_unused(const std::string& id);
  [[nodiscard]] Limits limits_of(const hub::Channel& channel) const;

  // ---- channels
  base::Result<void> load();
  base::Result<void> reload_one(const std::string& id);
  void replace(Entry& entry, hub::Found channel, const http::FileStamp& stamp);
  base::Result<void> check_tokens(const hub::Channel& channel) const;
  void start_edit(Entry& entry);
  void write(Entry& entry, std::optional<hub::Channel> next);
  void finish_edit(Entry& entry, base::Result<hub::Found> result);

  // ---- work
  bool hand_in(const std::string& id, LogWork work) override;
  void enqueue(Entry& entry, LogWork work);
  void go_on(Entry& entry);
  void start_commit(Entry& entry);
  void committed(Entry& entry, Commit& commit);
  void released(Entry& entry);
  void close_idle();

  ChannelFiles files_;
  DirectoryOptions options_;
  base::Report report_;
  std::unordered_map<std::string, std::unique_ptr<Entry>> entries_;
  std::unordered_map<std::string, std::string> tokens_;  // the id of the channel of each
  std::vector<Changed> changed_;
  std::list<Entry*> idle_;  // with open buffers, the one that was used least lately first
  std::unique_ptr<Pool> pool_;
};

}  // namespace logbuf
