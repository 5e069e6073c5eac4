#include "codec/relp_server.h"

#include <algorithm>
#include <utility>

#include "base/quote.h"

namespace codec {
namespace {

using base::Kind;
using base::Result;

constexpr std::size_t kLeastPart = 64 << 10;  // what is no message has to fit
constexpr std::size_t kLongestReason = 80;    // librelp reads no more of an answer's text

auto reject_command(std::string why) {
  return base::fail(Kind::protocol, "read RELP command", std::move(why));
}

// Parts are cut into messages in their turn: a multiple, so that only the last of them is shorter.
std::size_t part_size(std::size_t max_message) {
  return max_message * (kLeastPart / max_message + 1);
}

}  // namespace

RelpServer::RelpServer(const RelpServerOptions& options)
    : reader_(part_size(options.max_message), RelpReader::Longer::divide),
      max_message_(options.max_message),
      software_(options.software) {}

Result<void> RelpServer::feed(std::string_view bytes, stream::Batch& out, std::uint64_t before) {
  RelpFrame frame;
  while (!closing() && TRY(reader_.next(bytes, frame))) TRY(take(frame, out, before));
  return {};
}

Result<void> RelpServer::take(const RelpFrame& frame, stream::Batch& out, std::uint64_t& before) {
  const bool syslog = frame.command == "syslog";
  if (!syslog && frame.command != "open" && frame.command != "close") {
    // A hint (txnr 0) must not be answered.
    if (frame.txnr != 0 && !frame.more) answer_error(frame.txnr, "unknown command " + std::string(frame.command));
    return {};
  }
  if (frame.txnr == 0) return reject_command(std::string(frame.command) + " has the transaction number 0");
  if (syslog) return take_message(frame, out, before);
  if (frame.more)
    return reject_command(std::string(frame.command) + " has more data than " + std::to_string(kLeastPart) + " bytes");
  if (frame.command == "open") return take_open(frame);
  close_txnr_ = frame.txnr;
  shut();
  return {};
}

Result<void> RelpServer::take_message(const RelpFrame& frame, stream::Batch& out, std::uint64_t& before) {
  if (state_ != State::open) {
    answer_error(frame.txnr, "the session is not open");
    return reject_command("syslog comes before open");
  }
  std::string_view message = frame.data;
  if (!is_coming_) {
    unanswered_.push_back({kComing, frame.txnr});
    if (frame.more || message.size() > max_message_) ++split_;
  }
  for (; message.size() > max_message_; message.remove_prefix(max_message_), ++before)
    out.append(message.substr(0, max_message_));
  out.append(message);
  ++before;
  is_coming_ = frame.more;
  if (!is_coming_) end_message(before);
  return {};
}

void RelpServer::end_message(std::uint64_t position) {
  Message& message = unanswered_.back();
  message.position = position;
  if (!refusal_.empty()) answer_error(std::exchange(message.txnr, 0), std::exchange(refusal_, {}));
}

Result<void> RelpServer::take_open(const RelpFrame& frame) {
  if (state_ == State::open) {
    // librelp opens a session twice now and then, and so answers this kindly.
    append_relp_frame(output_.bytes(), frame.txnr, "rsp", "200 connection already open - ignored");
    return {};
  }
  auto offers = parse_relp_offers(frame.data);
  if (!offers) {
    answer_error(frame.txnr, offers.error().why);
    return tl::unexpected(std::move(offers.error()));
  }
  if (!offers->syslog) {
    answer_error(frame.txnr, "required command not supported by client");
    return reject_command("the client does not offer the command syslog");
  }
  client_ = std::move(*offers);
  const RelpOffers ours{std::min(client_.version, RelpOffers::kNewestVersion), true, software_};
  append_relp_frame(output_.bytes(), frame.txnr, "rsp", "200 OK\n" + ours.text());
  state_ = State::open;
  return {};
}

void RelpServer::answer_error(std::uint32_t txnr, std::string_view reason) {
  std::string data = "500 " + std::string(reason.substr(0, kLongestReason));
  std::ranges::replace(data, '\n', ' ');  // the text ends at an LF
  append_relp_frame(output_.bytes(), txnr, "rsp", data);
}

void RelpServer::acknowledge(std::uint64_t position) {
  while (!unanswered_.empty() && unanswered_.front().position <= position) {
    if (unanswered_.front().txnr != 0) append_relp_ok(output_.bytes(), unanswered_.front().txnr);
    unanswered_.pop_front();
  }
  settle();
}

bool RelpServer::reject(std::uint64_t position, std::string_view reason) {
  const auto found = std::ranges::lower_bound(unanswered_, position, {}, &Message::position);
  if (found == unanswered_.end() || found->txnr == 0) return false;
  if (found->position == kComing) {
    if (refusal_.empty()) refusal_ = reason.empty() ? "refused" : reason;
    return true;
  }
  answer_error(std::exchange(found->txnr, 0), reason);
  settle();
  return true;
}

void RelpServer::shut() {
  if (std::exchange(is_coming_, false)) unanswered_.pop_back();
  reader_.discard();
  if (state_ == State::fresh) {
    if (close_txnr_ != 0) append_relp_frame(output_.bytes(), close_txnr_, "rsp", {});
    state_ = State::finished;
  }
  if (state_ == State::open) state_ = State::closing;
  settle();
}

void RelpServer::abandon() {
  unanswered_.clear();
  is_coming_ = false;
  close_txnr_ = 0;  // its answer would be taken for one to everything before
  shut();
}

// The order of librelp: the answer to "close" is the last one, and has no data.
void RelpServer::settle() {
  if (state_ != State::closing || !unanswered_.empty()) return;
  if (close_txnr_ != 0) append_relp_frame(output_.bytes(), close_txnr_, "rsp", {});
  append_relp_frame(output_.bytes(), 0, "serverclose", {});
  state_ = State::finished;
}

}  // namespace codec
