// From "the first n messages are safe" to what is committed for each partition. Passive.
//
// An assignment of a partition is a place, known by a number that is never used again: what was read before the
// partition was taken away counts for nothing after it, also when the partition comes back.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace logcat::kafka {

struct Place {
  std::string topic;
  std::int32_t partition = 0;
  auto operator<=>(const Place&) const = default;
};

// All before `next` is safe.
struct Commit {
  Place place;
  std::int64_t next = 0;
  bool operator==(const Commit&) const = default;
};

class Offsets {
 public:
  void assign(const Place& place);
  void revoke(const Place& place);
  [[nodiscard]] std::vector<Place> assigned() const;

  // The next message that is given on is of this place, and with it all before `next` is read. False: the place is not
  // assigned, and the message must not be given on.
  bool note(const Place& place, std::int64_t next);
  // What comes before `next` is not given on, and is as safe as the messages before it.
  void skip(const Place& place, std::int64_t next);
  // The first `count` of all messages are safe.
  void acknowledge(std::uint64_t count);

  [[nodiscard]] bool has_news() const;
  // What is safe and was not yet said to be committed.
  [[nodiscard]] std::vector<Commit> news() const;
  void committed(const std::vector<Commit>& commits);
  // That failed after all.
  void forget_commit(const Place& place);

 private:
  struct Assigned {
    Place place;
    std::optional<std::int64_t> safe = {};
    std::optional<std::int64_t> committed = {};
  };
  struct Note {
    std::uint64_t place;
    std::int64_t next;
  };
  [[nodiscard]] std::optional<std::uint64_t> find(const Place& place) const;

  std::map<std::uint64_t, Assigned> places_;
  std::map<Place, std::uint64_t> numbers_;  // of these
  std::uint64_t last_place_ = 0;
  std::deque<Note> notes_;  // of messages that are not safe
  std::uint64_t safe_ = 0;  // and how many were before these
};

}  // namespace logcat::kafka
