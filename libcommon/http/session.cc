#include "http/session.h"

#include <algorithm>
#include <utility>

namespace http {

Session::Event Session::feed(std::string_view& input, std::string_view date) {
  if (closing_) return Event::closing;
  if (reader_.stage() == RequestReader::Stage::complete) return Event::request;
  for (;;) {
    const auto stage = reader_.read(input);
    if (!stage) {
      refusal_ = stage.error();
      refuse(Response::text(refusal_->status, refusal_->reason), date);
      return Event::refused;
    }
    if (*stage == RequestReader::Stage::complete) return Event::request;
    if (*stage == RequestReader::Stage::body && !std::exchange(head_seen_, true)) return Event::head;
    if (input.empty()) return Event::more;
  }
}

void Session::read_body() {
  // Behind an answer that is still due it would be taken for that answer; the client sends its body anyway, in a while.
  if (reader_.expects_continue() && slots_.empty()) output_.bytes() += kContinue;
  // A request without a body is complete; it is only to be noticed.
  std::string_view nothing;
  (void)reader_.read(nothing);
}

void Session::refuse(const Response& response, std::string_view date) {
  closing_ = true;
  fill(add_slot(reader_.request()), response, date);
}

void Session::give_up_request(const Response& response, std::string_view date) {
  if (closing_) return;
  if (in_request())
    refuse(response, date);
  else
    shut();
}

Session::Arrived Session::take() {
  head_seen_ = false;
  Request request = reader_.take();
  const Slot& slot = add_slot(request);
  if (!request.keep_alive) closing_ = true;
  return {slot.number, std::move(request)};
}

Session::Slot& Session::add_slot(const Request& request) {
  return slots_.emplace_back(
      Slot{.number = ++last_, .to = {.head = request.method == "HEAD", .http_1_0 = request.http_1_0}});
}

Session::Slot* Session::unanswered_slot(std::uint64_t number) {
  const auto slot = std::ranges::find(slots_, number, &Slot::number);
  return slot == slots_.end() || slot->answer ? nullptr : &*slot;
}

bool Session::answer(std::uint64_t number, const Response& response, std::string_view date) {
  Slot* slot = unanswered_slot(number);
  if (slot == nullptr) return false;
  fill(*slot, response, date);
  return true;
}

bool Session::begin(std::uint64_t number, const Response& head, std::string_view date) {
  Slot* slot = unanswered_slot(number);
  if (slot == nullptr) return false;
  // The end of the connection is the end of such a body: requests after it get no answer.
  if (slot->to.http_1_0) {
    closing_ = true;
    while (&slots_.back() != slot) slots_.pop_back();
  }
  slot->open = !slot->to.head;
  slot->to.keep_alive = !closing_ || slot != &slots_.back();
  render_head(slot->answer.emplace(), head, slot->to, date);
  pass_on();
  return true;
}

void Session::add(std::uint64_t number, std::string_view piece) {
  const auto slot = std::ranges::find(slots_, number, &Slot::number);
  slot->to.http_1_0 ? void(slot->answer->append(piece)) : render_chunk(*slot->answer, piece);
  pass_on();
}

void Session::end(std::uint64_t number) {
  const auto slot = std::ranges::find(slots_, number, &Slot::number);
  if (!slot->to.http_1_0) *slot->answer += kLastChunk;
  slot->open = false;
  pass_on();
}

bool Session::streams(std::uint64_t number) const {
  const auto slot = std::ranges::find(slots_, number, &Slot::number);
  return slot != slots_.end() && slot->open;
}

std::optional<std::uint64_t> Session::streaming() const {
  if (slots_.empty() || !slots_.front().open) return std::nullopt;
  return slots_.front().number;
}

void Session::fill(Slot& slot, const Response& response, std::string_view date) {
  // After the last answer of a connection that ends, the client must not send another request.
  slot.to.keep_alive = !closing_ || &slot != &slots_.back();
  render(slot.answer.emplace(), response, slot.to, date);
  pass_on();
}

// What no other answer is due before.
void Session::pass_on() {
  while (!slots_.empty() && slots_.front().answer) {
    output_.bytes() += *slots_.front().answer;
    slots_.front().answer->clear();
    if (slots_.front().open) return;
    slots_.pop_front();
  }
}

}  // namespace http
