#include "tools/logsend/http/client.h"

#include <curl/curl.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "base/ascii.h"
#include "base/clock.h"
#include "net/acknowledgement.h"
#include "net/address.h"
#include "net/expected_peer.h"
#include "net/socket.h"
#include "tools/logsend/http/multi.h"

namespace logsend::http {
namespace {

constexpr long kUploadBuffer = 512 << 10;  // given to the kernel at once
constexpr std::size_t kMostHeaders = 200;
constexpr int kLooks = 4;  // for bytes that have moved, within the timeout

// Of options that this version of the library has, so that only memory can be lacking.
template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
  curl_easy_setopt(easy, option, value);
}

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

HeaderList header_list(const std::vector<std::string>& headers) {
  curl_slist* list = nullptr;
  for (const std::string& header : headers) list = curl_slist_append(list, header.c_str());
  return HeaderList(list);
}

long seconds_since(base::Instant time) {
  return std::max<long>(1, std::chrono::floor<std::chrono::seconds>(base::now() - time).count());
}

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};

}  // namespace

struct Client::Impl {
  // One request.
  struct Transfer {
    Transfer(Impl& owner, event::Loop& loop, Client::Id number, Done callback)
        : impl(owner), id(number), done(std::move(callback)), patience(loop, [this] { impl.look_at(*this); }) {}

    Impl& impl;
    Client::Id id;
    Done done;
    std::unique_ptr<CURL, FreeEasy> easy{curl_easy_init()};
    HeaderList headers = {};
    std::size_t body_bytes = 0;
    std::size_t answer_bytes = 0;
    Outcome outcome = {};
    bool in_head = false;
    bool not_public = false;                 // an address of the server that was not used
    curl_socket_t socket = CURL_SOCKET_BAD;  // that was last watched for it
    char error[CURL_ERROR_SIZE] = {};
    event::Timer patience;
    curl_off_t moved = 0;  // bytes, by then:
    base::Instant moved_at = base::now();
  };

  Impl(event::Loop& event_loop, ClientOptions given) : loop(event_loop), options(std::move(given)) {}
  ~Impl();

  Transfer& add(const std::string& url, std::size_t answer_bytes, Done done);
  void set_tls(CURL* easy) const;
  void begin(Transfer& transfer);
  static Transfer* transfer_of(CURL* easy);
  void ended(CURL* easy, CURLcode code);
  void look_at(Transfer& transfer);
  void remove(Client::Id id);

  // ---- called by libcurl
  static std::size_t take_header(char* data, std::size_t size, std::size_t count, void* transfer) noexcept;
  static std::size_t take_body(char* data, std::size_t size, std::size_t count, void* transfer) noexcept;
  static curl_socket_t open_socket(void* transfer, curlsocktype purpose, curl_sockaddr* address) noexcept;
  static int set_socket(void* impl, curl_socket_t socket, curlsocktype purpose) noexcept;
  static CURLcode set_context(CURL* easy, void* context, void* impl) noexcept;

  event::Loop& loop;
  ClientOptions options;
  std::unique_ptr<Multi> multi = {};
  std::map<Client::Id, std::unique_ptr<Transfer>> transfers = {};
  Client::Id last = 0;
  bool fresh = false;                           // the next request uses a connection of its own
  std::optional<base::Instant> forgotten = {};  // connections from before are not used any more
};

Client::Impl::~Impl() {
  for (auto& [id, transfer] : transfers) multi->remove(transfer->easy.get());
}

// The address is the one that is connected to, whatever a name means a moment later.
curl_socket_t Client::Impl::open_socket(void* of, curlsocktype /*purpose*/, curl_sockaddr* address) noexcept {
  Transfer& transfer = *static_cast<Transfer*>(of);
  if (net::is_public(&address->addr))
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  transfer.not_public = true;
  return CURL_SOCKET_BAD;
}

int Client::Impl::set_socket(void* data, curl_socket_t socket, curlsocktype /*purpose*/) noexcept {
  const Impl& impl = *static_cast<Impl*>(data);
  const bool good = !impl.options.keepalive || net::set_keepalive(socket, *impl.options.keepalive);
  return good ? CURL_SOCKOPT_OK : CURL_SOCKOPT_ERROR;
}

CURLcode Client::Impl::set_context(CURL* /*easy*/, void* context, void* data) noexcept {
  const Impl& impl = *static_cast<Impl*>(data);
  return net::expect_peer(static_cast<ssl_ctx_st*>(context), impl.options.tls.peer) ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
}

// ---- an answer

// A line of its head: of an informational answer too, and of trailers.
std::size_t Client::Impl::take_header(char* data, std::size_t size, std::size_t count, void* of) noexcept {
  Transfer& transfer = *static_cast<Transfer*>(of);
  Outcome& outcome = transfer.outcome;
  const std::string_view line = base::trimmed({data, size * count});
  if (line.starts_with("HTTP/")) {
    const std::size_t space = std::min(line.find(' '), line.size());
    const std::string_view rest = base::trimmed(line.substr(space));
    outcome.status = 0;
    std::from_chars(rest.data(), rest.data() + rest.size(), outcome.status);
    outcome.reason = base::trimmed(rest.substr(std::min<std::size_t>(3, rest.size())));
    outcome.headers.clear();
    transfer.in_head = true;
    curl_off_t sent = 0;
    curl_easy_getinfo(transfer.easy.get(), CURLINFO_SIZE_UPLOAD_T, &sent);
    // On a connection of HTTP/1 nothing follows the request, so that whoever has read it has acknowledged all.
    const bool unread =
        line.starts_with("HTTP/1") && transfer.socket != CURL_SOCKET_BAD && net::is_unacknowledged(transfer.socket);
    outcome.early = static_cast<std::size_t>(sent) < transfer.body_bytes || unread;
  } else if (line.empty()) {
    transfer.in_head = false;
    outcome.answered = outcome.status >= 200;
  } else if (const std::size_t colon = line.find(':');
             transfer.in_head && colon != line.npos && outcome.headers.size() < kMostHeaders) {
    outcome.headers.push_back(
        {base::lower(base::trimmed(line.substr(0, colon))), std::string(base::trimmed(line.substr(colon + 1)))});
  }
  return size * count;
}

std::size_t Client::Impl::take_body(char* data, std::size_t size, std::size_t count, void* of) noexcept {
  Transfer& transfer = *static_cast<Transfer*>(of);
  const std::size_t bytes = size * count;
  std::string& body = transfer.outcome.body;
  body.append(data, std::min(bytes, transfer.answer_bytes - body.size()));
  transfer.outcome.too_long = body.size() == transfer.answer_bytes && bytes > 0;
  return transfer.outcome.too_long ? 0 : bytes;  // 0 ends the transfer
}

// ---- requests

Client::Impl::Transfer& Client::Impl::add(const std::string& url, std::size_t answer_bytes, Done done) {
  const Client::Id id = ++last;
  Transfer& transfer =
      *transfers.emplace(id, std::make_unique<Transfer>(*this, loop, id, std::move(done))).first->second;
  transfer.answer_bytes = std::max<std::size_t>(answer_bytes, 1);
  CURL* easy = transfer.easy.get();
  const auto connect_time = std::chrono::ceil<std::chrono::milliseconds>(options.connect_timeout).count();
  set(easy, CURLOPT_URL, url.c_str());
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_PATH_AS_IS, 1L);
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(easy, CURLOPT_USERAGENT, "logpipe/" LOGPIPE_VERSION);
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_time));
  set(easy, CURLOPT_UPLOAD_BUFFERSIZE, kUploadBuffer);
  set(easy, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
  if (forgotten) set(easy, CURLOPT_MAXLIFETIME_CONN, seconds_since(*forgotten));
  set(easy, CURLOPT_ERRORBUFFER, transfer.error);
  set(easy, CURLOPT_HEADERFUNCTION, &take_header);
  set(easy, CURLOPT_HEADERDATA, &transfer);
  set(easy, CURLOPT_WRITEFUNCTION, &take_body);
  set(easy, CURLOPT_WRITEDATA, &transfer);
  set(easy, CURLOPT_SOCKOPTFUNCTION, &set_socket);
  set(easy, CURLOPT_SOCKOPTDATA, this);
  set(easy, CURLOPT_PRIVATE, &transfer);
  if (options.public_only) {
    set(easy, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
    set(easy, CURLOPT_OPENSOCKETDATA, &transfer);
    set(easy, CURLOPT_PROXY, "");
  }
  set_tls(easy);
  if (options.proxy && !options.public_only) set(easy, CURLOPT_PROXY, options.proxy->c_str());
  return transfer;
}

// Names of the peer are OpenSSL's business where they are not those of the URL.
void Client::Impl::set_tls(CURL* easy) const {
  const bool verify = options.tls.verify != net::TlsVerify::none;
  set(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);  // authorities are read again for each connection, as certificates are
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(easy, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
  set(easy, CURLOPT_SSL_VERIFYHOST, verify && options.tls.peer.empty() ? 2L : 0L);
  if (!options.tls.ca_file.empty()) {
    set(easy, CURLOPT_CAINFO, options.tls.ca_file.c_str());
    set(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  if (!options.tls.cert_file.empty()) {
    const std::string& key = options.tls.key_file.empty() ? options.tls.cert_file : options.tls.key_file;
    set(easy, CURLOPT_SSLCERT, options.tls.cert_file.c_str());
    set(easy, CURLOPT_SSLKEY, key.c_str());
  }
  if (verify && !options.tls.peer.empty()) {
    set(easy, CURLOPT_SSL_CTX_FUNCTION, &set_context);
    set(easy, CURLOPT_SSL_CTX_DATA, this);
  }
}

void Client::Impl::begin(Transfer& transfer) {
  fresh = false;
  if (options.timeout > base::Duration::zero()) transfer.patience.start(options.timeout / kLooks);
  multi->add(transfer.easy.get());
}

Client::Impl::Transfer* Client::Impl::transfer_of(CURL* easy) {
  void* of = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &of);
  return static_cast<Transfer*>(of);
}

void Client::Impl::ended(CURL* easy, CURLcode code) {
  Transfer& transfer = *transfer_of(easy);
  Outcome outcome = std::move(transfer.outcome);
  outcome.cut = code != CURLE_OK && !outcome.too_long;
  outcome.failure = transfer.error[0] != '\0' ? transfer.error : curl_easy_strerror(code);
  if (transfer.not_public) outcome.failure = "it has no public address (--public-only)";
  if (outcome.status == 0) outcome.answered = code == CURLE_OK;
  const Done done = std::move(transfer.done);
  remove(transfer.id);
  done(std::move(outcome));
}

// A peer that moves no byte for the whole time is given up.
void Client::Impl::look_at(Transfer& transfer) {
  curl_off_t sent = 0;
  curl_off_t received = 0;
  curl_easy_getinfo(transfer.easy.get(), CURLINFO_SIZE_UPLOAD_T, &sent);
  curl_easy_getinfo(transfer.easy.get(), CURLINFO_SIZE_DOWNLOAD_T, &received);
  const base::Instant now = base::now();
  if (std::exchange(transfer.moved, sent + received) != sent + received) transfer.moved_at = now;
  if (now - transfer.moved_at < options.timeout) return transfer.patience.start(options.timeout / kLooks);
  Outcome outcome = std::move(transfer.outcome);
  outcome.cut = true;
  outcome.failure = "no answer for " + base::format_duration(options.timeout);
  const Done done = std::move(transfer.done);
  remove(transfer.id);
  done(std::move(outcome));
}

void Client::Impl::remove(Client::Id id) {
  const auto found = transfers.find(id);
  if (found == transfers.end()) return;
  const std::unique_ptr<Transfer> transfer = std::move(found->second);
  transfers.erase(found);
  multi->remove(transfer->easy.get());
}

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::~Client() = default;

base::Result<std::unique_ptr<Client>> Client::create(event::Loop& loop, ClientOptions options) {
  auto impl = std::make_unique<Impl>(loop, std::move(options));
  Impl* const raw = impl.get();
  impl->multi =
      TRY(Multi::create(loop, {.ended = [raw](void* easy, int code) { raw->ended(easy, static_cast<CURLcode>(code)); },
                               .watched =
                                   [](void* easy, int socket) {
                                     // The library also watches on its own account, such as while it closes a
                                     // connection.
                                     if (Impl::Transfer* const transfer = Impl::transfer_of(easy))
                                       transfer->socket = socket;
                                   }}));
  return std::unique_ptr<Client>(new Client(std::move(impl)));
}

Client::Id Client::start(const Call& call, Done done) {
  Impl::Transfer& transfer = impl_->add(call.url, call.answer_bytes, std::move(done));
  CURL* easy = transfer.easy.get();
  transfer.body_bytes = call.body.size();
  std::vector<std::string> headers = call.headers;
  headers.emplace_back("Expect:");  // a server that says 100 first costs a round trip for every request
  transfer.headers = header_list(headers);
  set(easy, CURLOPT_POST, 1L);
  set(easy, CURLOPT_POSTFIELDS, call.body.data());
  set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
  set(easy, CURLOPT_CUSTOMREQUEST, call.method.c_str());
  set(easy, CURLOPT_HTTPHEADER, transfer.headers.get());
  if (!call.user.empty() || !call.password.empty()) {
    set(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(easy, CURLOPT_USERNAME, call.user.c_str());
    set(easy, CURLOPT_PASSWORD, call.password.c_str());
  }
  if (!call.proxy_user.empty()) {
    set(easy, CURLOPT_PROXYUSERNAME, call.proxy_user.c_str());
    set(easy, CURLOPT_PROXYPASSWORD, call.proxy_password.c_str());
  }
  impl_->begin(transfer);
  return transfer.id;
}

Client::Id Client::probe(const std::string& url, Done done) {
  Impl::Transfer& transfer = impl_->add(url, 1, std::move(done));
  set(transfer.easy.get(), CURLOPT_CONNECT_ONLY, 1L);
  impl_->begin(transfer);
  return transfer.id;
}

void Client::stop(Id id) {
  impl_->remove(id);
}

base::Result<void> Client::close_idle_connections() {
  return impl_->transfers.empty() ? impl_->multi->close_connections() : base::Result<void>();
}

void Client::forget_connections() {
  impl_->fresh = true;
  impl_->forgotten = base::now();
}

}  // namespace logsend::http
