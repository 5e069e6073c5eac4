#include "stream/input.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/io.h"
#include "base/units.h"

namespace stream {
namespace {

constexpr std::size_t kBufferBytes = 256 << 10;  // of 64 KiB to 1 MiB none was clearly faster
constexpr std::string_view kInput = "standard input";

// Receipts on their way to a reader that may not read. One that is not begun yet gives way to a newer one, which covers
// it.
class ReceiptWriter {
 public:
  ReceiptWriter(event::Loop& loop, base::Fd to)
      : to_(std::move(to)), writable_(loop, to_.get(), event::Interest::write, [this] { writable_.stop(); }) {}

  // Before anything else, to a reader that waits for it.
  base::Result<void> write_all(std::string_view line) {
    return base::write_all(to_.get(), line, "answer to the source");
  }

  void add(std::string id) { newest_ = std::move(id); }

  // As much as goes now; true: all of it.
  base::Result<bool> write() {
    for (;;) {
      if (begun_.empty() && newest_.empty()) return true;
      if (begun_.empty()) begun_ = std::exchange(newest_, {}) + "\n";
      const base::Transfer moved = TRY(base::write_ready(to_.get(), begun_, "receipts to standard output"));
      begun_.erase(0, moved.bytes);
      if (moved.would_block) {
        writable_.start();
        return false;
      }
    }
  }

 private:
  base::Fd to_;
  std::string begun_;  // what is left of a line
  std::string newest_;
  event::Io writable_;
};

// The ids of messages that have no receipt yet, in order: one entry for each read that gave some.
class UnreceiptedIds {
 public:
  // Adds the ids of the batch's messages from index `first` on.
  void add(const Batch& batch, std::size_t first) {
    if (first == batch.count()) return;
    Entry entry;
    entry.before = added_;
    const auto known = batch.id_ends();
    const std::size_t given = std::min(first, known.size());
    entry.begin = given == 0 ? 0 : known[given - 1];
    entry.ids = batch.ids().substr(entry.begin);
    entry.ends.assign(known.begin() + static_cast<std::ptrdiff_t>(given), known.end());
    entry.ends.resize(batch.count() - first, static_cast<std::uint32_t>(batch.ids().size()));
    added_ += batch.count() - first;
    entries_.push_back(std::move(entry));
  }

  // Forgets the first `count` messages ever added; the last id among those it forgets, empty where none had one.
  std::string take(std::uint64_t count) {
    std::string last;
    while (!entries_.empty() && entries_.front().before < count) {
      Entry& entry = entries_.front();
      const auto end = static_cast<std::size_t>(std::min<std::uint64_t>(count - entry.before, entry.ends.size()));
      if (const std::string_view id = entry.last_id(end); !id.empty()) last = id;
      entry.taken = end;
      if (end < entry.ends.size()) break;
      entries_.pop_front();
    }
    return last;
  }

 private:
  struct Entry {
    std::uint64_t before = 0;  // messages in all entries ever before this one
    std::uint32_t begin = 0;   // where `ids` began in the batch
    std::string ids;
    std::vector<std::uint32_t> ends;  // in the batch's ids
    std::size_t taken = 0;

    // Of the messages between `taken` and `end`. Pieces of a split message have no id.
    [[nodiscard]] std::string_view last_id(std::size_t end) const {
      for (std::size_t i = end; i > taken; --i) {
        const std::size_t start = i == 1 ? begin : ends[i - 2];
        if (ends[i - 1] > start) return std::string_view(ids).substr(start - begin, ends[i - 1] - start);
      }
      return {};
    }
  };

  std::deque<Entry> entries_;
  std::uint64_t added_ = 0;
};

}  // namespace

struct Input::Impl {
  Impl(event::Loop& loop, const InputOptions& chosen, bool in_hop, base::Fd from, base::Report say)
      : options(chosen),
        hop(in_hop),
        in(std::move(from)),
        report(std::move(say)),
        readable(loop, in.get(), event::Interest::read, [this] { readable.stop(); }),
        reader(chosen.format, chosen.max_message, chosen.oversize),
        buffer(kBufferBytes) {}

  base::Result<Next> read(Batch& batch, std::size_t limit);
  base::Result<Next> fill();
  base::Result<Next> end(Batch& batch);
  base::Result<void> checked(base::Result<void> framed);
  bool is_cut_off();
  void report_split();

  const InputOptions options;
  const bool hop;
  base::Fd in;
  const bool nonblocking = base::is_nonblocking(in.get());
  base::Report report;
  event::Io readable;
  FrameReader reader;
  std::vector<char> buffer;
  std::string_view unread;  // of the buffer: came, but is not cut into messages yet
  UnreceiptedIds ids;
  std::optional<ReceiptWriter> receipts;
  std::string receipted;  // the last receipt written
  bool eof = false;
  bool stopped = false;
  bool ended = false;
};

// Bytes are cut into messages only as far as `limit` asks for, so that a limit of one byte gives one message.
base::Result<Next> Input::Impl::read(Batch& batch, std::size_t limit) {
  const std::size_t full = batch.bytes() + limit;
  while (batch.bytes() < full) {
    if (unread.empty()) {
      if (eof || stopped) return end(batch);
      const Next filled = TRY(fill());
      if (filled != Next::more) return filled;
      continue;
    }
    const std::string_view piece = unread.substr(0, full - batch.bytes());
    unread.remove_prefix(piece.size());
    TRY(checked(reader.feed(piece, batch)));
  }
  return Next::more;
}

base::Result<Next> Input::Impl::fill() {
  // Our own description of a pipe whose writers are all gone is never ready, and yet at its end.
  const base::Transfer got =
      TRY(nonblocking ? base::read_some(in.get(), buffer, kInput) : base::read_ready(in.get(), buffer, kInput));
  if (got.would_block) {
    readable.start();
    return Next::wait;
  }
  eof = got.end;
  unread = std::string_view(buffer.data(), got.bytes);
  return Next::more;
}

// What is left of a line when the program is stopped is no message: its writer has not finished it.
base::Result<Next> Input::Impl::end(Batch& batch) {
  if (!std::exchange(ended, true)) {
    if (eof && !is_cut_off()) TRY(checked(reader.finish(batch)));
    report_split();
  }
  return Next::end;
}

// A source that was killed while it wrote leaves half a message, with whose receipt it would forget the whole one; and
// a sink half a receipt, which is another one.
bool Input::Impl::is_cut_off() {
  const bool matters = options.receipts || options.are_receipts;
  const bool cut_off = matters && options.format.framing != Framing::octet && reader.pending() > 0;
  if (cut_off && report)
    report(base::Level::warning,
           "read " + std::string(kInput) +
               (options.receipts ? ": the last message has no end; left out, and it gets no receipt"
                                 : ": the last receipt has no LF and may be half an id; left out"));
  return cut_off;
}

base::Result<void> Input::Impl::checked(base::Result<void> framed) {
  if (framed) return framed;
  report_split();
  base::Error error = framed.error();
  error.what += " on " + std::string(kInput);
  if (hop) error.kind = base::Kind::protocol;
  return tl::unexpected(std::move(error));
}

void Input::Impl::report_split() {
  const std::uint64_t count = reader.split();
  if (count == 0 || !report) return;
  const std::size_t max = options.max_message == 0 ? kDefaultMaxMessage : options.max_message;
  report(base::Level::warning, base::count_of(count, "message") + (count == 1 ? " was" : " were") +
                                   " over --max-message (" + base::format_bytes({max}) + ") and " +
                                   (count == 1 ? "was" : "were") + " split");
}

base::Result<std::unique_ptr<Input>> Input::open(event::Loop& loop, InputOptions options,
                                                 std::optional<Invitation> invitation, base::Report report, int in,
                                                 int out) {
  if (invitation) options = {{Framing::octet, true}, true, invitation->max_message, Oversize::refuse};
  base::Fd copy = TRY(base::private_copy(in, false));
  auto impl = std::make_unique<Impl>(loop, options, invitation.has_value(), std::move(copy), std::move(report));
  if (options.receipts) impl->receipts.emplace(loop, TRY(base::private_copy(out, true)));
  return std::unique_ptr<Input>(new Input(std::move(impl)));
}

Input::Input(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Input::~Input() = default;

base::Result<void> Input::greet(const Greeting& greeting) {
  if (!impl_->hop) return {};
  return impl_->receipts->write_all(format_greeting(greeting));
}

base::Result<Next> Input::read(Batch& batch, std::size_t limit) {
  const std::size_t first = batch.count();
  impl_->readable.stop();
  auto next = impl_->read(batch, limit);
  if (impl_->options.receipts) impl_->ids.add(batch, first);
  return next;
}

base::Result<void> Input::acknowledge(std::uint64_t count) {
  if (!impl_->options.receipts) return {};
  std::string id = impl_->ids.take(count);
  if (id.empty() || id == impl_->receipted) return {};
  impl_->receipted = std::move(id);
  impl_->receipts->add(impl_->receipted);
  (void)TRY(impl_->receipts->write());
  return {};
}

base::Result<bool> Input::flush_receipts() {
  return impl_->receipts ? impl_->receipts->write() : true;
}

void Input::stop() {
  impl_->stopped = true;
  impl_->readable.stop();
}

}  // namespace stream
