#include "tools/logsend/outbox.h"

#include <algorithm>
#include <numeric>

#include "stream/room.h"

namespace logsend {

std::size_t Outbox::room() const {
  return states_.size() < limits_.window_messages ? stream::useful_room(bytes_, limits_.window) : 0;
}

Load& Outbox::collect(std::string_view target) {
  const auto found = std::ranges::find(open_, target, [](const auto& load) { return std::string_view(load->target); });
  if (found != open_.end()) return **found;
  if (open_.size() >= limits_.open_loads) close(0);
  if (spare_.empty()) spare_.push_back(std::make_unique<Load>());
  open_.push_back(std::move(spare_.back()));
  spare_.pop_back();
  open_.back()->target = target;
  open_.back()->since = base::now();
  return *open_.back();
}

void Outbox::add(Load& load, std::uint64_t fingerprint, std::string_view text) {
  Load* into = &load;
  const std::size_t before = load.parts.begin_of(load.count());
  if (load.count() > 0 && load.parts.bytes.size() > limits_.bytes) {  // the new part begins the next load
    const std::string part = load.parts.bytes.substr(before);
    load.parts.bytes.resize(before);
    const auto at = std::ranges::find(open_, &load, &std::unique_ptr<Load>::get);
    const std::string target = load.target;
    close(static_cast<std::size_t>(at - open_.begin()));
    into = &collect(target);
    into->parts.bytes = part;
  }
  bytes_ += into->parts.bytes.size() - into->parts.begin_of(into->count());
  into->parts.ends.push_back(into->parts.bytes.size());
  into->fingerprints.push_back(fingerprint);
  states_.push_back(false);
  into->numbers.push_back(safe_ + states_.size());
  if (limits_.keep_texts) {
    into->texts.append(text);
    bytes_ += text.size();
  }
  if (into->count() >= limits_.messages || into->parts.bytes.size() >= limits_.bytes)
    close(static_cast<std::size_t>(std::ranges::find(open_, into, &std::unique_ptr<Load>::get) - open_.begin()));
}

void Outbox::refuse(Load& load, std::string_view text, const std::string& why) {
  load.parts.bytes.resize(load.parts.begin_of(load.count()));
  close_all();
  Load refused{.since = base::now(), .refusal = why};
  states_.push_back(false);
  refused.numbers.push_back(safe_ + states_.size());
  refused.fingerprints.push_back(0);
  refused.parts.append({});
  refused.texts.append(text);
  bytes_ += refused.bytes();
  open_.push_back(std::make_unique<Load>(std::move(refused)));
  close(open_.size() - 1);
}

void Outbox::leave_out() {
  states_.push_back(true);
  release();
}

void Outbox::close(std::size_t index) {
  std::unique_ptr<Load> load = std::move(open_[index]);
  open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(index));
  if (load->count() == 0) return;
  load->place = {++closings_, load->numbers.front()};
  put_back(std::move(load));
}

void Outbox::close_all() {
  while (!open_.empty()) close(0);
}

void Outbox::close_due(base::Instant now, base::Duration time) {
  while (!open_.empty() && open_.front()->since + time <= now) close(0);
}

void Outbox::close_oldest() {
  if (!open_.empty()) close(0);
}

std::optional<base::Instant> Outbox::oldest_open() const {
  if (open_.empty()) return std::nullopt;
  return open_.front()->since;
}

std::unique_ptr<Load> Outbox::take() {
  if (closed_.empty()) return nullptr;
  std::unique_ptr<Load> load = std::move(closed_.begin()->second);
  closed_.erase(closed_.begin());
  return load;
}

void Outbox::taken(std::unique_ptr<Load> load) {
  for (const std::uint64_t number : load->numbers) done(number);
  bytes_ -= load->bytes();
  release();
  recycle(std::move(load));
}

// The pages of a megabyte cost more to get than to fill.
void Outbox::recycle(std::unique_ptr<Load> load) {
  constexpr std::size_t kSpares = 4;
  if (spare_.size() >= kSpares || load->parts.bytes.capacity() > 2 * limits_.bytes) return;
  load->numbers.clear();
  load->fingerprints.clear();
  load->tries = 0;
  for (Pieces* pieces : {&load->parts, &load->texts}) {
    pieces->bytes.clear();
    pieces->ends.clear();
  }
  spare_.push_back(std::move(load));
}

void Outbox::put_back(std::unique_ptr<Load> load) {
  const auto place = load->place;
  closed_.emplace(place, std::move(load));
}

std::unique_ptr<Load> Outbox::part_of(const Load& load, const std::vector<std::size_t>& indices) const {
  auto part = std::make_unique<Load>(Load{.target = load.target, .since = load.since, .tries = load.tries});
  for (const std::size_t index : indices) {
    part->numbers.push_back(load.numbers[index]);
    part->fingerprints.push_back(load.fingerprints[index]);
    part->parts.append(load.parts[index]);
    if (load.texts.count() > 0) part->texts.append(load.texts[index]);
  }
  part->place = {load.place.first, part->numbers.front()};
  return part;
}

void Outbox::put_back_halves(const Load& load) {
  std::vector<std::size_t> indices(load.count() / 2);
  std::iota(indices.begin(), indices.end(), 0);
  put_back(part_of(load, indices));
  indices.resize(load.count() - load.count() / 2);
  std::iota(indices.begin(), indices.end(), load.count() / 2);
  put_back(part_of(load, indices));
}

void Outbox::put_back_each(const Load& load, const std::vector<std::size_t>& again,
                           const std::vector<std::pair<std::size_t, std::string>>& refused) {
  std::vector<bool> stays(load.count());
  bytes_ -= load.bytes();
  const auto keep = [&](const std::vector<std::size_t>& indices, const std::string& refusal) {
    if (indices.empty()) return;
    for (const std::size_t index : indices) stays[index] = true;
    auto part = part_of(load, indices);
    part->refusal = refusal;
    bytes_ += part->bytes();
    put_back(std::move(part));
  };
  keep(again, {});
  for (const auto& [index, why] : refused) keep({index}, why);
  for (std::size_t i = 0; i < load.count(); ++i)
    if (!stays[i]) done(load.numbers[i]);
  release();
}

void Outbox::pass(const Load& load) {
  passed_.emplace(load.numbers.front(), load.bytes());
}

void Outbox::settle(std::uint64_t number) {
  const auto found = passed_.find(number);
  if (found == passed_.end()) return;
  bytes_ -= found->second;
  passed_.erase(found);
  done(number);
  release();
}

void Outbox::done(std::uint64_t number) {
  states_[static_cast<std::size_t>(number - safe_ - 1)] = true;
}

void Outbox::release() {
  for (; !states_.empty() && states_.front(); ++safe_) states_.pop_front();
}

}  // namespace logsend
