// The channels of a DirectoryStore: what is known of them, and how that changes.
#include "tools/logbuf/hub/directory_store.h"

#include <algorithm>
#include <utility>

namespace logbuf {

DirectoryStore::DirectoryStore(event::Loop& /*loop*/, ChannelFiles files, DirectoryOptions options, base::Report report)
    : files_(std::move(files)), options_(options), report_(std::move(report)) {}

DirectoryStore::~DirectoryStore() {
  pool_.reset();  // the threads use the entries
}

base::Result<std::unique_ptr<DirectoryStore>> DirectoryStore::open(event::Loop& loop, const std::string& root,
                                                                   DirectoryOptions options, base::Report report) {
  ChannelFiles files = TRY(ChannelFiles::open(root));
  std::unique_ptr<DirectoryStore> store(new DirectoryStore(loop, std::move(files), options, std::move(report)));
  TRY(store->load());
  store->pool_ = TRY(Pool::start(loop, options.threads));
  return store;
}

// ---- looking up

DirectoryStore::Entry* DirectoryStore::known(std::string_view id) {
  const auto found = entries_.find(std::string(id));
  return found == entries_.end() || found->second->channel == nullptr ? nullptr : found->second.get();
}

DirectoryStore::Entry& DirectoryStore::entry(const std::string& id) {
  auto& place = entries_[id];
  if (!place) place = std::make_unique<Entry>(id, files_.buffer_of(id));
  return *place;
}

void DirectoryStore::drop_if_unused(const std::string& id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  Entry& entry = *found->second;
  if (entry.channel || entry.busy || !entry.waiting.empty() || !entry.edits.empty()) return;
  if (entry.idle) idle_.erase(entry.place);
  for (const auto& watcher : entry.watchers) watcher->entry = nullptr;
  entries_.erase(found);
}

Limits DirectoryStore::limits_of(const hub::Channel& channel) const {
  Limits limits;
  limits.max_size = std::max(channel.limits.max_size.value_or(options_.max_size), kMinMaxSize);
  limits.when_full = options_.when_full;
  limits.compression = options_.compression;
  if (channel.limits.full) limits.when_full = parse_when_full(*channel.limits.full).value_or(limits.when_full);
  if (channel.no_store) return limits;
  // What the drains have acknowledged stays for those who look at the channel.
  if (channel.limits.keep_for)
    limits.retain_time = *channel.limits.keep_for;
  else
    limits.retain_size = limits.max_size;
  return limits;
}

void DirectoryStore::find(const std::string& id, hub::Done<hub::Found> done) {
  Entry* const found = known(id);
  done(found == nullptr ? hub::Found() : found->channel);
}

void DirectoryStore::find_token(const std::string& token, hub::Done<hub::Found> done) {
  const auto owner = tokens_.find(token);
  if (owner == tokens_.end()) return done(hub::Found());
  find(owner->second, std::move(done));
}

void DirectoryStore::list(hub::Done<std::vector<hub::Found>> done) {
  std::vector<hub::Found> all;
  for (const auto& [id, entry] : entries_)
    if (entry->channel) all.push_back(entry->channel);
  std::ranges::sort(all, {}, &hub::Channel::id);
  done(std::move(all));
}

// ---- what people have written

// One that cannot be read is reported, and all others are served.
base::Result<void> DirectoryStore::load() {
  const std::vector<std::string> ids = TRY(files_.list());
  for (const std::string& id : ids)
    if (const auto read = reload_one(id); !read) report_(base::Level::error, read.error().text());
  return {};
}

base::Result<void> DirectoryStore::reload_one(const std::string& id) {
  Entry* const old = known(id);
  if (old != nullptr && files_.stamp(id) == old->stamp) return {};
  StoredChannel stored = TRY(files_.read(id));
  TRY(check_tokens(stored.channel));
  replace(entry(id), std::make_shared<const hub::Channel>(std::move(stored.channel)), stored.stamp);
  return {};
}

base::Result<void> DirectoryStore::reload() {
  base::Result<void> first;
  const std::vector<std::string> ids = TRY(files_.list());
  for (const std::string& id : ids) {
    if (auto read = reload_one(id); !read && first) first = std::move(read);
  }
  std::vector<std::string> gone;
  for (const auto& [id, entry] : entries_)
    if (entry->channel && !std::ranges::binary_search(ids, id)) gone.push_back(id);
  for (const std::string& id : gone) {
    replace(entry(id), nullptr, {});
    drop_if_unused(id);
  }
  return first;
}

// Of two channels with one token, each would take the other's messages.
base::Result<void> DirectoryStore::check_tokens(const hub::Channel& channel) const {
  for (const auto& [name, token] : channel.tokens) {
    const auto owner = tokens_.find(token);
    if (owner != tokens_.end() && owner->second != channel.id)
      return base::fail(base::Kind::data, "read channel " + channel.id,
                        "its token " + name + " is one of channel " + owner->second);
  }
  return {};
}

void DirectoryStore::replace(Entry& entry, hub::Found channel, const http::FileStamp& stamp) {
  if (entry.channel)
    for (const auto& [name, token] : entry.channel->tokens) tokens_.erase(token);
  if (channel)
    for (const auto& [name, token] : channel->tokens) tokens_[token] = entry.id;
  entry.channel = channel;
  entry.stamp = stamp;
  const std::string id = entry.id;
  if (!channel) {
    const auto watchers = std::exchange(entry.watchers, {});
    for (const auto& watcher : watchers) watcher->entry = nullptr;
    for (const auto& watcher : watchers)
      if (!watcher->gone) watcher->news(nullptr);
  }
  for (const Changed& changed : changed_) changed(id, channel);
}

// ---- changes

void DirectoryStore::update(const std::string& id, Change change, hub::Done<hub::Found> done) {
  if (!hub::is_channel_id(id))
    return done(base::fail(base::Kind::no_input, "use channel " + id, "that is no id of a channel"));
  Entry& changed = entry(id);
  changed.edits.push_back({std::move(change), std::move(done)});
  if (changed.edits.size() == 1) start_edit(changed);
}

void DirectoryStore::start_edit(Entry& entry) {
  std::optional<hub::Channel> next;
  if (entry.channel) next = *entry.channel;
  if (auto changed = entry.edits.front().change(next); !changed)
    return finish_edit(entry, tl::unexpected(std::move(changed.error())));
  const bool same = next ? entry.channel && *next == *entry.channel : entry.channel == nullptr;
  if (same) return finish_edit(entry, entry.channel);
  if (next)
    if (auto checked = check_tokens(*next); !checked)
      return finish_edit(entry, tl::unexpected(std::move(checked.error())));
  write(entry, std::move(next));
}

void DirectoryStore::write(Entry& entry, std::optional<hub::Channel> next) {
  struct Written {
    std::optional<hub::Channel> next;
    base::Result<std::optional<http::FileStamp>> stamp = std::optional<http::FileStamp>();
  };
  const auto written = std::make_shared<Written>(Written{.next = std::move(next)});
  const auto work = [this, written, id = entry.id, known = entry.stamp](ChannelLog& log) {
    if (written->next) {
      written->stamp = files_.write(*written->next, known);
      return;
    }
    log.close();
    if (auto removed = files_.remove(id); !removed)
      written->stamp = tl::unexpected(std::move(removed.error()));
    else
      written->stamp = std::optional(http::FileStamp());
  };
  const auto done = [this, written, &entry] {
    if (!written->stamp) return finish_edit(entry, tl::unexpected(std::move(written->stamp.error())));
    if (*written->stamp) {
      hub::Found channel;
      if (written->next) channel = std::make_shared<const hub::Channel>(std::move(*written->next));
      replace(entry, channel, **written->stamp);
      return finish_edit(entry, channel);
    }
    // Somebody has edited the file meanwhile.
    if (auto read = reload_one(entry.id); !read) return finish_edit(entry, tl::unexpected(std::move(read.error())));
    start_edit(entry);
  };
  enqueue(entry, {work, done});
}

void DirectoryStore::finish_edit(Entry& entry, base::Result<hub::Found> result) {
  const hub::Done<hub::Found> done = std::move(entry.edits.front().done);
  entry.edits.pop_front();
  const std::string id = entry.id;
  if (!entry.edits.empty()) start_edit(entry);
  done(std::move(result));
  drop_if_unused(id);
}

// ---- watching

class DirectoryStore::Subscription final : public Watch {
 public:
  explicit Subscription(std::shared_ptr<Watcher> watcher) : watcher_(std::move(watcher)) {}
  ~Subscription() override {
    watcher_->gone = true;
    if (watcher_->entry != nullptr) std::erase(watcher_->entry->watchers, watcher_);
  }
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

 private:
  std::shared_ptr<Watcher> watcher_;
};

std::unique_ptr<hub::Store::Watch> DirectoryStore::watch(const std::string& id, News news) {
  Entry* const found = known(id);
  auto watcher = std::make_shared<Watcher>(Watcher{.entry = found, .news = std::move(news)});
  if (found != nullptr) found->watchers.push_back(watcher);
  return std::make_unique<Subscription>(std::move(watcher));
}

}  // namespace logbuf
