#include "tools/logbuf/hub/buffer_store.h"

#include <filesystem>
#include <utility>

namespace logbuf {
namespace {

constexpr std::size_t kFollowed = 64 << 10;  // bytes told at once: a tail that is read sends them before the next come

std::string channel_name(const std::string& path) {
  std::filesystem::path place = std::filesystem::absolute(path).lexically_normal();
  if (!place.has_filename()) place = place.parent_path();
  const std::string name = place.filename().string();
  return hub::is_channel_id(name) ? name : "buffer";
}

tl::unexpected<base::Error> read_only(const std::string& id) {
  return base::fail(base::Kind::unavailable, "change channel " + id, "a single buffer is served, to be read");
}

}  // namespace

BufferStore::BufferStore(const std::string& name, std::string path) : log_(std::move(path), Access::read_only) {
  hub::Channel channel;
  channel.id = name;
  channel_ = std::make_shared<const hub::Channel>(std::move(channel));
}

BufferStore::~BufferStore() {
  pool_.reset();  // its thread uses the rest
}

base::Result<std::unique_ptr<BufferStore>> BufferStore::open(event::Loop& loop, const std::string& path) {
  std::unique_ptr<BufferStore> store(new BufferStore(channel_name(path), path));
  TRY(store->log_.open());
  store->changes_ = TRY(Changes::watch(loop, path, [store = store.get()] { store->follow(); }));
  store->pool_ = TRY(Pool::start(loop, 1));
  return store;
}

// ---- the channel

void BufferStore::find(const std::string& id, hub::Done<hub::Found> done) {
  done(id == channel_->id ? channel_ : nullptr);
}

void BufferStore::find_token(const std::string& /*token*/, hub::Done<hub::Found> done) {
  done(hub::Found());
}

void BufferStore::list(hub::Done<std::vector<hub::Found>> done) {
  done(std::vector{channel_});
}

void BufferStore::update(const std::string& id, Change /*change*/, hub::Done<hub::Found> done) {
  done(read_only(id));
}

void BufferStore::append(const std::string& id, stream::Batch /*messages*/, hub::Done<> done) {
  done(read_only(id));
}

// ---- reading

bool BufferStore::hand_in(const std::string& id, LogWork work) {
  if (id != channel_->id) return false;
  waiting_.push_back(std::move(work));
  go_on();
  return true;
}

void BufferStore::go_on() {
  if (busy_ || waiting_.empty()) return;
  busy_ = true;
  LogWork next = std::move(waiting_.front());
  waiting_.pop_front();
  pool_->run([this, work = std::move(next.work)] { work(log_); },
             [this, done = std::move(next.done)] {
               busy_ = false;
               go_on();
               done();
             });
}

// ---- watching

class BufferStore::Subscription final : public Watch {
 public:
  Subscription(BufferStore& store, std::shared_ptr<News> news) : store_(store), news_(std::move(news)) {}
  ~Subscription() override {
    *news_ = nullptr;
    std::erase(store_.watchers_, news_);
  }
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

 private:
  BufferStore& store_;
  std::shared_ptr<News> news_;
};

std::unique_ptr<hub::Store::Watch> BufferStore::watch(const std::string& id, News news) {
  auto watcher = std::make_shared<News>(std::move(news));
  if (id == channel_->id) {
    watchers_.push_back(watcher);
    begin_following();
  }
  return std::make_unique<Subscription>(*this, std::move(watcher));
}

// Nobody has watched before this: what is there now is not told.
void BufferStore::begin_following() {
  if (watchers_.size() > 1 || following_) return;
  following_ = true;
  came_ = false;
  standing(channel_->id, [this](const base::Result<hub::Standing>& now) {
    following_ = false;
    if (now) last_ = std::to_string(now->appended);
    if (came_) follow();
  });
}

void BufferStore::follow() {
  came_ = true;
  if (watchers_.empty() || following_) return;
  following_ = true;
  came_ = false;
  read_after(channel_->id, last_, kFollowed, [this](base::Result<hub::Excerpt> got) {
    following_ = false;
    if (!got) return;  // the next change tries again
    last_ = got->reached;
    const bool more = !got->end || came_;
    if (!got->messages.empty()) tell(std::make_shared<const stream::Batch>(std::move(got->messages)));
    if (more) follow();
  });
}

void BufferStore::tell(const std::shared_ptr<const stream::Batch>& messages) {
  const auto watchers = watchers_;
  for (const auto& watcher : watchers)
    if (*watcher) (*watcher)(messages);
}

}  // namespace logbuf
