#include "codec/relp_client.h"

#include <utility>

namespace codec {
namespace {

using base::Kind;
using base::Result;

constexpr std::size_t kMaxAnswer = 64 << 10;      // offers are the longest
constexpr std::size_t kEnoughOutput = 256 << 10;  // of long messages less than a window goes into the output at once

auto fail_answer(std::string why) {
  return base::fail(Kind::protocol, "read RELP answer", std::move(why));
}

std::string code_and_text(const RelpAnswer& answer) {
  std::string text = std::to_string(answer.code);
  if (!answer.text.empty()) text.append(" ").append(answer.text);
  return text;
}

}  // namespace

RelpClient::RelpClient(RelpClientOptions options, Reject reject)
    : options_(std::move(options)), reject_(std::move(reject)), reader_(kMaxAnswer) {}

void RelpClient::open() {
  disconnect();
  const RelpOffers ours{.version = 0, .syslog = true, .software = options_.software};
  append_relp_frame(output_.bytes(), take_txnr(), "open", ours.text());
  stage_ = Stage::opening;
}

void RelpClient::disconnect() {
  reader_ = RelpReader(kMaxAnswer);
  stage_ = Stage::closed;
  txnr_ = 1;
  sent_messages_.clear();
  unanswered_ = 0;
  answers_ = 0;
  closing_ = false;
  output_.clear();
  backlog_.rewind();
}

void RelpClient::append(const stream::Batch& batch) {
  backlog_.append(batch);
  fill();
}

void RelpClient::settle(std::uint64_t number) {
  backlog_.settle(number);
}

Result<void> RelpClient::feed(std::string_view bytes) {
  RelpFrame frame;
  while (stage_ != Stage::left && stage_ != Stage::dismissed && TRY(reader_.next(bytes, frame))) TRY(take(frame));
  fill();
  return {};
}

Result<void> RelpClient::take(const RelpFrame& frame) {
  if (frame.txnr == 0) {
    if (frame.command == "serverclose") stage_ = Stage::dismissed;
    return {};  // other hints mean nothing to us
  }
  if (frame.command != "rsp") return fail_answer("a server answers with rsp, not with " + std::string(frame.command));
  ++answers_;
  // librelp answers "close" without a code.
  if (stage_ == Stage::leaving) {
    stage_ = Stage::left;
    return {};
  }
  const RelpAnswer answer = TRY(parse_relp_answer(frame.data));
  if (stage_ == Stage::opening) return take_open_answer(answer);
  return take_answer(frame.txnr, answer);
}

Result<void> RelpClient::take_open_answer(const RelpAnswer& answer) {
  if (answer.code != RelpAnswer::kOk) return fail_answer("the server refuses the session: " + code_and_text(answer));
  server_ = TRY(parse_relp_offers(answer.rest));
  if (server_.version > RelpOffers::kNewestVersion)
    return fail_answer("the server insists on RELP version " + std::to_string(server_.version));
  if (!server_.syslog) return fail_answer("the server does not take the command syslog");
  stage_ = Stage::ready;
  return {};
}

Result<void> RelpClient::take_answer(std::uint32_t txnr, const RelpAnswer& answer) {
  const std::uint32_t index = txnr >= first_txnr_ ? txnr - first_txnr_ : txnr + kRelpMaxTxnr - first_txnr_;
  if (index >= sent_messages_.size() || sent_messages_[index].answered)
    return fail_answer("there is no unanswered transaction " + std::to_string(txnr));
  Sent& sent = sent_messages_[index];
  sent.answered = true;
  --unanswered_;
  if (answer.code == RelpAnswer::kOk)
    backlog_.settle(sent.number);
  else
    TRY(reject(sent.number, answer));
  for (; !sent_messages_.empty() && sent_messages_.front().answered; first_txnr_ = next_relp_txnr(first_txnr_))
    sent_messages_.pop_front();
  return {};
}

Result<void> RelpClient::reject(std::uint64_t number, const RelpAnswer& answer) {
  const Settlement settlement = TRY(reject_({number, backlog_.message(number), code_and_text(answer)}));
  if (settlement == Settlement::settled)
    backlog_.settle(number);
  else
    backlog_.withhold(number);
  return {};
}

void RelpClient::close() {
  closing_ = true;
  fill();
}

void RelpClient::fill() {
  if (stage_ != Stage::ready) return;
  if (closing_) {
    if (unanswered_ > 0) return;
    append_relp_frame(output_.bytes(), take_txnr(), "close", {});
    stage_ = Stage::leaving;
    return;
  }
  if (sent_messages_.empty()) first_txnr_ = txnr_;
  while (unanswered_ < options_.window && output_.size() < kEnoughOutput) {
    const auto message = backlog_.next();
    if (!message) return;
    append_message(message->line);
    sent_messages_.push_back({message->number, false});
    ++unanswered_;
  }
}

void RelpClient::append_message(std::string_view line) {
  constexpr std::string_view kCommand = "syslog";
  if (line.size() == 1) return append_relp_frame(output_.bytes(), take_txnr(), kCommand, {});
  append_relp_header(output_.bytes(), take_txnr(), kCommand, line.size() - 1);
  output_.bytes().append(line);
}

std::uint32_t RelpClient::take_txnr() {
  return std::exchange(txnr_, next_relp_txnr(txnr_));
}

void RelpClient::sent(std::size_t bytes) {
  output_.sent(bytes);
  fill();
}

}  // namespace codec
