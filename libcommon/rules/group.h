// Events that are to become one.
//
// Their messages are joined by LF in the order of their times; in a group of merge_by_format the first stays the first.
// An event without a time has that of the one before it, or of its reception. In a group of merge_by_time, what says
// the same at the same time as another one is left out; lines of a stack trace do repeat. The most severe severity
// counts; of structured data, open fields and tags there is all that any of them has, and where two differ, the first
// event's value; everything else is the first event's.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "rules/packer.h"

namespace rules {

class Group {
 public:
  // Of the first event, which is copied. `raw`: what came is kept too, for Event::raw of the merged one.
  Group(const Joining& joining, const codec::Event& event, const codec::Timestamp& received, bool raw);

  // merge_by_time: the event's time is near enough to the first one's.
  [[nodiscard]] bool is_near(const codec::Event& event, const codec::Timestamp& received) const;

  void add(const codec::Event& event, const codec::Timestamp& received);

  // The event that they are together; of a single one, that one. The group is used up.
  codec::Event merge(Workspace& workspace);

  [[nodiscard]] const Packer& packer() const { return *packer_; }
  [[nodiscard]] std::size_t size() const { return members_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] static std::size_t bytes_of(const codec::Event& event);

 private:
  struct Moment {
    std::int64_t seconds = 0;
    std::uint32_t nanoseconds = 0;
    auto operator<=>(const Moment&) const = default;
  };
  struct Member {
    Moment time;
    bool has_time;  // its own
    std::string message;
    std::string raw;
  };
  struct Element {
    std::string id;
    std::string params;
  };

  static Moment moment_of(const codec::Timestamp& time) { return {time.seconds, time.nanoseconds}; }
  [[nodiscard]] std::vector<const Member*> in_order();
  void add_member(const codec::Event& event, const codec::Timestamp& received);
  void unite(const codec::Event& event);
  void unite_structured_data(std::string_view text);
  void unite_fields(const codec::Event& event);
  [[nodiscard]] std::string united_structured_data() const;

  std::shared_ptr<const Packer> packer_;
  bool raw_;
  codec::Event first_;
  std::vector<Member> members_;
  std::size_t bytes_ = 0;
  // What differs from the first event's, once something does.
  std::vector<Element> elements_;
  std::map<std::string, std::size_t, std::less<>> element_of_;
  std::unordered_set<std::string> params_;
  std::string fields_;
  std::unordered_set<std::string> names_;
  std::vector<std::string> tags_;
  std::unordered_set<std::string> known_tags_;
};

}  // namespace rules
