// Finds the addresses of a URL while the loop goes on: the system's resolver may take half a minute where no name
// server answers, and can only be waited for. So it is asked in a thread, the only one beside the loop's.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "event/loop.h"
#include "net/address.h"
#include "net/url.h"

namespace net {

class Lookup {
 public:
  using Answer = base::Result<std::vector<Address>>;
  using Resolver = std::function<Answer(const Url&)>;

  // `done` is called in the loop and may call anything here. `resolver` is called in the thread, perhaps still when
  // this object is gone.
  Lookup(event::Loop& loop, std::function<void(Answer)> done, Resolver resolver = resolve);
  ~Lookup();
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

  // The answer, where nobody has to be asked for it: numeric addresses, Unix sockets. Otherwise `done` will be told.
  // Whatever was asked before is forgotten.
  std::optional<Answer> find(const Url& url);
  // `done` is not called any more for what was asked.
  void forget();
  // Somebody is being asked.
  [[nodiscard]] bool active() const { return question_ != nullptr; }

 private:
  struct Question;

  base::Result<void> ask(const std::shared_ptr<Question>& question);
  void answered();

  event::Loop& loop_;
  std::function<void(Answer)> done_;
  Resolver resolver_;
  std::shared_ptr<Question> question_;
  std::optional<event::Io> told_;
};

}  // namespace net
