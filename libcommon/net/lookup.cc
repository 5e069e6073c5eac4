#include "net/lookup.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <system_error>
#include <thread>
#include <utility>

#include "base/fd.h"
#include "base/signals.h"

namespace net {

// Belongs to both threads; the one that comes last frees it.
struct Lookup::Question {
  Url url;
  Resolver resolver;
  base::Fd told;  // an eventfd: `answer` is there
  std::optional<Answer> answer = {};
};

Lookup::Lookup(event::Loop& loop, std::function<void(Answer)> done, Resolver resolver)
    : loop_(loop), done_(std::move(done)), resolver_(std::move(resolver)) {}

Lookup::~Lookup() = default;

std::optional<Lookup::Answer> Lookup::find(const Url& url) {
  forget();
  if (!has_name(url)) return resolver_(url);
  base::Fd told(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!told) return base::fail_errno(errno, "resolve " + url.host);
  const auto question = std::make_shared<Question>(Question{url, resolver_, std::move(told)});
  if (auto asked = ask(question); !asked) return tl::unexpected(std::move(asked.error()));
  question_ = question;
  told_.emplace(loop_, question->told.get(), event::Interest::read, [this] { answered(); });
  told_->start();
  return std::nullopt;
}

base::Result<void> Lookup::ask(const std::shared_ptr<Question>& question) {
  const base::BlockedSignals in_the_thread_too;
  try {
    std::thread([question] {
      question->answer = question->resolver(question->url);
      (void)::eventfd_write(question->told.get(), 1);  // the first one always has room
    }).detach();
  } catch (const std::system_error& error) {
    return base::fail_errno(error.code().value(), "start a thread to resolve " + question->url.host);
  }
  return {};
}

void Lookup::answered() {
  eventfd_t count = 0;
  if (::eventfd_read(question_->told.get(), &count) != 0) return;
  Answer answer = std::move(*question_->answer);
  forget();
  done_(std::move(answer));
}

void Lookup::forget() {
  told_.reset();
  question_.reset();
}

}  // namespace net
