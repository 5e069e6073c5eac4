#include "tools/logbuf/server/pending_answers.h"

#include <utility>

namespace logbuf {

void PendingAnswers::add(std::uint64_t client, std::size_t messages) {
  taken_ += messages;
  requests_.push_back({client, taken_});
}

void PendingAnswers::decided(std::size_t count, std::uint64_t last_id, std::string error) {
  if (count == 0) return;
  decided_ += count;
  Outcome* const newest = outcomes_.empty() ? nullptr : &outcomes_.back();
  const bool next = newest != nullptr && newest->last + count == decided_ && newest->last_id + count == last_id;
  if (next && error.empty() && newest->error.empty()) {
    newest->last = decided_;
    newest->last_id = last_id;
    return;
  }
  outcomes_.push_back({decided_, last_id, std::move(error)});
}

std::optional<PendingAnswers::Answer> PendingAnswers::next(std::uint64_t confirmed) {
  if (requests_.empty() || requests_.front().last > safe_) return std::nullopt;
  const Request request = requests_.front();
  while (outcomes_.front().last < request.last) outcomes_.pop_front();
  const Outcome& outcome = outcomes_.front();
  const std::uint64_t id = outcome.id_of(request.last);
  if (outcome.error.empty() && id > confirmed) return std::nullopt;
  requests_.pop_front();
  return Answer{request.client, id, outcome.error};
}

void PendingAnswers::forget(std::uint64_t client) {
  std::erase_if(requests_, [&](const Request& each) { return each.client == client; });
  drop_unneeded();
}

// Only where a request ends is its answer. While it waits for replicas, many others may come and go.
void PendingAnswers::drop_unneeded() {
  auto request = requests_.begin();
  std::erase_if(outcomes_, [&](const Outcome& each) {
    const auto first = request;
    while (request != requests_.end() && request->last <= each.last) ++request;
    return request == first;
  });
}

void PendingAnswers::fail_stored(const std::string& error) {
  for (Outcome& each : outcomes_)
    if (each.error.empty()) each.error = error;
}

}  // namespace logbuf
