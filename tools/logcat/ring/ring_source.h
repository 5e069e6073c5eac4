// The source of ring: reads what programs log with mulog, out of their ring files, in order of time.
//
// Each `poll` it takes what has come, and gives on what had come the time before: whatever is older has been written by
// then, unless a thread stood still in the middle of a log call. The order within a thread is kept in any case.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/report.h"
#include "event/loop.h"
#include "net/url.h"
#include "stream/flow.h"
#include "tools/logcat/ring/ring_file.h"

namespace logcat {

struct RingOptions {
  base::Duration poll = std::chrono::milliseconds(50);
};

class RingSource final : public stream::Source {
 public:
  // The path of each address is a ring file, which must be fit to be read, or a directory of them.
  static base::Result<std::unique_ptr<RingSource>> open(event::Loop& loop, const std::vector<net::Url>& urls,
                                                        RingOptions options, base::Report report);
  ~RingSource() override;

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override;
  base::Result<void> acknowledge(std::uint64_t count) override;
  void stop() override { stopped_ = true; }
  [[nodiscard]] std::string state() const override;

 private:
  struct Open;
  struct Event;

  RingSource(event::Loop& loop, RingOptions options, base::Report report);
  base::Result<void> add(const net::Url& url);
  void discover();
  bool has_news();
  void look_into(const std::string& directory);
  void try_open(const std::string& path);
  void collect();
  void collect(const std::shared_ptr<Open>& file);
  void give_up(Open& open, const base::Error& error);
  void merge(std::size_t before);
  void give(stream::Batch& batch, std::size_t limit);
  void remove_done();

  RingOptions options_;
  base::Report report_;
  std::vector<std::string> directories_;
  base::Fd inotify_;
  base::Instant next_look_{};
  std::map<std::string, std::shared_ptr<Open>> files_;  // by path
  std::size_t found_ = 0;
  std::set<std::string> told_;  // that another process has them, or that they are unfit
  std::set<std::string> unfit_;

  std::vector<Event> waiting_;  // in order of time, from given_ on
  std::size_t given_ = 0;
  std::size_t waiting_bytes_ = 0;
  std::uint64_t newest_ = 0;       // of the times that were seen
  std::uint64_t given_up_to_ = 0;  // what is not newer is given on

  struct Given {
    std::shared_ptr<Open> file;
    std::size_t ring;
    std::uint64_t safe_by;
  };
  std::deque<Given> unsafe_;
  std::uint64_t safe_ = 0;
  std::uint64_t messages_ = 0;

  event::Timer timer_;
  bool due_ = true;
  bool stopped_ = false;
};

}  // namespace logcat
