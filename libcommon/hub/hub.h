// A hub: channels over HTTP. It takes messages (POST /logs), manages channels, and lets people look at them; what it is
// asked stands in tables (hub/route.h), and where it has it in a Store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/report.h"
#include "base/result.h"
#include "event/loop.h"
#include "http/reread_file.h"
#include "http/server.h"
#include "hub/credentials.h"
#include "hub/drain_options.h"
#include "hub/edits.h"
#include "hub/route.h"
#include "hub/store.h"
#include "net/url.h"
#include "stream/flow.h"
#include "stream/frame.h"

namespace hub {

class Drains;
class DrainSource;
class Ingest;
class Searches;
class SessionStore;
class Tails;

enum class Mode { normal, read_only, disabled };

struct HubOptions {
  http::ServerOptions server = {};
  std::size_t max_message = stream::kDefaultMaxMessage;
  std::string credentials = {};  // a file: see hub/credentials.h. Empty: nobody has any
  bool open = false;             // nobody needs any, on this host: requests have to name it by a loopback address
  DrainRules drains = {};
  DrainOptions sending = {};
  DrainSource* drain_source = nullptr;    // outlives the hub; null: drains are registered, and nothing is sent
  SessionStore* session_store = nullptr;  // outlives the hub; null: in memory, and they end with the hub
  Mode logs = Mode::normal;
  Mode sessions = Mode::normal;
  Mode api = Mode::normal;
  Mode legacy_api = Mode::normal;
};

class Hub final : public stream::Source, private http::Server::Handler {
 public:
  static base::Result<std::unique_ptr<Hub>> open(event::Loop& loop, Store& store, const std::vector<net::Url>& urls,
                                                 HubOptions options, base::Report report);
  ~Hub() override;

  // ---- for the functions of routes
  [[nodiscard]] event::Loop& loop() { return loop_; }
  [[nodiscard]] Store& store() { return store_; }
  [[nodiscard]] http::Server& server() { return *server_; }
  [[nodiscard]] Ingest& ingest() { return *ingest_; }
  [[nodiscard]] Tails& tails() { return *tails_; }
  [[nodiscard]] Searches& searches() { return *searches_; }
  [[nodiscard]] Drains* drains() { return drains_.get(); }  // null: see HubOptions::drain_source
  [[nodiscard]] const HubOptions& options() const { return options_; }
  [[nodiscard]] const base::Report& report() const { return report_; }
  // Whoever asks has a credential with full_api.
  bool sees_secrets(const http::Request& request);
  void answer(const Call& call, http::Response response);
  // The same with a body that comes in pieces.
  void stream(const Call& call, http::Response head, std::unique_ptr<http::Body> body);
  // What the store could not do for a channel; not every time.
  void report_trouble(const std::string& channel, const base::Error& error);

  // ---- a source without messages, for stream::pump(): so the signals and the service manager are served.
  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override;
  base::Result<void> acknowledge(std::uint64_t count) override;
  void stop() override;
  base::Result<void> reopen() override;
  [[nodiscard]] std::string state() const override;

  [[nodiscard]] std::vector<std::string> addresses() const { return server_->addresses(); }

 private:
  Hub(event::Loop& loop, Store& store, HubOptions options, base::Report report);

  std::optional<http::Response> refuse(const http::Request& head) override;
  const Credential* credential_of(const http::Request& request);
  std::optional<http::Response> unauthorized(const Route& route, const http::Request& request);
  [[nodiscard]] Mode mode_of(Part part) const;
  void serve(http::Exchange exchange, http::Request request, std::shared_ptr<const net::Peer> sender) override;
  [[nodiscard]] bool has_room(const http::Request& head) const override;

  event::Loop& loop_;
  Store& store_;
  HubOptions options_;
  base::Report report_;
  std::optional<http::RereadFile<Credentials>> credentials_;
  std::unique_ptr<Tails> tails_;  // outlives the bodies that the server has
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<Ingest> ingest_;
  std::unique_ptr<Searches> searches_;
  std::unique_ptr<Drains> drains_;
  static constexpr std::size_t kMostReported = 1000;
  std::unordered_map<std::string, base::Instant> reported_;  // troubles, by channel
  std::uint64_t unanswered_ = 0;
  bool stopped_ = false;
};

}  // namespace hub
