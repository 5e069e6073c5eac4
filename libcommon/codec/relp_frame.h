// RELP frames, as rsyslog's librelp reads and writes them (its doc/relp.md, RELP FRAME). Passive.
//
//   TXNR SP COMMAND SP DATALEN [SP DATA] LF
//
// TXNR counts from 1 to 999999999 and then from 1 again; 0 marks a hint, which is not answered. DATA and the space
// before it are left out when DATALEN is 0; a reader here takes the space all the same, since some clients write it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace codec {

inline constexpr std::uint32_t kRelpMaxTxnr = 999'999'999;
inline constexpr std::size_t kRelpMaxCommand = 32;
inline constexpr std::size_t kRelpMaxData = 999'999'999;  // what nine digits can say
inline constexpr std::size_t kRelpMaxHeader = 9 + 1 + kRelpMaxCommand + 1 + 9 + 1;

constexpr std::uint32_t next_relp_txnr(std::uint32_t txnr) {
  return txnr >= kRelpMaxTxnr ? 1 : txnr + 1;
}

struct RelpFrame {
  std::uint32_t txnr = 0;
  std::string_view command;
  std::string_view data;
  bool more = false;  // the data goes on in the next one, which has the same txnr and command
};

// Cuts a byte stream into frames. What is left over of the bytes given is kept inside: one frame at most, or one part.
class RelpReader {
 public:
  // What becomes of a frame with more than max_data bytes of data.
  enum class Longer {
    refuse,  // an error, told from its header alone
    divide,  // it is handed out in parts of max_data bytes, and what is left in the last one
  };
  explicit RelpReader(std::size_t max_data, Longer longer = Longer::refuse)
      : max_data_(max_data < kRelpMaxData ? max_data : kRelpMaxData), longer_(longer) {}

  // Consumes from the front of `bytes`. True: `frame` is the next one, valid until the next call and while the memory
  // behind `bytes` is. False: all is consumed. An error (Kind::protocol) ends the stream; further calls fail alike.
  base::Result<bool> next(std::string_view& bytes, RelpFrame& frame);

  // Bytes held back because their frame, or part, is not complete.
  [[nodiscard]] std::size_t pending() const { return given_ ? 0 : partial_.size(); }

  // Gives up what is held back; nothing can be read any more.
  void discard() { partial_ = {}; }

 private:
  struct Header {
    RelpFrame frame;          // without data
    std::size_t data_at = 0;  // where data starts in the frame
    std::size_t length = 0;   // of the data
    [[nodiscard]] std::size_t size() const { return data_at + length + 1; }
  };

  [[nodiscard]] base::Result<std::optional<Header>> parse(std::string_view bytes) const;
  [[nodiscard]] base::Result<RelpFrame> open(const Header& header, std::string_view bytes) const;
  base::Result<bool> take(std::string_view& bytes, RelpFrame& frame);
  base::Result<bool> complete(std::string_view& bytes, RelpFrame& frame);
  base::Result<bool> complete_header(std::string_view& bytes);
  void divide(const Header& header);
  base::Result<bool> take_part(std::string_view& bytes, RelpFrame& frame);
  [[nodiscard]] bool is_long(const Header& header) const { return header.length > max_data_; }
  void forget();

  std::size_t max_data_;
  Longer longer_;
  std::string partial_;      // the start of a frame, or of a part's data
  std::size_t missing_ = 0;  // how much of it has not come; 0: its header is not complete
  bool given_ = false;       // partial_ is what was returned last
  std::size_t rest_ = 0;     // data of a frame that is divided, not handed out yet; 0: none is
  std::uint32_t txnr_ = 0;   // of that frame
  std::string command_;
  std::optional<base::Error> failed_;
};

void append_relp_frame(std::string& out, std::uint32_t txnr, std::string_view command, std::string_view data);

// "TXNR SP COMMAND SP LENGTH SP": what stands before `length` bytes of data and their LF; `length` is not 0.
void append_relp_header(std::string& out, std::uint32_t txnr, std::string_view command, std::size_t length);

// What a server answers to most frames: "200 OK".
void append_relp_ok(std::string& out, std::uint32_t txnr);

}  // namespace codec
