// http:// and https://: a server for what other collectors' senders post.
#include <memory>
#include <string>

#include "cli/options.h"
#include "tools/logcat/endpoints.h"
#include "tools/logcat/http/http_source.h"

namespace logcat {
namespace {

constexpr cli::Scheme kSchemes[] = {{"http", "http://[HOST]:PORT"}, {"https", "https://[HOST]:PORT"}};
constexpr std::string_view kOptions[] = {
    "--max-connections", "--idle-timeout", "--print-address",   "--add-peer",        "--api",          "--tokens",
    "--answer-timeout",  "--max-body",     "--request-timeout", "--response-status", "--log-requests", "--trust-proxy"};
constexpr char kGroup[] = "HTTP";

struct Own {
  HttpSourceOptions source;
  base::Bytes max_body{http::RequestLimits().body};
};

base::Result<std::optional<unsigned>> parse_status(const std::string& text) {
  constexpr std::string_view kDigits = "0123456789";
  if (text.size() != 3 || text[0] != '2' || text.find_first_not_of(kDigits) != text.npos)
    return base::fail(base::Kind::usage, "", "'" + text + "' is no status from 200 to 299");
  return std::optional(static_cast<unsigned>(std::stoul(text)));
}

base::Result<Opened> open(const Own& own, event::Loop& loop, const std::vector<net::Url>& urls,
                          const SharedOptions& options, const cli::Context& context) {
  HttpSourceOptions source = own.source;
  source.max_message = options.max_message;
  source.server.limits.body = static_cast<std::size_t>(own.max_body.count);
  source.server.max_connections = static_cast<std::size_t>(options.max_connections);
  source.server.idle_timeout = options.idle_timeout;
  source.server.tls = options.tls;
  source.server.sockets = context.sockets;
  return opened(TRY(HttpSource::open(loop, urls, std::move(source), context.report)));
}

Open declare(cli::CommandLine& line) {
  const auto own = std::make_shared<Own>();
  cli::Choices<std::string> names;
  for (const Api& api : apis()) names.emplace_back(api.name, api.name);
  cli::add_choice(line, "--api", own->source.api, names,
                  "how to read requests of which neither the path nor the content type says it")
      .value_name("API")
      .default_text("refuse them")
      .group(kGroup);
  line.add_text("--tokens", own->source.tokens,
                "take messages only with a token of this file, which has NAME TOKEN on each line")
      .value_name("FILE")
      .group(kGroup);
  cli::add_duration(line, "--answer-timeout", own->source.answer_timeout,
                    "answer 503 when the messages of a request are not safe after this time (default: 25s, for "
                    "logplex 4s)")
      .group(kGroup);
  cli::add_bytes(line, "--max-body", own->max_body, "refuse longer bodies (413), counted without their compression",
                 {1})
      .group(kGroup);
  cli::add_duration(line, "--request-timeout", own->source.server.request_timeout,
                    "answer 408 when a head, or 64 KiB of a body, take longer than this")
      .group(kGroup);
  cli::add_parsed(line, "--response-status", own->source.response_status, parse_status,
                  "answer this status in place of the API's own when the messages are safe: 200 to 299")
      .value_name("STATUS")
      .group(kGroup);
  line.add_texts("--trust-proxy", own->source.proxies,
                 "believe what this address says in X-Forwarded-For of where a request comes from; may be repeated")
      .value_name("ADDRESS")
      .group(kGroup);
  line.add_flag("--log-requests", own->source.server.log_requests, "report each answer on stderr").group(kGroup);
  return [own](event::Loop& loop, const std::vector<net::Url>& urls, const SharedOptions& options,
               const cli::Context& context) { return open(*own, loop, urls, options, context); };
}

}  // namespace

constinit const Endpoint kHttp{
    {kSchemes, "HTTP; a request is answered when its messages are safe", kOptions}, true, declare};

}  // namespace logcat
