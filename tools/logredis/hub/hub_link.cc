#include "tools/logredis/hub/hub_link.h"

#include <utility>

namespace logredis {
namespace {

constexpr base::Duration kLinkPatience = std::chrono::seconds(4);
constexpr base::Duration kLook = std::chrono::milliseconds(500);

}  // namespace

HubLink::HubLink(event::Loop& loop, const Server& server, base::Report report)
    : session_(redis::Session::open(loop, server.address, server.options, {}, std::move(report))),
      look_(loop, [this] { look(); }) {
  const auto ready = [this] {
    send_waiting();
    if (on_ready_) on_ready_();
  };
  session_->set_events({.ready = ready, .lost = [this] { lost(); }});
}

void HubLink::send(redis::Command command, Twice twice, OnReply on_reply, base::Duration waits) {
  add({.ask = [command = std::move(command), waits](
                  redis::Session& session,
                  redis::Session::OnReply hear) { session.send(command, std::move(hear), waits); },
       .twice = twice,
       .on_reply = std::move(on_reply),
       .bytes = 0,
       .due = base::now() + waits + kLinkPatience});
}

void HubLink::run(const redis::Script& script, std::shared_ptr<const Call> call, Twice twice, OnReply on_reply) {
  const std::size_t bytes = call->more.size();
  add({.ask =
           [&script, call = std::move(call)](redis::Session& session, redis::Session::OnReply hear) {
             session.run(script, {call->keys.begin(), call->keys.end()}, {call->args.begin(), call->args.end()},
                         std::move(hear), {call->more, call->more_count});
           },
       .twice = twice,
       .on_reply = std::move(on_reply),
       .bytes = bytes,
       .due = base::now() + kLinkPatience});
}

void HubLink::add(Question question) {
  const auto since = session_->ready() ? std::nullopt : session_->away_since();
  const bool is_away = session_->failure() || (since && base::now() - *since >= kLinkPatience);
  if (is_away) question.due = base::now();
  held_ += question.bytes;
  waiting_.push_back(std::move(question));
  send_waiting();
  if (is_away) look_.start(base::Duration::zero());
}

void HubLink::send_waiting() {
  while (session_->ready() && !waiting_.empty()) {
    asked_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
    asked_.back().ask(*session_, [this](redis::Reply reply) { answered(std::move(reply)); });
  }
  if (!look_.active() && !(waiting_.empty() && asked_.empty())) look_.start(kLook);
}

void HubLink::answered(redis::Reply reply) {
  const OnReply on_reply = std::move(asked_.front().on_reply);
  held_ -= asked_.front().bytes;
  asked_.pop_front();
  if (!on_reply) return;
  if (reply.is_error())
    on_reply(tl::unexpected(session_->error(reply, "use " + session_->address())));
  else
    on_reply(std::move(reply));
}

base::Error HubLink::away() const {
  if (const auto failure = session_->failure()) return *failure;
  return {base::Kind::temporary, "use " + session_->address(), "the server is away"};
}

void HubLink::lost() {
  std::vector<OnReply> unknown;
  std::deque<Question> again;
  for (Question& question : std::exchange(asked_, {})) {
    if (question.twice == Twice::harmless && question.on_reply) {
      again.push_back(std::move(question));
      continue;
    }
    held_ -= question.bytes;
    if (question.on_reply) unknown.push_back(std::move(question.on_reply));
  }
  for (Question& question : waiting_) again.push_back(std::move(question));
  waiting_ = std::move(again);
  for (const OnReply& on_reply : unknown) on_reply(tl::unexpected(away()));
}

// Those that wait, and those whose answer is late: the connection may be fine, and the server stuck.
std::vector<HubLink::OnReply> HubLink::take_overdue() {
  const base::Instant now = base::now();
  const bool hopeless = session_->failure().has_value();
  std::vector<OnReply> overdue;
  for (Question& question : asked_)
    if (question.on_reply && now >= question.due) overdue.push_back(std::exchange(question.on_reply, nullptr));
  std::erase_if(waiting_, [&](Question& question) {
    if (!hopeless && now < question.due) return false;
    held_ -= question.bytes;
    overdue.push_back(std::move(question.on_reply));
    return true;
  });
  return overdue;
}

void HubLink::look() {
  if (!session_->ready()) session_->hurry();
  const std::vector<OnReply> overdue = take_overdue();
  if (!(waiting_.empty() && asked_.empty())) look_.start(kLook);
  for (const OnReply& on_reply : overdue) on_reply(tl::unexpected(away()));
}

}  // namespace logredis
