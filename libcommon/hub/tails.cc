#include "hub/tails.h"

#include <utility>

#include "base/clock.h"

namespace hub {
namespace {

// Under the idle time of usual proxies.
constexpr base::Duration kHeartbeat = std::chrono::seconds(25);

}  // namespace

class Tails::Open final : public http::Body {
 public:
  Open(Tails& tails, std::string session, TailRequest request, std::function<void()> wake)
      : tails_(tails),
        session_(std::move(session)),
        tail_(tails.store_, tails.feeds_, std::move(request), std::move(wake)) {
    tails_.open_.insert(this);
  }
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;
  ~Open() override {
    tails_.open_.erase(this);
    use_session();
  }
  Next pull(std::string& out, std::size_t room) override { return tail_.pull(out, room); }
  void stop() override { tail_.stop(); }
  void beat() {
    tail_.beat();
    use_session();
  }

 private:
  // Without the session, the tail goes on.
  void use_session() {
    tails_.sessions().use(session_, [](const base::Result<std::optional<Session>>&) {});
  }

  Tails& tails_;
  std::string session_;
  Tail tail_;
};

Tails::Tails(event::Loop& loop, Store& store, SessionStore* sessions)
    : store_(store), sessions_(sessions), feeds_(store), heartbeat_(loop, [this] { beat(); }) {
  heartbeat_.start(kHeartbeat);
}

std::unique_ptr<http::Body> Tails::open(const std::string& session, TailRequest request, std::function<void()> wake) {
  return std::make_unique<Open>(*this, session, std::move(request), std::move(wake));
}

void Tails::beat() {
  for (Open* open : open_) open->beat();
  heartbeat_.start(kHeartbeat);
}

}  // namespace hub
