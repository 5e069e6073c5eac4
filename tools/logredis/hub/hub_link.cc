#include "tools/logredis/hub/hub_link.h"

#include <utility>

namespace logredis {
namespace {

constexpr base::Duration kLinkPatience = std::chrono::seconds(4);
constexpr base::Duration kLook = std::chrono::milliseconds(500);

}  // namespace

HubLink::HubLink(event::Loop& loop, const Server& server, base::Report report)
    : session_(redis::Session::open(loop, server.address, server.options, {}, std::move(report))),
      overdue_(loop, [this] { give_up(); }) {
  session_->set_events({.ready = [this] { send_waiting(); }, .lost = [this] { lost(); }});
}

void HubLink::send(redis::Command command, Twice twice, OnReply on_reply, base::Duration waits) {
  add({[command = std::move(command), waits](redis::Session& session, redis::Session::OnReply hear) {
         session.send(command, std::move(hear), waits);
       },
       twice, std::move(on_reply)});
}

void HubLink::run(const redis::Script& script, Call call, Twice twice, OnReply on_reply) {
  add({[&script, call = std::move(call)](redis::Session& session, redis::Session::OnReply hear) {
         session.run(script, {call.keys.begin(), call.keys.end()}, {call.args.begin(), call.args.end()},
                     std::move(hear), {call.more, call.more_count});
       },
       twice, std::move(on_reply)});
}

void HubLink::add(Question question) {
  waiting_.push_back(std::move(question));
  send_waiting();
}

void HubLink::send_waiting() {
  while (session_->ready() && !waiting_.empty()) {
    asked_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
    asked_.back().ask(*session_, [this](redis::Reply reply) { answered(std::move(reply)); });
  }
  if (!waiting_.empty() && !overdue_.active()) overdue_.start(kLook);
}

void HubLink::answered(redis::Reply reply) {
  const OnReply on_reply = std::move(asked_.front().on_reply);
  asked_.pop_front();
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
  std::vector<Question> unknown;
  std::deque<Question> again;
  for (Question& question : std::exchange(asked_, {}))
    question.twice == Twice::harmless ? again.push_back(std::move(question)) : unknown.push_back(std::move(question));
  for (Question& question : waiting_) again.push_back(std::move(question));
  waiting_ = std::move(again);
  if (!waiting_.empty() && !overdue_.active()) overdue_.start(kLook);
  for (const Question& question : unknown) question.on_reply(tl::unexpected(away()));
}

void HubLink::give_up() {
  const base::Instant now = base::now();
  std::vector<Question> late;
  while (!waiting_.empty() && (session_->failure() || now - waiting_.front().since >= kLinkPatience)) {
    late.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  if (!waiting_.empty()) overdue_.start(kLook);
  for (const Question& question : late) question.on_reply(tl::unexpected(away()));
}

}  // namespace logredis
