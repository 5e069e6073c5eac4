// The tail of files: reads those that a Discovery finds, each one's former files first, and closes a file when nobody
// is likely to write to it any more.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/report.h"
#include "base/units.h"
#include "event/loop.h"
#include "tools/logtail/emitter.h"
#include "tools/logtail/files/discovery.h"
#include "tools/logtail/files/reader.h"
#include "tools/logtail/headers.h"
#include "tools/logtail/tail.h"

namespace logtail {

struct FilesOptions {
  std::vector<std::string> arguments;
  bool follow = false;
  std::string checkpoint;  // never read; where there is one, half a message at a file's end is left for the next run
  Start start;
  std::size_t max_message = 0;
  Pattern multiline;
  base::Duration multiline_time = std::chrono::seconds(1);
  EmitterOptions emitter;
};

class Files final : public Tail {
 public:
  static base::Result<std::unique_ptr<Files>> open(event::Loop& loop, FilesOptions options, Headers& headers,
                                                   Memory& memory, const base::Report& report);
  ~Files() override;

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit, Piece& piece) override;
  base::Result<Replayed> replay(const Plan& plan, stream::Batch& batch, Piece& piece) override;
  [[nodiscard]] bool owns(const Place& place) const override { return discovery_->owns(place); }
  std::vector<std::uint64_t> take_finished() override { return discovery_->take_finished(); }
  void stop() override;
  [[nodiscard]] std::string state() const override;
  [[nodiscard]] std::optional<base::Kind> failure() const override { return discovery_->failure(); }

 private:
  Files(event::Loop& loop, FilesOptions options, std::unique_ptr<Discovery> discovery, Headers& headers,
        base::Report report);

  base::Result<stream::Next> read_ready(stream::Batch& batch, std::size_t limit, Piece& piece);
  base::Result<bool> read_chain(File& file, std::uint64_t end, stream::Batch& batch, std::size_t limit, Piece& piece);
  base::Result<bool> read_file(File& file, std::uint64_t end, stream::Batch& batch, std::size_t limit, Piece& piece);
  base::Result<void> note_seen(File& file, std::uint64_t seen);
  base::Result<bool> skip_hole(File& file, std::uint64_t end, Piece& piece);
  static bool must_wait(File& file, File& former);
  void mark_successors(File& file);
  void give_header(File& file, stream::Batch& batch, Piece& piece);
  [[nodiscard]] Rest rest_of(const File& file) const;
  void await_record(File& file);
  void look_at_waiting();
  [[nodiscard]] bool may_close(const File& file) const;
  void close(const FilePtr& file);
  bool close_all();
  void set_timer();

  FilesOptions options_;
  std::unique_ptr<Discovery> discovery_;
  Headers& headers_;
  base::Report report_;
  Reader reader_;
  std::vector<FilePtr> records_;  // with a record that may be whole
  stream::Batch below_;           // a header
  event::Timer timer_;
  bool timer_due_ = false;
  bool reading_ = false;
  bool stopped_ = false;
  bool ended_ = false;
};

}  // namespace logtail
