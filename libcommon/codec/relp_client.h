// The client's side of RELP, over any number of connections one after the other. Passive: messages and the server's
// bytes in, bytes to write out.
//
// Messages are kept until they are answered; a new session sends what is unanswered again, in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/backlog.h"
#include "codec/output.h"
#include "codec/rejection.h"
#include "codec/relp_frame.h"
#include "codec/relp_offers.h"
#include "stream/batch.h"

namespace codec {

struct RelpClientOptions {
  std::size_t window = 128;   // unanswered messages on a connection; librelp's default
  std::string software = {};  // for the offers: "logpipe,0.1.0"
};

class RelpClient {
 public:
  enum class Stage {
    closed,    // no session
    opening,   // waiting for the server's offers
    ready,     // messages are sent
    leaving,   // waiting for the answer to "close"
    left,      // nothing is left to do on this connection: both sides may close
    dismissed  // the server said "serverclose": connect anew
  };
  // `reject` is called where the server answers with anything but 200. An error stops feed().
  RelpClient(RelpClientOptions options, Reject reject);

  // A connection was made: says "open". What came before is forgotten, except for messages that are not answered.
  void open();
  // It is over, in whatever way.
  void disconnect();

  void append(const stream::Batch& batch);
  void settle(std::uint64_t number);

  // Takes all of the server's `bytes`. Kind::protocol: it is no RELP server, a broken one, or does not take syslog.
  base::Result<void> feed(std::string_view bytes);

  // Says "close" when nothing is unanswered; sends no further messages before.
  void close();

  [[nodiscard]] std::string_view output() const { return output_.view(); }
  void sent(std::size_t bytes);

  [[nodiscard]] Stage stage() const { return stage_; }
  [[nodiscard]] std::size_t unanswered() const { return unanswered_; }  // on this connection
  [[nodiscard]] std::uint64_t answers() const { return answers_; }  // on this connection, the one to "open" included
  [[nodiscard]] const Backlog& backlog() const { return backlog_; }
  [[nodiscard]] const RelpOffers& server() const { return server_; }

 private:
  struct Sent {
    std::uint64_t number;
    bool answered;
  };

  base::Result<void> take(const RelpFrame& frame);
  base::Result<void> take_open_answer(const RelpAnswer& answer);
  base::Result<void> take_answer(std::uint32_t txnr, const RelpAnswer& answer);
  base::Result<void> reject(std::uint64_t number, const RelpAnswer& answer);
  void fill();
  void append_message(std::string_view line);
  std::uint32_t take_txnr();

  RelpClientOptions options_;
  Reject reject_;
  Backlog backlog_;
  RelpReader reader_;
  Stage stage_ = Stage::closed;
  RelpOffers server_;
  std::uint32_t txnr_ = 1;        // the next one
  std::uint32_t first_txnr_ = 1;  // of sent_messages_
  std::deque<Sent> sent_messages_;
  std::size_t unanswered_ = 0;
  std::uint64_t answers_ = 0;
  bool closing_ = false;
  Output output_;
};

}  // namespace codec
