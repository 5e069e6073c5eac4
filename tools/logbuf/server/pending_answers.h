// MSG requests that wait for their answers: until what they bring is committed, and until as many replicas as are
// wanted have it. Passive.
//
// Messages are counted in the order in which the buffer is given them, from 1 on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace logbuf {

class PendingAnswers {
 public:
  struct Answer {
    std::uint64_t client;
    std::uint64_t id;   // of the request's last message
    std::string error;  // the answer instead; empty: there is none
  };

  // A request of a client, with the next `messages`.
  void add(std::uint64_t client, std::size_t messages);
  // What has become of the next `count` messages: they have consecutive ids up to last_id, or `error` is the answer.
  void decided(std::size_t count, std::uint64_t last_id, std::string error);
  // The first `count` messages are safe; all of them are decided.
  void safe(std::uint64_t count) { safe_ = count; }
  // The next answer, in the order of the requests, that is true now: replicas have the messages up to the id
  // `confirmed`. Nothing: there is none yet.
  std::optional<Answer> next(std::uint64_t confirmed);

  // The client is gone, and needs no answers.
  void forget(std::uint64_t client);
  // Nobody can say any more that what was stored is in the log: `error` is the answer.
  void fail_stored(const std::string& error);

  [[nodiscard]] bool empty() const { return requests_.empty(); }
  [[nodiscard]] std::size_t count() const { return requests_.size(); }

 private:
  struct Request {
    std::uint64_t client;
    std::uint64_t last;  // the number of its last message
  };
  // One append, or several with consecutive ids: the messages after those of the one before, up to number `last`.
  struct Outcome {
    std::uint64_t last;
    std::uint64_t last_id;
    std::string error;
    [[nodiscard]] std::uint64_t id_of(std::uint64_t number) const { return last_id - (last - number); }
  };
  void drop_unneeded();

  std::uint64_t taken_ = 0;
  std::uint64_t decided_ = 0;  // of these
  std::uint64_t safe_ = 0;     // of these
  std::deque<Request> requests_;
  std::deque<Outcome> outcomes_;
};

}  // namespace logbuf
