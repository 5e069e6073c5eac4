#include "stream/batch.h"

#include <charconv>
#include <cstring>

namespace stream {

void Batch::append(std::string_view message) {
  if (!has_inner_lf_ && !message.empty()) has_inner_lf_ = std::memchr(message.data(), '\n', message.size()) != nullptr;
  block_.append(message);
  block_.push_back('\n');
  lengths_.push_back(static_cast<std::uint32_t>(message.size()));
}

void Batch::append(std::string_view id, std::string_view message) {
  // Messages that came without an id have an empty one once others have ids.
  if (id_ends_.size() < lengths_.size()) id_ends_.resize(lengths_.size(), static_cast<std::uint32_t>(ids_.size()));
  ids_.append(id);
  id_ends_.push_back(static_cast<std::uint32_t>(ids_.size()));
  append(message);
}

void Batch::append(std::uint64_t id, std::string_view message) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, id).ptr;
  append(std::string_view(digits, static_cast<std::size_t>(end - digits)), message);
}

void Batch::append_block(std::string_view block, std::span<const std::uint32_t> lengths, bool has_inner_lf) {
  block_.append(block);
  lengths_.insert(lengths_.end(), lengths.begin(), lengths.end());
  has_inner_lf_ |= has_inner_lf;
}

void Batch::set_route(Route route) {
  routes_.resize(lengths_.size() - 1);
  routes_.push_back(route);
}

void Batch::clear() {
  block_.clear();
  lengths_.clear();
  has_inner_lf_ = false;
  ids_.clear();
  id_ends_.clear();
  routes_.clear();
}

void Batch::swap(Batch& other) noexcept {
  block_.swap(other.block_);
  lengths_.swap(other.lengths_);
  std::swap(has_inner_lf_, other.has_inner_lf_);
  ids_.swap(other.ids_);
  id_ends_.swap(other.id_ends_);
  routes_.swap(other.routes_);
}

std::string_view Batch::id(std::size_t index) const {
  if (index >= id_ends_.size()) return {};
  const std::size_t begin = index == 0 ? 0 : id_ends_[index - 1];
  return std::string_view(ids_).substr(begin, id_ends_[index] - begin);
}

}  // namespace stream
