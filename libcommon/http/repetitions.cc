#include "http/repetitions.h"

#include <algorithm>

namespace http {

std::optional<std::uint64_t> Repetitions::find(const std::string& sender, const std::string& id) {
  const auto found = senders_.find(sender);
  if (found == senders_.end()) return std::nullopt;
  found->second.used = ++clock_;
  const auto last = found->second.last.find(id);
  if (last == found->second.last.end()) return std::nullopt;
  return last->second;
}

void Repetitions::remember(const std::string& name, const std::string& id, std::uint64_t last) {
  Sender& sender = sender_named(name);
  sender.used = ++clock_;
  if (sender.last.insert_or_assign(id, last).second) sender.order.push_back(id);
  if (sender.order.size() <= most_ids_) return;
  sender.last.erase(sender.order.front());
  sender.order.pop_front();
}

void Repetitions::forget(const std::string& name, const std::string& id) {
  if (const auto sender = senders_.find(name); sender != senders_.end()) sender->second.last.erase(id);
}

Repetitions::Sender& Repetitions::sender_named(const std::string& name) {
  const auto found = senders_.find(name);
  if (found != senders_.end()) return found->second;
  // New senders are rare, so that looking at all of them for the one to forget is cheap enough.
  if (senders_.size() >= most_senders_) {
    senders_.erase(std::ranges::min_element(senders_, {}, [](const auto& sender) { return sender.second.used; }));
  }
  return senders_[name];
}

}  // namespace http
