// Requests that were taken before, recognised by the id that their sender gave them, so that a repetition adds no
// messages. Passive; bounded: of each sender the latest ids, of all senders those heard of lately.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

namespace http {

class Repetitions {
 public:
  explicit Repetitions(std::size_t senders = 1000, std::size_t ids = 1000) : most_senders_(senders), most_ids_(ids) {}

  // The position of the last message of the request that had this id.
  std::optional<std::uint64_t> find(const std::string& sender, const std::string& id);
  void remember(const std::string& sender, const std::string& id, std::uint64_t last);
  // It was not taken after all.
  void forget(const std::string& sender, const std::string& id);

 private:
  struct Sender {
    std::unordered_map<std::string, std::uint64_t> last;  // by id
    std::deque<std::string> order;                        // of the ids, the oldest first
    std::uint64_t used = 0;                               // the clock's reading
  };

  Sender& sender_named(const std::string& name);

  std::size_t most_senders_;
  std::size_t most_ids_;
  std::unordered_map<std::string, Sender> senders_;
  std::uint64_t clock_ = 0;  // counts calls
};

}  // namespace http
