#include "tools/logbuf/replica/master_log.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/quote.h"
#include "codec/logd_request.h"

namespace logbuf {
namespace {

using base::Kind;
using base::Result;
using Bodies = codec::LogdReplyReader::Bodies;

constexpr std::size_t kEnough = 1 << 20;
constexpr std::size_t kShown = 120;

base::WallTime time_of(std::uint64_t nanoseconds) {
  return base::WallTime(std::chrono::nanoseconds(static_cast<std::int64_t>(nanoseconds)));
}

std::string request(std::string_view name, const std::vector<std::string>& arguments) {
  std::string text;
  codec::append_logd_head(text, name, arguments.size());
  for (const std::string& argument : arguments) codec::append_logd_argument(text, argument);
  return text;
}

// The next word of `text`, which is cut from it.
std::string_view word(std::string_view& text) {
  const std::string_view first = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(first.size() + 1, text.size()));
  return first;
}

}  // namespace

std::unique_ptr<MasterLog> MasterLog::open(event::Loop& loop, Buffer& buffer, std::vector<net::Url> master,
                                           net::LogdOptions options, base::Report report) {
  std::unique_ptr<MasterLog> log(new MasterLog(loop, buffer, std::move(master), std::move(options), std::move(report)));
  log->session_.start();
  return log;
}

MasterLog::MasterLog(event::Loop& loop, Buffer& buffer, std::vector<net::Url> master, net::LogdOptions options,
                     base::Report report)
    : buffer_(buffer),
      report_(report),
      session_(loop, master, std::move(options), std::move(report),
               {.connected = [this] { ask(); },
                .reply = [this](const codec::LogdReply& reply) { return take(reply); },
                .lost = [this] { following_ = ask_due_ = false; },
                .waiting = [] { return std::size_t{0}; }}),
      wake_(loop, [] {}) {
  for (const net::Url& url : master) master_ += (master_.empty() ? "" : ", ") + url.text();
}

// Where to begin is what the buffer holds: so what was taken must be there first.
void MasterLog::ask() {
  ask_due_ = safe_ < taken_;
  if (ask_due_) return;
  if (const auto asked = ask_for_rest(); !asked) fail(asked.error());
}

Result<void> MasterLog::ask_for_rest() {
  const State state = TRY(buffer_.state());
  const Mastership mastership = TRY(buffer_.mastership());
  const auto fingerprint = TRY(buffer_.fingerprint(state.head()));
  expected_ = state.next_id;
  session_.send(request("REPLICATE",
                        {std::to_string(state.next_id), std::to_string(mastership.log_epoch),
                         fingerprint ? std::to_string(*fingerprint) : "", state.uuid, mastership.log_of(state.uuid)}));
  return {};
}

Result<void> MasterLog::take(const codec::LogdReply& reply) {
  using enum codec::LogdReply::Kind;
  switch (reply.kind) {
    case ok:
      return following_ ? base::fail(Kind::protocol, "replicate " + master_, "an answer to nothing")
                        : begin(reply.text);
    case message:
      return take_message(reply);
    case error:
    case client_error:
      return refused(reply);
    case end:
      return base::fail(Kind::protocol, "replicate " + master_, "the log has an end");
  }
  return {};
}

// OK LOG EPOCH HEAD
Result<void> MasterLog::begin(std::string_view answer) {
  std::string_view rest = answer;
  const std::string log(word(rest));
  const auto epoch = parse_epoch(word(rest));
  const auto head = base::parse_number(word(rest));
  if (log.empty() || !epoch || !head)
    return base::fail(Kind::protocol, "replicate " + master_, "not understood: " + base::quote(answer, kShown));
  if (auto followed = follow(log, *epoch); !followed) {
    if (followed.error().kind == Kind::temporary) return followed;
    fail(followed.error());
    return {};
  }
  master_head_ = *head;
  following_ = true;
  session_.expect(Bodies::timed_messages);
  session_.proved();
  return {};
}

// From now on this buffer is a replica of that log, if it was not, and may be.
Result<void> MasterLog::follow(const std::string& log, std::uint64_t epoch) {
  return buffer_.change_mastership([&](Mastership& mastership, const State& state) -> Result<void> {
    const bool empty = state.head() == 0;
    const std::string& own = mastership.log_of(state.uuid);
    const std::string what = "replicate " + master_;
    if (state.next_id != expected_)
      return base::fail(Kind::temporary, what, buffer_.path() + " has changed since the master was asked");
    if (!empty && own != log)
      return base::fail(Kind::data, what,
                        "it is another log (" + log + ") than the one in " + buffer_.path() + " (" + own +
                            "); begin with an empty buffer");
    if (!empty && mastership.accepts && epoch <= mastership.epoch)
      return base::fail(Kind::unavailable, what,
                        buffer_.path() + " is a master itself, in epoch " + std::to_string(mastership.epoch) +
                            "; send REFUSE to its server first, or ACCEPT to the one that shall be the master");
    if (epoch < mastership.epoch)
      return base::fail(
          Kind::temporary, what,
          "its epoch is " + std::to_string(epoch) + ", and this buffer's " + std::to_string(mastership.epoch));
    mastership.accepts = false;
    mastership.epoch = mastership.log_epoch = epoch;
    mastership.log = log;
    mastership.reason = "it is a replica of " + master_;
    followed_ = mastership;
    return {};
  });
}

Result<void> MasterLog::take_message(const codec::LogdReply& reply) {
  if (!following_ || reply.id < expected_)
    return base::fail(Kind::protocol, "replicate " + master_,
                      "message " + std::to_string(reply.id) + " came where " + std::to_string(expected_) + " was due");
  if (reply.id > expected_) tell_of_gap(reply.id);
  const base::WallTime accepted = time_of(reply.time);
  const bool same_run = !staged_runs_.empty() && reply.id == expected_ && staged_runs_.back().accepted == accepted;
  if (same_run) {
    ++staged_runs_.back().count;
  } else {
    staged_runs_.push_back({reply.id, 1, accepted});
  }
  staged_.append(reply.text);
  expected_ = reply.id + 1;
  master_head_ = std::max(master_head_, reply.id);
  ++taken_;
  if (staged_.bytes() >= kEnough) session_.hold(true);
  return {};
}

// The first message of a new copy may be any: what was deleted before is no loss.
void MasterLog::tell_of_gap(std::uint64_t next) {
  if (expected_ == 1) return;
  report_(base::Level::warning, "replicate " + master_ + ": messages " + std::to_string(expected_) + "-" +
                                    std::to_string(next - 1) +
                                    " are missing here: the master has deleted them, or found them damaged");
}

// What another try cannot mend ends it; a master that is not there, or not any more, may come back.
Result<void> MasterLog::refused(const codec::LogdReply& reply) {
  const std::string text = base::quote(reply.text, kShown);
  const std::string what = "replicate " + master_;
  const bool client = reply.kind == codec::LogdReply::Kind::client_error;
  if (client && reply.text.starts_with("diverged"))
    fail({Kind::data, what,
          text + "; nothing was changed here. To follow that log, begin with an empty buffer, and look at what only " +
              buffer_.path() + " has with 'logbuf cat'"});
  else if (!client && reply.text == "not found")
    fail({Kind::data, what, "it no longer has message " + std::to_string(expected_) + "; begin with an empty buffer"});
  else if (!client && reply.text.empty())
    fail({Kind::protocol, what, "the server does not know REPLICATE, or has an error that its own log explains"});
  else
    return base::fail(Kind::temporary, what, "the server answered " + text);
  return {};
}

void MasterLog::fail(base::Error error) {
  if (!failure_) failure_ = std::move(error);
  session_.stop();
  wake_.start(base::Duration::zero());
}

Result<stream::Next> MasterLog::read(stream::Batch& batch, std::size_t) {
  given_runs_.clear();
  batch.append_block(staged_.block(), staged_.lengths(), staged_.has_inner_lf());
  given_runs_.swap(staged_runs_);
  if (!given_runs_.empty()) given_head_ = given_runs_.back().first_id + given_runs_.back().count - 1;
  staged_.clear();
  session_.hold(false);
  if (failure_) return tl::unexpected(*failure_);
  return stopped_ ? stream::Next::end : stream::Next::wait;
}

// Not the buffer's head: it may have become a master meanwhile, and what it took then is not the master's.
Result<void> MasterLog::acknowledge(std::uint64_t count) {
  safe_ = count;
  if (safe_ < taken_ - staged_.count()) return {};
  if (following_ && session_.connected()) session_.send(request("ACK", {std::to_string(given_head_)}), 0);
  if (ask_due_ && session_.connected()) ask();
  return {};
}

void MasterLog::stop() {
  stopped_ = true;
  session_.stop();
}

std::string MasterLog::state() const {
  if (!following_) return session_.state();
  return session_.state() + ", " + base::count_of(master_head_ + 1 - std::min(expected_, master_head_ + 1), "message") +
         " behind";
}

}  // namespace logbuf
