// One TLS connection over a socket that somebody else owns: what Transport is made of. See transport.h for the contract
// of its calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/io.h"
#include "base/result.h"
#include "net/byte_marks.h"
#include "net/tls.h"

struct ssl_st;
struct x509_store_ctx_st;

namespace net {

class TlsSession {
 public:
  static base::Result<std::unique_ptr<TlsSession>> create(const TlsContext& context, int fd, std::string name,
                                                          std::string_view host);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;
  ~TlsSession();

  base::Result<bool> handshake();
  base::Result<base::Transfer> read_some(std::span<char> into);
  base::Result<base::Transfer> write_some(std::string_view bytes);
  base::Result<bool> say_goodbye();

  [[nodiscard]] bool buffered() const;
  [[nodiscard]] bool wants_write() const { return wants_write_; }
  std::uint64_t acknowledged(std::uint64_t on_wire);
  [[nodiscard]] bool accepted() const;
  [[nodiscard]] std::string peer_identity() const;

 private:
  enum class Step { moved, wants_read, wants_write, closed };

  TlsSession(ssl_st* ssl, TlsRole role, std::string name);
  base::Result<void> expect_peer(std::string name);
  base::Result<Step> judge(int returned, int errnum, const std::string& what);
  base::Result<Step> read_once(std::span<char> into, std::size_t& bytes);
  base::Error with_last_words(base::Error error);
  [[nodiscard]] base::Error handshake_error(base::Error error) const;
  void ask_for_a_sign();
  void answer_key_update();

  static int note_verification(int good, x509_store_ctx_st* store) noexcept;
  static void note_message(int sent, int version, int type, const void* bytes, std::size_t size, ssl_st* ssl,
                           void* self) noexcept;

  ssl_st* ssl_;
  TlsRole role_;
  std::string name_;
  std::string expected_;      // the peer's name; empty: any
  std::string refusal_;       // why its certificate was not accepted
  bool wants_write_ = false;  // the handshake, or reading

  bool starved_ = true;                 // the last read found nothing more, or half a record
  bool ended_ = false;                  // nothing more will be read
  bool outcome_told_ = false;           // which is an end or a failure
  std::optional<base::Error> failure_;  // of a read, told once what came before it was handed out

  std::uint64_t written_ = 0;  // plaintext
  ByteMarks marks_;            // a client's
  bool certificate_asked_ = false;
  bool accepted_ = true;  // the server has seen who we are, as far as it wants to know
  base::Instant patience_end_{};
};

}  // namespace net
