// A hub's channels and messages in memory, for tests of what uses a store. Ids are 1, 2, 3, ... in each channel.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "hub/store.h"

namespace unit {

class MemoryStore final : public hub::Store {
 public:
  // Answers wait for answer_all(), as those of another machine do.
  bool answers_later = false;

  void answer_all() {
    while (!answers_.empty()) {
      const auto answer = std::move(answers_.front());
      answers_.pop_front();
      answer();
    }
  }

  // Of `channel`, in one batch, told to those who watch.
  void add(const std::string& channel, const std::vector<std::string>& messages) {
    stream::Batch batch;
    for (const std::string& message : messages) batch.append(message);
    append(channel, std::move(batch), [](const base::Result<>&) {});
  }
  // The same by another process: nobody is told.
  void add_untold(const std::string& channel, const std::string& message) {
    Log& log = logs_[channel];
    log.messages.emplace_back(++log.last, message);
  }
  void drop_oldest(const std::string& channel, std::size_t count) {
    auto& messages = logs_[channel].messages;
    messages.erase(messages.begin(), messages.begin() + static_cast<std::ptrdiff_t>(count));
  }
  // The log begins again with id 1.
  void restart(const std::string& channel) { logs_[channel] = {}; }
  [[nodiscard]] std::size_t watches() const { return watches_.size(); }
  void tell_deleted() {
    for (const auto& [number, watch] : std::map(watches_)) watch.news(nullptr);
  }

  void find(const std::string& id, hub::Done<hub::Found> done) override {
    const auto found = channels.find(id);
    reply(std::move(done), found == channels.end() ? nullptr : std::make_shared<const hub::Channel>(found->second));
  }
  void find_token(const std::string& token, hub::Done<hub::Found> done) override {
    for (const auto& [id, channel] : channels)
      if (channel.name_of(token) != nullptr) return find(id, std::move(done));
    reply(std::move(done), hub::Found());
  }
  void list(hub::Done<std::vector<hub::Found>> done) override {
    std::vector<hub::Found> all;
    for (const auto& [id, channel] : channels) all.push_back(std::make_shared<const hub::Channel>(channel));
    reply(std::move(done), all);
  }
  void update(const std::string& id, Change change, hub::Done<hub::Found> done) override {
    std::optional<hub::Channel> channel;
    if (const auto found = channels.find(id); found != channels.end()) channel = found->second;
    if (auto changed = change(channel); !changed) return done(tl::unexpected(std::move(changed.error())));
    channel ? void(channels.insert_or_assign(id, *channel)) : void(channels.erase(id));
    const auto now = channel ? std::make_shared<const hub::Channel>(*channel) : nullptr;
    for (const Changed& changed : changed_) changed(id, now);
    reply(std::move(done), hub::Found(now));
  }
  void on_change(Changed changed) override { changed_.push_back(std::move(changed)); }

  void append(const std::string& id, stream::Batch messages, hub::Done<> done) override {
    Log& log = logs_[id];
    const auto told = std::make_shared<stream::Batch>();
    messages.for_each([&](std::size_t, std::string_view message) {
      log.messages.emplace_back(++log.last, message);
      told->append(log.last, message);
    });
    for (const auto& [number, watch] : std::map(watches_))
      if (watch.channel == id) watch.news(told);
    done({});
  }
  // Two messages at a time at most.
  void read_after(const std::string& id, const std::string& after, std::size_t, hub::Done<hub::Excerpt> done) override {
    const auto& messages = logs_[id].messages;
    const auto begin = std::ranges::find_if(
        messages, [&](const auto& message) { return hub::id_before(after, std::to_string(message.first)); });
    const auto end = messages.end() - begin > 2 ? begin + 2 : messages.end();
    hub::Excerpt excerpt = excerpt_of(begin, end);
    excerpt.reached = begin == end ? after : std::to_string((end - 1)->first);
    excerpt.end = end == messages.end();
    reply(std::move(done), std::move(excerpt));
  }
  void read_before(const std::string& id, const std::string& before, std::size_t,
                   hub::Done<hub::Excerpt> done) override {
    const auto& messages = logs_[id].messages;
    const auto end = before.empty() ? messages.end() : std::ranges::find_if(messages, [&](const auto& message) {
      return !hub::id_before(std::to_string(message.first), before);
    });
    const auto begin = end - messages.begin() > 2 ? end - 2 : messages.begin();
    hub::Excerpt excerpt = excerpt_of(begin, end);
    excerpt.reached = begin == end ? before : std::to_string(begin->first);
    excerpt.end = begin == messages.begin();
    reply(std::move(done), std::move(excerpt));
  }
  // A message of number n was accepted n seconds after the beginning of 1970.
  void id_at(const std::string& /*id*/, base::WallTime time, hub::Done<std::string> done) override {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(time.time_since_epoch()).count();
    reply(std::move(done), std::to_string(std::max<std::int64_t>(seconds, 1)));
  }
  void standing(const std::string& id, hub::Done<hub::Standing> done) override {
    const Log& log = logs_[id];
    reply(std::move(done), hub::Standing{.messages = log.messages.size(), .appended = log.last});
  }
  std::unique_ptr<Watch> watch(const std::string& id, News news) override {
    watches_.emplace(++last_watch_, Watcher{id, std::move(news)});
    return std::make_unique<Watching>(*this, last_watch_);
  }

  std::map<std::string, hub::Channel> channels;

 private:
  using Messages = std::vector<std::pair<std::uint64_t, std::string>>;
  struct Log {
    Messages messages;
    std::uint64_t last = 0;
  };
  struct Watcher {
    std::string channel;
    News news;
  };
  struct Watching final : Watch {
    Watching(MemoryStore& its_store, std::uint64_t its_number) : store(its_store), number(its_number) {}
    ~Watching() override { store.watches_.erase(number); }
    MemoryStore& store;
    std::uint64_t number;
  };

  static hub::Excerpt excerpt_of(Messages::const_iterator begin, Messages::const_iterator end) {
    hub::Excerpt excerpt;
    for (; begin != end; ++begin) excerpt.messages.append(begin->first, begin->second);
    return excerpt;
  }
  template <class T>
  void reply(hub::Done<T> done, T value) {
    if (!answers_later) return done(std::move(value));
    answers_.push_back([done = std::move(done), value = std::move(value)] { done(value); });
  }

  std::map<std::string, Log> logs_;
  std::map<std::uint64_t, Watcher> watches_;
  std::uint64_t last_watch_ = 0;
  std::vector<Changed> changed_;
  std::deque<std::function<void()>> answers_;
};

}  // namespace unit
