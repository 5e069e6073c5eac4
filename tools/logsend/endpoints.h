// The kinds of destinations, as a const table: endpoints/ has a file for each kind, with all there is to say about it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "cli/command_line.h"
#include "cli/endpoint.h"
#include "cli/options.h"
#include "event/loop.h"
#include "net/dialer.h"
#include "net/tls.h"
#include "net/url.h"
#include "stream/flow.h"
#include "stream/frame.h"
#include "stream/handshake.h"
#include "tools/logsend/event_options.h"

namespace logsend {

// What becomes of a message that a server rejects.
struct OnReject {
  bool drop = false;
  std::string buffer;  // where it is kept; empty: nowhere
};

// Of options that belong to several kinds, and of the whole run.
struct SharedOptions {
  cli::SinkOptions sink;
  EventOptions events;
  bool public_only = false;
  stream::Framing wire = stream::Framing::line;
  base::Duration connect_timeout = std::chrono::seconds(10);
  std::optional<base::Duration> keepalive;
  std::optional<base::Duration> timeout;
  base::Duration idle_timeout = base::Duration::zero();
  base::Bytes window{8 << 20};
  std::uint64_t window_messages = 65536;
  OnReject on_reject;
  std::string credentials = {};               // a file
  std::shared_ptr<net::TlsContext> tls = {};  // where an address needs it
  net::TlsOptions tls_files = {};             // what it was made of

  [[nodiscard]] net::DialOptions dial() const;
};

// A sink and what its receipts mean.
struct Opened {
  std::unique_ptr<stream::Sink> sink;
  stream::Strength strength;
  bool processes = false;  // messages by itself, as --format and its kin ask
};

// `urls`: at least one, all of the endpoint's schemes, in order of preference.
using Open = std::function<base::Result<Opened>(event::Loop& loop, const std::vector<net::Url>& urls,
                                                const SharedOptions& options, const cli::Context& context)>;

struct Endpoint {
  cli::Endpoint endpoint;
  bool alone;  // takes one URL
  // Declares the options that only this kind has. What it returns uses their values.
  Open (*declare)(cli::CommandLine& line);
};

// ---- the table
extern const Endpoint kStreams;
extern const Endpoint kRelp;
extern const Endpoint kLogd;
extern const Endpoint kAmqp;
extern const Endpoint kDatagrams;
extern const Endpoint kFiles;

// In a program of libexec: what it has beside these. Each such program has a file that defines it, and so has logsend
// itself (no_plugin.cc).
std::span<const Endpoint* const> plugin_endpoints();

std::span<const Endpoint* const> all_endpoints();
const cli::Endpoints& endpoints();

// The options that several kinds share.
void declare_shared(cli::CommandLine& line, SharedOptions& options);

}  // namespace logsend
