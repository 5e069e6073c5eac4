// Requests of logd's text protocol (docs/protocol-logd.md). Passive.
//
//   NAME SP COUNT CRLF, then COUNT times: LENGTH SP BYTES CRLF
//
// The lengths count: bytes may hold anything, CRLF included.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace codec {

struct LogdRequest {
  std::string_view name;
  std::span<const std::string_view> arguments;
};

struct LogdLimits {
  std::size_t argument = 1 << 20;  // bytes of one argument
  std::size_t arguments = 65536;   // of one request
  std::size_t request = 4 << 20;   // bytes of a whole one
};

// Cuts a byte stream into requests. It owns the memory that the stream is read into, so that arguments are not copied.
class LogdRequestReader {
 public:
  explicit LogdRequestReader(LogdLimits limits = {}) : limits_(limits) {}

  // Where the next bytes of the stream go, at least one; then took() says how many came. Invalidates requests.
  std::span<char> room();
  void took(std::size_t bytes) { filled_ += bytes; }

  // True: `request` is the next one, valid until the next call here. False: it is not complete. An error ends the
  // stream, further calls fail alike: Kind::protocol where the bytes are no request, Kind::data where it is over a
  // limit.
  base::Result<bool> next(LogdRequest& request);

  // Gives back the memory, where nothing is held back: for connections that are silent most of the time.
  void release();

  // Bytes held back because their request is not complete.
  [[nodiscard]] std::size_t pending() const { return filled_ - start_; }

 private:
  struct Place {
    std::size_t at;
    std::size_t length;
  };

  base::Result<bool> take_head();
  base::Result<bool> take_argument();
  base::Result<bool> take_length(std::size_t& at, std::size_t most, char end, std::size_t& value) const;
  base::Result<bool> take_line_end(std::size_t& at) const;
  void forget_request();
  [[nodiscard]] std::string_view text(Place place) const {
    return std::string_view(bytes_).substr(place.at, place.length);
  }

  LogdLimits limits_;
  std::string bytes_;
  std::size_t filled_ = 0;     // of bytes_
  std::size_t start_ = 0;      // of the request at hand
  std::size_t at_ = 0;         // what comes before it is understood
  bool given_ = false;         // the request at hand was returned
  std::optional<Place> name_;  // once its line is complete
  std::size_t expected_ = 0;   // arguments
  std::vector<Place> places_;
  std::vector<std::string_view> arguments_;
  std::optional<base::Error> failed_;
};

// Appends the start of a request with `count` arguments, and one of them.
void append_logd_head(std::string& out, std::string_view name, std::size_t count);
void append_logd_argument(std::string& out, std::string_view bytes);

}  // namespace codec
