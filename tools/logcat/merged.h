// Several sources as one: what each gives stays in its order, and each hears of the safety of its own messages.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "stream/source_decorator.h"

namespace logcat {

class Merged final : public stream::SourceDecorator {
 public:
  explicit Merged(std::vector<std::unique_ptr<stream::Source>> sources);

  // Ends when all have ended; an error of one is the error of all.
  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override;
  base::Result<void> acknowledge(std::uint64_t count) override;

 private:
  struct Member {
    std::uint64_t safe = 0;
    bool ended = false;
  };
  struct Run {  // messages one after the other from one member
    std::size_t member;
    std::uint64_t end;  // position, over all members, of the last
  };

  std::vector<Member> members_;  // of each source
  std::deque<Run> unacknowledged_;
  std::size_t first_ = 0;  // who is asked first: each in turn
  std::uint64_t given_ = 0;
  std::uint64_t safe_ = 0;
};

}  // namespace logcat
