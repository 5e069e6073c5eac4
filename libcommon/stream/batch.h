// Messages on their way through a process: one contiguous block and an array of lengths, not an object per message.
//
// In the block each message is followed by one LF, whatever it holds itself, so that a batch without inner LFs
// is its own line framing. The buffer stores blocks in exactly this form (docs/format-buffer.md).
// Where a stream has ids, every message has one; the id of a piece of a split message is empty but for the last piece.
// Views returned are valid until the batch is next changed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace stream {

// The sinks that a message is for, a bit for each: kDefaultRoute for the default one, then those of --to in their order
// (fan_out.h). 0: nobody chose, so the default one.
using Route = std::uint64_t;
inline constexpr Route kDefaultRoute = 1;
inline constexpr std::size_t kMostSinks = 64;  // with the default one

class Batch {
 public:
  void append(std::string_view message);
  void append(std::string_view id, std::string_view message);
  void append(std::uint64_t id, std::string_view message);

  // Adds a whole block in the form above: `lengths` are of the messages without their LF.
  void append_block(std::string_view block, std::span<const std::uint32_t> lengths, bool has_inner_lf);

  // Gives the messages that have no id yet (those after the last that has one) running numbers from `first` on.
  void number_from(std::uint64_t first);

  // Of the message appended last.
  void set_route(Route route);

  void clear();
  void swap(Batch& other) noexcept;

  [[nodiscard]] bool empty() const { return lengths_.empty(); }
  [[nodiscard]] std::size_t count() const { return lengths_.size(); }
  [[nodiscard]] std::size_t bytes() const { return block_.size(); }  // LFs included
  [[nodiscard]] std::string_view block() const { return block_; }
  [[nodiscard]] std::span<const std::uint32_t> lengths() const { return lengths_; }
  [[nodiscard]] bool has_inner_lf() const { return has_inner_lf_; }

  [[nodiscard]] bool has_ids() const { return !id_ends_.empty(); }
  [[nodiscard]] std::string_view id(std::size_t index) const;
  // All ids one after the other, and where each ends, up to the last message that has one.
  [[nodiscard]] std::string_view ids() const { return ids_; }
  [[nodiscard]] std::span<const std::uint32_t> id_ends() const { return id_ends_; }

  [[nodiscard]] bool has_routes() const { return !routes_.empty(); }  // a message has one
  [[nodiscard]] Route route(std::size_t index) const { return index < routes_.size() ? routes_[index] : 0; }

  // Calls visit(index, message) for every message in order.
  template <class Visit>
  void for_each(Visit&& visit) const {
    std::size_t at = 0;
    for (std::size_t i = 0; i < lengths_.size(); ++i) {
      visit(i, std::string_view(block_).substr(at, lengths_[i]));
      at += lengths_[i] + 1;
    }
  }

 private:
  std::string block_;
  std::vector<std::uint32_t> lengths_;
  bool has_inner_lf_ = false;
  std::string ids_;
  std::vector<std::uint32_t> id_ends_;
  std::vector<Route> routes_;  // up to the last message that has one
};

}  // namespace stream
