// The kinds of sources, as a const table: endpoints/ has a file for each kind, with all there is to say about it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "cli/command_line.h"
#include "cli/endpoint.h"
#include "event/loop.h"
#include "net/listening_source.h"
#include "net/tls.h"
#include "net/url.h"
#include "stream/flow.h"
#include "stream/frame.h"
#include "stream/output.h"

namespace logcat {

// Of options that belong to several kinds, and of the whole run.
struct SharedOptions {
  std::optional<stream::Framing> framing;  // none: recognised
  std::size_t max_message = stream::kDefaultMaxMessage;
  std::uint64_t max_connections = 1000;
  base::Duration idle_timeout = base::Duration::zero();
  std::string credentials = {};               // a file; empty: none
  std::shared_ptr<net::TlsContext> tls = {};  // where a listener needs it
  net::TlsOptions tls_files = {};             // what it was made of
  bool peers = false;                         // senders of messages will be asked for
  bool exact = false;                         // the sink may know of an origin, and there is one kind of source
};

// What is opened: messages for all addresses of a kind.
struct Opened {
  std::unique_ptr<stream::Source> source;
  net::ListeningSource* senders = nullptr;  // the same, where others send to it
  bool one_shot = false;                    // it ends by itself, and can be read again
  // At its end: what could not be read of it, which it has reported. Empty: that ends it.
  std::function<std::optional<base::Kind>()> failure = {};
  std::vector<std::string> addresses = {};  // at which it listens beside that
  // With SharedOptions::exact: what the ids that it gives belong to (stream::OutputOptions). Empty: it gives none.
  std::string origin = {};
  stream::RenewOrigin renew_origin = {};
  std::function<void(const stream::Greeting&)> on_greeting = {};
};

using Open = std::function<base::Result<Opened>(event::Loop& loop, const std::vector<net::Url>& urls,
                                                const SharedOptions& options, const cli::Context& context)>;

struct Endpoint {
  cli::Endpoint endpoint;
  bool listens;  // and so does not end by itself
  // Declares the options that only this kind has. What it returns uses their values.
  Open (*declare)(cli::CommandLine& line);
  bool connects = false;  // to a server, instead of waiting for others to connect
};

// A listening source as what was opened.
Opened opened(std::unique_ptr<net::ListeningSource> source);

// ---- the table
extern const Endpoint kFiles;
extern const Endpoint kStreams;
extern const Endpoint kDatagrams;
extern const Endpoint kRelp;
extern const Endpoint kHttp;
extern const Endpoint kRing;
extern const Endpoint kAmqp;

// In a program of libexec: what it has beside these. Each such program has a file that defines it, and so has logcat
// itself (no_plugin.cc).
std::span<const Endpoint* const> plugin_endpoints();

std::span<const Endpoint* const> all_endpoints();
const cli::Endpoints& endpoints();

// The URLs of the addresses, by their place in the table. No address at all is stdin.
base::Result<std::vector<std::vector<net::Url>>> parse_sources(const std::vector<std::string>& addresses);

// The options that several kinds share.
void declare_shared(cli::CommandLine& line, SharedOptions& options);

}  // namespace logcat
