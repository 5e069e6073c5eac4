#include "tools/logsend/http/endpoint.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/uuid.h"
#include "cli/credentials.h"
#include "tools/logsend/http/headers.h"
#include "tools/logsend/http/http_sink.h"
#include "tools/logsend/on_reject.h"

namespace logsend::http {
namespace {

constexpr cli::Scheme kSchemes[] = {{"http", "http://HOST[:PORT][/PATH]"}, {"https", "https://HOST[:PORT][/PATH]"}};
constexpr std::string_view kOptions[] = {"--public-only", "--connect-timeout", "--timeout", "--keepalive",
                                         "--idle-timeout", "--window", "--window-messages", "--on-reject",
                                         // its own
                                         "--api", "--method", "--header", "--header-file", "--content-type",
                                         "--credentials", "--compress", "--proxy", "--proxy-credentials",
                                         "--batch-messages", "--batch-bytes", "--batch-time", "--parallel", "--give-up",
                                         // of APIs
                                         "--labels", "--ack-timeout"};

constexpr char kGroup[] = "HTTP";

struct Own {
  std::string api;
  std::string method = "POST";
  std::vector<std::string> headers;
  std::string header_file;
  std::string content_type;
  std::string credentials;
  std::optional<std::string> proxy;
  std::string proxy_credentials;
  codec::Coding compress = codec::Coding::plain;
  std::uint64_t batch_messages = 10000;
  base::Bytes batch_bytes{1 << 20};
  base::Duration batch_time = base::Duration::zero();
  std::uint64_t parallel = 1;
  std::optional<std::uint64_t> give_up;
  std::vector<MakeApi> make;  // by their place among the kinds
};

base::Result<Extras> read_extras(const Own& own) {
  Extras extras{.headers = own.headers};
  if (!own.header_file.empty()) {
    const std::string what = "read headers " + own.header_file;
    auto headers = parse_headers(TRY(cli::read_secret_file(own.header_file, what)));
    if (!headers) return base::fail(base::Kind::config, what, headers.error().why);
    extras.headers.insert(extras.headers.end(), headers->begin(), headers->end());
  }
  if (const auto credentials = TRY(cli::read_credentials(own.credentials))) {
    extras.user = credentials->user;
    extras.password = credentials->password;
  }
  if (const auto credentials = TRY(cli::read_credentials(own.proxy_credentials))) {
    if (credentials->user.empty())
      return base::fail(base::Kind::config, "read credentials " + own.proxy_credentials, "USER:PASSWORD is needed");
    extras.proxy_user = credentials->user;
    extras.proxy_password = credentials->password;
  }
  return extras;
}

// libcurl takes what has no scheme for http://, and the empty one for none. Others can read the command line, so that a
// password does not belong there.
base::Result<std::string> parse_proxy(const std::string& text) {
  constexpr std::string_view kProxies[] = {"http", "https", "socks4", "socks4a", "socks5", "socks5h"};
  const auto fail = [](const char* why) { return base::fail(base::Kind::usage, "read a proxy", why); };
  if (text.find('@') != text.npos) return fail("user and password belong into --proxy-credentials");
  const std::size_t end = text.find("://");
  if (end != text.npos && std::ranges::find(kProxies, std::string_view(text).substr(0, end)) == std::end(kProxies))
    return fail("proxies are http, https, socks4, socks4a, socks5 and socks5h");
  return text;
}

std::string path_without_query(const net::Url& url) {
  return url.path.substr(0, url.path.find_first_of("?#"));
}

HttpOptions sink_options(const Own& own, const SharedOptions& shared, const cli::Context& context,
                         const Traits& traits) {
  HttpOptions options;
  options.client = {.connect_timeout = shared.connect_timeout, .keepalive = shared.keepalive, .tls = shared.tls_files};
  options.client.public_only = shared.public_only;
  options.client.proxy = own.proxy;
  options.client.timeout = shared.timeout.value_or(options.client.timeout);
  const std::size_t most = own.batch_bytes.count;
  options.outbox = {.messages = static_cast<std::size_t>(own.batch_messages),
                    .bytes = most > traits.frame_bytes ? most - traits.frame_bytes : 1,
                    .window = shared.window.count,
                    .window_messages = static_cast<std::size_t>(shared.window_messages),
                    .keep_texts = shared.on_reject.drop || !shared.on_reject.buffer.empty()};
  options.requests = {.method = own.method, .content_type = own.content_type, .compress = own.compress};
  options.batch_time = own.batch_time;
  options.parallel = static_cast<std::size_t>(own.parallel);
  options.give_up = own.give_up;
  options.drain_time = shared.sink.pump.drain_time;
  options.idle_timeout = shared.idle_timeout;
  options.probe = context.invitation && context.invitation->retry_time;
  options.seed = shared.dial().seed;
  return options;
}

base::Result<Opened> open(event::Loop& loop, const std::vector<net::Url>& urls, const SharedOptions& shared,
                          const cli::Context& context, const std::shared_ptr<Own>& own) {
  const Setting setting{.origin = context.invitation ? context.invitation->origin : "",
                        .path = path_without_query(urls.front())};
  const auto place = find_kind(own->api, setting.path, own->content_type);
  const std::shared_ptr<const Api> api = TRY(own->make[*place](setting));
  const Targets targets = TRY(Targets::compile(urls, kinds()[*place]->default_path));
  own->credentials = shared.credentials;
  HttpOptions options = sink_options(*own, shared, context, api->traits());
  options.read_extras = [own] { return read_extras(*own); };
  const std::uint64_t nonce = TRY(base::random_number());

  const auto open_sender = [&](codec::Reject on_reject) -> base::Result<std::unique_ptr<RejectingSink>> {
    options.on_reject = std::move(on_reject);
    auto encoder = TRY(Encoder::create(shared.events, api->traits(), targets.has_fields(), setting.origin, nonce));
    return HttpSink::open(loop, targets, api, std::move(encoder), options, context.report);
  };
  auto sink = open_rejecting(loop, open_sender, shared, context.report);
  if (sink) sink->processes = true;
  return sink;
}

void declare_requests(cli::CommandLine& line, Own& own) {
  std::vector<std::string> names;
  std::string list;
  for (const Kind* kind : kinds()) {
    names.emplace_back(kind->name);
    list += (list.empty() ? "" : ", ") + names.back();
  }
  const auto parse_api = [names](const std::string& text) -> base::Result<std::string> {
    TRY(cli::choose(text, names));
    return text;
  };
  cli::add_parsed(line, "--api", own.api, parse_api,
                  "what the server understands: " + list +
                      " (default: by the URL's path, else by --content-type, else "
                      "lines)")
      .value_name("NAME")
      .choices(names)
      .group(kGroup);
  line.add_text("--method", own.method, "the method of requests").value_name("NAME").group(kGroup);
  const auto take_header = [&own](const std::string& text) -> base::Result<void> {
    TRY(check_header(text));
    own.headers.push_back(text);
    return {};
  };
  line.add_values("--header", take_header,
                  "send this header too, instead of one of that name; may be given several times")
      .value_name("NAME: VALUE")
      .group(kGroup);
  line.add_text("--header-file", own.header_file,
                "send the headers in this file, or in the systemd credential of this name, one on each line")
      .value_name("FILE")
      .group(kGroup);
  line.add_text("--content-type", own.content_type, "say that bodies are of this type")
      .value_name("TYPE")
      .group(kGroup);
  cli::add_parsed(line, "--proxy", own.proxy, parse_proxy,
                  "send by this proxy; empty: by none (default: as the environment says)")
      .value_name("URL")
      .group(kGroup);
  line.add_text("--proxy-credentials", own.proxy_credentials,
                "read the proxy's USER:PASSWORD from this file, or from the systemd credential of this name")
      .value_name("FILE")
      .group(kGroup);
}

void declare_batches(cli::CommandLine& line, Own& own) {
  const cli::Choices<codec::Coding> codings{{"gzip", codec::Coding::gzip}, {"zstd", codec::Coding::zstd}};
  cli::add_choice(line, "--compress", own.compress, codings, "compress bodies as gzip or zstd")
      .value_name("CODING")
      .group(kGroup);
  cli::add_number(line, "--batch-messages", own.batch_messages, "send at most this many messages in a request", 1)
      .group(kGroup);
  cli::add_bytes(line, "--batch-bytes", own.batch_bytes,
                 "send at most this much in a request, before --compress; a longer message goes alone", {1})
      .group(kGroup);
  cli::add_duration(line, "--batch-time", own.batch_time,
                    "let a request wait for more messages for this time; 0: send what there is as soon as a request "
                    "may go")
      .group(kGroup);
  cli::add_number(line, "--parallel", own.parallel,
                  "let this many requests be under way at the same time; with more than one, order may change", 1)
      .group(kGroup);
  cli::add_number(line, "--give-up", own.give_up,
                  "drop messages when this many requests with them have failed (default: never)", 1)
      .group(kGroup);
}

Open declare(cli::CommandLine& line) {
  const auto own = std::make_shared<Own>();
  declare_requests(line, *own);
  declare_batches(line, *own);
  for (const Kind* kind : kinds()) own->make.push_back(kind->declare(line));
  return [own](event::Loop& loop, const std::vector<net::Url>& urls, const SharedOptions& shared,
               const cli::Context& context) { return open(loop, urls, shared, context, own); };
}

}  // namespace

constinit const Endpoint kHttp{
    {kSchemes, "HTTP, several to try in order; safe when the server has answered 2xx", kOptions}, false, declare};

}  // namespace logsend::http
