#include "http/request_reader.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <optional>
#include <utility>

#include "codec/decode.h"

namespace http {
namespace {

namespace beast = boost::beast::http;
using Code = boost::beast::error_code;
using BeastView = boost::beast::string_view;
using Expected = tl::expected<RequestReader::Stage, Refusal>;

constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::size_t kLongestChunkLine = 4 << 10;  // with its extensions, and the trailers

std::string_view view(BeastView text) {
  return {text.data(), text.size()};
}

tl::unexpected<Refusal> refuse(unsigned status, std::string reason) {
  return tl::unexpected(Refusal{status, std::move(reason)});
}

tl::unexpected<Refusal> refuse(const Code& error) {
  if (error == beast::error::header_limit) return refuse(431, "the head of the request is too long");
  if (error == beast::error::body_limit) return refuse(413, "the body is too long");
  if (error == beast::error::bad_version) return refuse(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  return refuse(400, "this is no valid HTTP request: " + error.message());
}

std::size_t count_of(const std::vector<Header>& headers, std::string_view name) {
  return static_cast<std::size_t>(
      std::ranges::count_if(headers, [name](const Header& header) { return same_word(header.name, name); }));
}

std::optional<Refusal> check_framing(const Request& request) {
  const auto coding = request.header("Transfer-Encoding");
  const auto length = request.header("Content-Length");
  if (coding && length) return Refusal{400, "the request has both Content-Length and Transfer-Encoding"};
  if (coding && request.http_1_0) return Refusal{400, "HTTP/1.0 has no Transfer-Encoding"};
  if (coding && (count_of(request.headers, "Transfer-Encoding") > 1 || !same_word(*coding, "chunked")))
    return Refusal{501, "the only Transfer-Encoding that is understood is chunked"};
  if (count_of(request.headers, "Content-Length") > 1) return Refusal{400, "the request has two Content-Lengths"};
  if (length && length->find_first_not_of("0123456789") != length->npos)
    return Refusal{400, "the Content-Length is no number"};
  return std::nullopt;
}

// What the parser leaves to its user, and what it accepts although others read it in another way.
std::optional<Refusal> check_head(const Request& request, std::string_view head) {
  if (head.find("\r\n ") != head.npos || head.find("\r\n\t") != head.npos)
    return Refusal{400, "a header goes on in a second line"};
  if (auto refusal = check_framing(request)) return refusal;
  const std::size_t hosts = count_of(request.headers, "Host");
  if (hosts > 1 || (hosts == 0 && !request.http_1_0)) return Refusal{400, "the request needs exactly one Host"};
  if (const auto expected = request.header("Expect"); expected && !same_word(*expected, "100-continue"))
    return Refusal{417, "the only expectation that is understood is 100-continue"};
  return std::nullopt;
}

tl::expected<std::unique_ptr<codec::Decoder>, Refusal> decoder_of(const Request& request) {
  const std::string_view coding = request.header("Content-Encoding").value_or("identity");
  if (coding.empty() || same_word(coding, "identity")) return nullptr;
  if (same_word(coding, "gzip") || same_word(coding, "x-gzip")) return codec::make_gzip_decoder();
  if (same_word(coding, "deflate")) return codec::make_deflate_decoder();
  if (same_word(coding, "zstd")) return codec::make_zstd_decoder(codec::kHttpZstdWindow);
  return refuse(415, "the Content-Encodings that are understood are gzip, deflate and zstd");
}

}  // namespace

// Fills a Request. An error in a callback is kept in refusal(), and the parser gets a code that stops it.
class RequestReader::Parser final : public beast::basic_parser<true> {
 public:
  explicit Parser(const RequestLimits& limits) : limits_(limits) {
    header_limit(static_cast<std::uint32_t>(limits.head));
    body_limit(limits.body);
  }

  [[nodiscard]] Request& request() { return request_; }
  [[nodiscard]] const std::optional<Refusal>& refusal() const { return refusal_; }

  // The head was parsed: it may still be refused, and the body needs a decoder.
  std::optional<Refusal> begin_body(std::string_view head) {
    request_.keep_alive = keep_alive();
    in_body_ = true;
    if (auto refusal = check_head(request_, head)) return refusal;
    auto decoder = decoder_of(request_);
    if (!decoder) return std::move(decoder.error());
    decoder_ = std::move(*decoder);
    return std::nullopt;
  }

  // What was read last was the line of a chunk, of the last one also the trailers.
  [[nodiscard]] bool read_chunk_line() { return std::exchange(read_chunk_line_, false); }

  std::optional<Refusal> end_body() {
    if (!encoded_) return std::nullopt;
    if (auto finished = decoder_->finish(); !finished) return Refusal{400, finished.error().why};
    return std::nullopt;
  }

 private:
  void on_request_impl(beast::verb, BeastView method, BeastView target, int version, Code& error) override {
    request_.method = view(method);
    request_.target = view(target);
    request_.http_1_0 = version == 10;
    error = {};
  }
  void on_response_impl(int, BeastView, int, Code& error) override { error = {}; }
  // Headers after the body (trailers) change nothing: what a request means is decided by its head.
  void on_field_impl(beast::field, BeastView name, BeastView value, Code& error) override {
    if (!in_body_) request_.headers.push_back({std::string(view(name)), std::string(view(value))});
    error = {};
  }
  void on_header_impl(Code& error) override { error = {}; }
  void on_body_init_impl(boost::optional<std::uint64_t> const&, Code& error) override { error = {}; }
  std::size_t on_body_impl(BeastView bytes, Code& error) override { return take(view(bytes), error); }
  void on_chunk_header_impl(std::uint64_t, BeastView, Code& error) override {
    read_chunk_line_ = true;
    error = {};
  }
  std::size_t on_chunk_body_impl(std::uint64_t, BeastView bytes, Code& error) override {
    return take(view(bytes), error);
  }
  void on_finish_impl(Code& error) override { error = {}; }

  std::size_t take(std::string_view bytes, Code& error) {
    error = {};
    const std::size_t size = bytes.size();
    if (!decoder_) {
      append(bytes, error);
      return size;
    }
    encoded_ = true;
    // Also behind the last byte something may still come out.
    for (bool more = true; more && !error;) {
      const auto decoded = decoder_->decode(bytes);
      if (decoded)
        append(*decoded, error);
      else
        stop({400, decoded.error().why}, error);
      more = decoded && !decoded->empty();
    }
    return size - bytes.size();
  }

  void append(std::string_view bytes, Code& error) {
    if (bytes.size() > limits_.body - request_.body.size())
      stop({413, "the body is longer than " + std::to_string(limits_.body) + " bytes"}, error);
    else
      request_.body += bytes;
  }

  void stop(Refusal refusal, Code& error) {
    refusal_ = std::move(refusal);
    error = beast::error::bad_value;
  }

  RequestLimits limits_;
  Request request_;
  std::unique_ptr<codec::Decoder> decoder_;
  bool encoded_ = false;  // bytes have come for the decoder
  std::optional<Refusal> refusal_;
  bool in_body_ = false;
  bool read_chunk_line_ = false;
};

RequestReader::RequestReader(RequestLimits limits) : limits_(limits), parser_(std::make_unique<Parser>(limits)) {}
RequestReader::~RequestReader() = default;

RequestReader::Stage RequestReader::stage() const {
  return stage_;
}

bool RequestReader::at_start() const {
  return stage_ == Stage::head && partial_.empty();
}

const Request& RequestReader::request() const {
  return parser_->request();
}

bool RequestReader::expects_continue() const {
  return expects_continue_;
}

std::size_t RequestReader::held() const {
  return partial_.capacity() + parser_->request().body.capacity();
}

Request RequestReader::take() {
  Request request = std::move(parser_->request());
  parser_ = std::make_unique<Parser>(limits_);
  stage_ = Stage::head;
  return request;
}

Expected RequestReader::read(std::string_view& input) {
  if (stage_ == Stage::head) return read_head(input);
  if (stage_ == Stage::body) return read_body(input);
  return stage_;
}

// The parser gets a head when it is whole.
Expected RequestReader::read_head(std::string_view& input) {
  if (input.empty()) return stage_;
  // One empty line before a request is allowed (RFC 9112, section 2.2).
  const std::size_t old = partial_.size();
  const std::size_t taken = std::min(input.size(), limits_.head + 2 - std::min(old, limits_.head + 2));
  partial_ += input.substr(0, taken);
  const std::size_t start = partial_.starts_with("\r\n") ? 2 : 0;
  const auto end = partial_.find(kHeadEnd, std::max(old > 3 ? old - 3 : 0, start));
  const std::string_view head = std::string_view(partial_).substr(start, end == partial_.npos ? end : end + 4 - start);
  for (auto lf = head.find('\n', old > start ? old - start : 0); lf != head.npos; lf = head.find('\n', lf + 1))
    if (lf == 0 || head[lf - 1] != '\r') return refuse(400, "a line does not end with CR LF");
  if (end == partial_.npos) {
    if (head.size() >= limits_.head) return refuse(431, "the head of the request is too long");
    input.remove_prefix(taken);
    return stage_;
  }
  input.remove_prefix(end + kHeadEnd.size() - old);
  if (head.size() > limits_.head) return refuse(431, "the head of the request is too long");
  Code error;
  for (std::string_view rest = head; !parser_->is_header_done();) {
    rest.remove_prefix(parser_->put({rest.data(), rest.size()}, error));
    if (error) return refuse(error == beast::error::need_more ? Code(beast::error::bad_field) : error);
  }
  if (auto refusal = parser_->begin_body(head)) return tl::unexpected(std::move(*refusal));
  partial_.clear();
  expects_continue_ = !parser_->is_done() && !request().http_1_0 && request().header("Expect").has_value();
  return stage_ = Stage::body;
}

Expected RequestReader::read_body(std::string_view& input) {
  while (!parser_->is_done()) {
    if (input.empty()) return stage_;
    expects_continue_ = false;
    // A line of a chunk that comes in pieces is put together; what is behind it goes back into the input.
    const std::size_t added = partial_.empty() ? 0 : std::min(input.size(), kLongestChunkLine);
    partial_ += input.substr(0, added);
    const std::string_view bytes = partial_.empty() ? input : std::string_view(partial_);
    Code error;
    const std::size_t used = parser_->put({bytes.data(), bytes.size()}, error);
    if (parser_->refusal()) return tl::unexpected(*parser_->refusal());
    if (error && error != beast::error::need_more) return refuse(error);
    const std::size_t left = bytes.size() - used;
    if ((parser_->read_chunk_line() ? used : used == 0 ? left : 0) > kLongestChunkLine)
      return refuse(400, "the line of a chunk, or its trailers, are too long");
    if (used == 0) {
      if (partial_.empty()) partial_ = bytes;
      input.remove_prefix(added > 0 ? added : input.size());
    } else {
      input.remove_prefix(partial_.empty() ? used : added - left);
      partial_.clear();
    }
  }
  if (auto refusal = parser_->end_body()) return tl::unexpected(std::move(*refusal));
  return stage_ = Stage::complete;
}

}  // namespace http
