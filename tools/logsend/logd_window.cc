#include "tools/logsend/logd_window.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "codec/logd_request.h"
#include "stream/room.h"

namespace logsend {
namespace {

constexpr std::size_t kRequestBytes = 256 << 10;
constexpr std::size_t kRequestMessages = 1000;
constexpr std::size_t kHeadRoom = 12;  // "MSG 1000 CRLF"

// The end of the argument that begins at `at`, and in `message` what it holds.
std::size_t end_of_argument(std::string_view bytes, std::size_t at, std::string_view& message) {
  std::size_t length = 0;
  const char* const stop = std::from_chars(bytes.data() + at, bytes.data() + bytes.size(), length).ptr;
  const auto begin = static_cast<std::size_t>(stop - bytes.data()) + 1;
  message = bytes.substr(begin, length);
  return begin + length + 2;
}

}  // namespace

std::size_t LogdWindow::room() const {
  return waiting_messages_ < max_messages_ ? stream::useful_room(waiting_bytes_, max_bytes_) : 0;
}

void LogdWindow::append(const stream::Batch& batch) {
  batch.for_each([this](std::size_t, std::string_view message) {
    Request& request = open_request(message.size());
    const std::size_t before = request.bytes.size();
    codec::append_logd_argument(request.bytes, message);
    request.empty = message.empty();
    ++request.count;
    ++appended_;
    ++waiting_messages_;
    waiting_bytes_ += request.bytes.size() - before;
  });
}

// The last one, while it may take a message of this length.
LogdWindow::Request& LogdWindow::open_request(std::size_t length) {
  if (!requests_.empty() && length > 0) {
    Request& last = requests_.back();
    const bool open = next_ < requests_.size() && last.state == State::waiting && !last.empty;
    if (open && last.count < kRequestMessages && last.bytes.size() + length <= kRequestBytes) return last;
  }
  return requests_.emplace_back(Request{.bytes = std::string(kHeadRoom, ' '), .first = appended_ + 1});
}

bool LogdWindow::has_next() {
  while (next_ < requests_.size() && requests_[next_].state != State::waiting) ++next_;
  return next_ < requests_.size();
}

std::string_view LogdWindow::next() {
  if (!has_next() || requests_[next_].empty) return {};
  return encode_head(requests_[next_]);
}

// Right before the arguments, so that they need not be moved.
std::string_view LogdWindow::encode_head(Request& request) {
  std::string head;
  codec::append_logd_head(head, "MSG", request.count);
  const std::size_t begin = kHeadRoom - head.size();
  request.bytes.replace(begin, head.size(), head);
  return std::string_view(request.bytes).substr(begin);
}

void LogdWindow::sent() {
  requests_[next_++].state = State::sent;
  ++in_flight_;
}

std::optional<std::uint64_t> LogdWindow::empty_message() {
  if (!has_next() || !requests_[next_].empty) return std::nullopt;
  return requests_[next_].first;
}

void LogdWindow::pass_empty_message() {
  requests_[next_++].state = State::passed;
}

// The request that the next answer is for.
LogdWindow::Request& LogdWindow::answered() {
  while (requests_[oldest_sent_].state != State::sent) ++oldest_sent_;
  --in_flight_;
  return requests_[oldest_sent_++];
}

std::size_t LogdWindow::owed() const {
  std::size_t index = oldest_sent_;
  while (requests_[index].state != State::sent) ++index;
  return requests_[index].count;
}

void LogdWindow::stored() {
  answered().state = State::done;
  release();
}

void LogdWindow::refused() {
  answered().state = State::refused;
}

std::optional<LogdWindow::Single> LogdWindow::rejected() {
  Request& request = answered();
  if (request.count > 1) {
    split();
    return std::nullopt;
  }
  request.state = State::passed;
  Single single{request.first, {}};
  end_of_argument(request.bytes, kHeadRoom, single.message);
  return single;
}

// The request before oldest_sent_.
void LogdWindow::split() {
  const std::size_t index = oldest_sent_ - 1;
  Request& whole = requests_[index];
  const std::size_t half = whole.count / 2;
  std::size_t at = kHeadRoom;
  std::string_view message;
  for (std::size_t i = 0; i < half; ++i) at = end_of_argument(whole.bytes, at, message);
  Request second{.bytes = std::string(kHeadRoom, ' ') + whole.bytes.substr(at),
                 .first = whole.first + half,
                 .count = whole.count - half,
                 .state = State::refused};
  whole.bytes.resize(at);
  whole.count = half;
  whole.state = State::refused;
  requests_.insert(requests_.begin() + static_cast<std::ptrdiff_t>(index) + 1, std::move(second));
  ++oldest_sent_;
  ++next_;
}

void LogdWindow::resend() {
  for (Request& request : requests_)
    if (request.state == State::sent || request.state == State::refused) request.state = State::waiting;
  next_ = oldest_sent_ = in_flight_ = 0;
}

void LogdWindow::settle(std::uint64_t number) {
  const auto found = std::ranges::lower_bound(requests_, number, {}, &Request::first);
  if (found == requests_.end() || found->first != number || found->state != State::passed) return;
  found->state = State::done;
  release();
}

void LogdWindow::release() {
  while (!requests_.empty() && requests_.front().state == State::done) {
    const Request& front = requests_.front();
    waiting_messages_ -= front.count;
    waiting_bytes_ -= front.bytes.size() - kHeadRoom;
    requests_.pop_front();
    if (next_ > 0) --next_;
    if (oldest_sent_ > 0) --oldest_sent_;
  }
}

}  // namespace logsend
