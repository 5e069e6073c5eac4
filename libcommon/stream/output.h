// The sink of every source tool: plain stdout, or the command after "--".
//
//   (nothing)               stdout; a message is safe when it is fully written, which is weaker than a receipt
//   -- COMMAND              a hop: handshake, octet frames with ids, receipts; restarted when it dies
//   --fallback COMMAND -- COMMAND
//                           a hop, and a second one for the time when the first is down
//   --plain -- COMMAND      a hop without the handshake, in the chosen framing with ids
//   --batch N -- COMMAND    any command, once per batch; exit status 0 is the receipt
//   --to NAME=COMMAND       one more of these, for the messages that rules send there
//   --filter COMMAND        before any of these: what the command makes of a batch goes on in its place
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/report.h"
#include "base/units.h"
#include "event/loop.h"
#include "stream/flow.h"
#include "stream/frame.h"
#include "stream/handshake.h"
#include "stream/prefetch.h"

namespace stream {

using RenewOrigin = std::function<base::Result<std::string>(const Greeting&)>;

struct FilterOptions {
  std::vector<std::vector<std::string>> commands;  // one after the other
  std::vector<int> statuses{0};                    // exit statuses with which a filter has ended well
  std::size_t batch = 10000;
  base::Duration time = std::chrono::milliseconds(200);  // a smaller batch goes when its first message is this old
  std::size_t max_message = std::size_t{1} << 30;        // what filters write is split where it is longer
};

// A sink besides the default one.
struct NamedCommand {
  std::string name;
  std::vector<std::string> command;
};

struct OutputOptions {
  FrameFormat format;                            // of stdout, --plain and --batch
  std::size_t max_message = kDefaultMaxMessage;  // the source gives no longer ones
  std::vector<std::string> command;              // what stood after "--"; empty: stdout
  std::vector<std::string> fallback;             // of `command`; empty: none
  std::vector<NamedCommand> to = {};             // kMostSinks - 1 at most
  // By what a message gets its route, in a few letters: the same messages get the same routes as long as it is the
  // same. Set where there is `to`.
  std::function<std::string()> routing = {};
  base::Duration fallback_after = std::chrono::seconds(5);  // shorter than PumpOptions::drain_time
  bool plain = false;
  std::size_t batch = 0;                                // 0: not a batch command
  base::Duration batch_time = std::chrono::seconds(1);  // a smaller batch goes when its first message is this old
  base::Bytes window{8 << 20};                          // unreceipted bytes kept for sending again
  std::size_t window_messages = 65536;
  // The source ends by itself, and whoever started it can start it again: do not wait for a sink for ever.
  bool one_shot = false;
  // Give up (exit 75) when the command has failed and nothing became safe for so long; with a fallback, when both
  // have. None: never; a one-shot source after 30 s, or with --batch at the first failure.
  std::optional<base::Duration> retry_time;
  std::string origin;  // see Invitation::origin
  // Asked of every greeting that says what the sink has of the origin: a new origin, where that is no message of the
  // source's, and empty where it is; an error ends the hop, as for an id that was never given. None: it always is.
  RenewOrigin renew_origin = {};
  // Told of every greeting of a sink, after that.
  std::function<void(const Greeting&)> on_greeting = {};
  // This process is itself the sink of a hop, and passes on what comes from there: how it was invited. It greets when
  // its own sink has greeted; until then, that one's first failure is an error, for the hop before it to deal with.
  std::optional<Invitation> upstream = {};
  bool receipts = false;  // stdout of this process is for receipts: what batch commands write goes to stderr
  FilterOptions filter;
  // A message of the source keeps its id for ever, and no other gets it: batch commands are told those of their batch.
  bool lasting_ids = false;
  std::string ids_origin;  // what these ids belong to: no other source has it. May be empty

  // Messages go on with their source's ids: asked for, because receipts come back, or for batch commands to know. What
  // filters write gets ids here.
  [[nodiscard]] bool needs_ids() const {
    return filter.commands.empty() && (format.ids || (has_commands() && (batch == 0 || lasting_ids)));
  }
  // Not all goes to stdout.
  [[nodiscard]] bool has_commands() const { return !command.empty() || !to.empty(); }
  // The sink can remember what it has of an origin.
  [[nodiscard]] bool passes_origin() const { return filter.commands.empty() && has_commands() && batch == 0 && !plain; }
  // For a source that shares a queue with others. Two batches for a command that gets batches: one that it works at,
  // and the next. With --plain, a program before the sink may want any number before the sink confirms the first.
  [[nodiscard]] PrefetchOptions prefetch(std::optional<std::uint64_t> fixed) const;
};

base::Result<std::unique_ptr<Sink>> open_output(event::Loop& loop, OutputOptions options, base::Report report);

}  // namespace stream
