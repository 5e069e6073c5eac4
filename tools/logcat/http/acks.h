// Acknowledgement numbers as Splunk's HTTP Event Collector has them: the answer to a request says one, and the sender
// asks later whether it is true.
//
// Here an answer that says a number is only sent when its messages are safe. So every number that was given out is
// true, for ever, and how many there were is all that has to be remembered. The numbers of all channels come from one
// row: on each channel they are different, which is all that senders rely on. After a restart they begin with 0 again;
// numbers from before that are not known then, and their messages are sent again.
#pragma once

#include <cstdint>

namespace logcat {

class Acks {
 public:
  // For an answer that is sent now, of which all messages are safe.
  std::uint64_t give() { return given_++; }
  [[nodiscard]] bool was_given(std::uint64_t number) const { return number < given_; }

 private:
  std::uint64_t given_ = 0;
};

}  // namespace logcat
