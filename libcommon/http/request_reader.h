// Takes HTTP/1.1 requests out of the bytes of a connection, strictly: what two programs could read in two ways is
// refused (RFC 9112, section 11.2). Passive.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "http/request.h"

namespace http {

struct RequestLimits {
  std::size_t head = 16 << 10;  // bytes of request line and headers
  std::size_t body = 16 << 20;  // bytes, as they come and without their Content-Encoding
};

// Why a request is not taken: the status of its answer, after which the connection has to be closed.
struct Refusal {
  unsigned status;     // 400, 413, 415, 417, 431, 501 or 505
  std::string reason;  // for people
};

class RequestReader {
 public:
  enum class Stage {
    head,      // of the request line and the headers nothing or a part is here
    body,      // they are here
    complete,  // all of the request is here; take() it to go on
  };

  explicit RequestReader(RequestLimits limits);
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;
  ~RequestReader();

  // Consumes from the front of `input`, and stops when the stage has changed: look at the head before the body is read,
  // and give the rest again. After a refusal nothing more can be read.
  tl::expected<Stage, Refusal> read(std::string_view& input);

  [[nodiscard]] Stage stage() const;
  // Not a byte of the next request has come.
  [[nodiscard]] bool at_start() const;
  // From the end of the head on. Its body is whole in stage `complete`.
  [[nodiscard]] const Request& request() const;
  // The head is here, none of the body is, and the client waits for "100 Continue" (RFC 9110, section 10.1.1).
  [[nodiscard]] bool expects_continue() const;
  // Bytes that are held of an unfinished request.
  [[nodiscard]] std::size_t held() const;

  // The complete request; a new one can be read then.
  Request take();

 private:
  class Parser;  // Boost.Beast's

  tl::expected<Stage, Refusal> read_head(std::string_view& input);
  tl::expected<Stage, Refusal> read_body(std::string_view& input);

  RequestLimits limits_;
  std::unique_ptr<Parser> parser_;
  std::string partial_;  // a head or a chunk's line of which the end has not come
  Stage stage_ = Stage::head;
  bool expects_continue_ = false;
};

}  // namespace http
