#include "tools/logredis/hub/hub_news.h"

#include <set>
#include <utility>

namespace logredis {
namespace {

constexpr base::Duration kWaitForNews = std::chrono::seconds(5);
constexpr std::uint64_t kNotesAtOnce = 5000;
constexpr base::Duration kPauseAfterError = std::chrono::seconds(1);

}  // namespace

HubNews::HubNews(event::Loop& loop, const Server& server, std::string counts, std::string notes, Events events,
                 base::Report report)
    : counts_(std::move(counts)),
      notes_(std::move(notes)),
      events_(std::move(events)),
      report_(std::move(report)),
      session_(redis::Session::open(loop, server.address, server.options, {}, {})),
      again_(loop, [this] { find_place(); }) {
  session_->set_events({.ready = [this] { find_place(); }, .lost = [this] { placed_ = false; }});
}

// It is not read from the server, in which case it is tried again.
bool HubNews::is_error(const redis::Reply& reply) {
  if (!reply.is_error()) return false;
  report_(base::Level::error, session_->error(reply, "wait for news of " + session_->address()).text());
  placed_ = false;
  again_.start(kPauseAfterError);
  return true;
}

// Also now and then where nothing comes: a server that has lost its data counts from 1 again.
void HubNews::find_place() {
  if (!session_->ready()) return;
  session_->send(redis::Command("HGET").add(counts_).add(""), [this](const redis::Reply& reply) { placed(reply); });
}

void HubNews::placed(const redis::Reply& reply) {
  if (is_error(reply)) return;
  const auto number = static_cast<std::uint64_t>(reply.integer());
  const bool moved = !placed_ || number < last_;
  if (moved) last_ = number;
  placed_ = true;
  wait();
  if (moved) events_.unsure();
}

void HubNews::wait() {
  redis::Command command("XREAD");
  command.add("COUNT").add(kNotesAtOnce).add("BLOCK").add(redis::milliseconds(kWaitForNews));
  command.add("STREAMS").add(notes_).add(std::to_string(last_) + "-0");
  session_->send(
      command, [this](const redis::Reply& reply) { heard(reply); }, kWaitForNews);
}

void HubNews::heard(const redis::Reply& reply) {
  if (is_error(reply)) return;
  if (reply.is_nil()) return find_place();
  pass_on(reply[0][1]);
}

void HubNews::pass_on(const redis::Reply& notes) {
  bool missed = false;
  std::set<std::string> noted;
  for (std::size_t i = 0; i < notes.size(); ++i) {
    const redis::Reply note = notes[i];
    const redis::Reply id = note[0];
    const std::uint64_t number = base::parse_number(id.text().substr(0, id.text().find('-'))).value_or(0);
    missed = missed || number != last_ + 1;
    last_ = number;
    const redis::Reply fields = note[1];
    noted.emplace(fields[1].text());
  }
  wait();
  if (missed) return events_.unsure();
  for (const std::string& id : noted) events_.noted(id);
}

}  // namespace logredis
