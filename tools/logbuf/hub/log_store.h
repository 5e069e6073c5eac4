// What stores of ChannelLogs read from them: the same questions, wherever the logs are.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "hub/store.h"
#include "tools/logbuf/hub/channel_log.h"

namespace logbuf {

class LogStore : public hub::Store {
 public:
  void read_after(const std::string& id, const std::string& after, std::size_t limit,
                  hub::Done<hub::Excerpt> done) override;
  void read_before(const std::string& id, const std::string& before, std::size_t limit,
                   hub::Done<hub::Excerpt> done) override;
  void id_at(const std::string& id, base::WallTime time, hub::Done<std::string> done) override;
  void standing(const std::string& id, hub::Done<hub::Standing> done) override;

 protected:
  struct LogWork {
    std::function<void(ChannelLog& log)> work;  // on another thread
    std::function<void()> done;                 // then, inside Loop::wait
  };
  // Has it done at a channel's log, behind what was handed in before. False: there is no such channel, and neither of
  // the two is called.
  virtual bool hand_in(const std::string& id, LogWork work) = 0;

  [[nodiscard]] static tl::unexpected<base::Error> unknown_channel(const std::string& id);

  template <class T>
  void ask(const std::string& id, std::function<base::Result<T>(ChannelLog& log)> question, hub::Done<T> done) {
    struct Asked {
      std::function<base::Result<T>(ChannelLog& log)> question;
      hub::Done<T> done;
      std::optional<base::Result<T>> answer = {};
    };
    const auto asked = std::make_shared<Asked>(Asked{.question = std::move(question), .done = std::move(done)});
    const bool known = hand_in(id, {.work = [asked](ChannelLog& log) { asked->answer.emplace(asked->question(log)); },
                                    .done = [asked] { asked->done(std::move(*asked->answer)); }});
    if (!known) asked->done(unknown_channel(id));
  }
};

}  // namespace logbuf
