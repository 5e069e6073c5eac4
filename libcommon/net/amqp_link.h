// A connection to a server of AMQP 0-9-1 with one channel, for those who publish and for those who consume: kept up
// through outages, with heartbeats both ways.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/report.h"
#include "base/result.h"
#include "codec/amqp_session.h"
#include "event/loop.h"
#include "net/amqp_address.h"
#include "net/connection.h"
#include "net/dialer.h"

namespace net {

struct AmqpOptions {
  DialOptions dial;
  // The server said nothing for so long, not even a heartbeat: the connection is dead. Zero: never.
  base::Duration timeout = std::chrono::seconds(90);
  std::vector<codec::AmqpRequest> requests = {};  // with which each channel begins
  std::string version = {};
  // A user and a password that replace those of the URL; nothing: there are none. Read at each connection.
  using ReadCredentials = std::function<base::Result<std::optional<std::pair<std::string, std::string>>>()>;
  ReadCredentials read_credentials = {};
};

class AmqpLink final : private Connection::Owner, private codec::AmqpSession::Owner {
 public:
  // All from within start() and the loop. Those that return a result may only write; an error of theirs ends the
  // connection, and where it is not Kind::protocol, no other one is made. The others may call anything here.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual base::Result<void> opened() = 0;
    virtual base::Result<void> heard(codec::AmqpMethod method, codec::AmqpCursor arguments) = 0;
    virtual base::Result<void> content(codec::AmqpMethod method, codec::AmqpCursor arguments,
                                       std::string_view properties, std::uint64_t size) = 0;
    virtual base::Result<void> body(std::string_view piece) = 0;
    virtual void progressed() = 0;  // something was heard and dealt with, or more can be written
    // The channel is gone, and another one is made after a pause.
    virtual void lost(const codec::AmqpClosure* closure) = 0;
    virtual void left() = 0;  // as leave() asked
    virtual void failed(const base::Error& error) = 0;
    [[nodiscard]] virtual std::size_t waiting() const = 0;
  };

  // `addresses` is not empty, and all of them say the same but for host and port (parse_amqp_addresses). They are
  // tried in order.
  AmqpLink(event::Loop& loop, std::vector<AmqpAddress> addresses, AmqpOptions options, base::Report report,
           Owner& owner);

  void start() { dialer_.start(); }
  void restart();  // at once, with the certificates and the password as they are now
  void reload();   // the same for connections yet to come; where there is none, one is tried at once
  void stop();     // at once
  void leave();    // says "close", and then it is Owner::left()
  void hurry();
  // The messages are of use to the server, or its to us: the next pause is the shortest again.
  void proved();

  [[nodiscard]] bool connected() const { return connection_ != nullptr; }
  [[nodiscard]] bool ready() const { return session_.stage() == codec::AmqpSession::Stage::ready; }
  [[nodiscard]] const std::optional<std::string>& blocked() const { return session_.blocked(); }
  [[nodiscard]] std::size_t max_frame() const { return session_.max_frame(); }
  // Where frames are appended while it is ready(). Then send().
  [[nodiscard]] std::string& output() { return session_.bytes(); }
  [[nodiscard]] std::size_t unsent() const { return session_.output().size(); }
  void send();
  // While held, nothing is received, and a server that is not heard is not taken for dead.
  void hold(bool held);

  [[nodiscard]] std::optional<base::Instant> away_since() const {
    return ready() ? std::nullopt : dialer_.away_since();
  }
  [[nodiscard]] base::Error undelivered(const std::string& done, base::Duration within) const {
    return dialer_.undelivered(done, within);
  }
  [[nodiscard]] std::string place() const;  // the server's address, for messages
  [[nodiscard]] std::string state() const;

 private:
  void connect(Link link);
  // Connection::Owner
  void readable() override;
  void writable() override;
  void overdue() override;
  // codec::AmqpSession::Owner
  base::Result<void> opened() override;
  base::Result<void> heard(codec::AmqpMethod method, codec::AmqpCursor arguments) override;
  base::Result<void> content(codec::AmqpMethod method, codec::AmqpCursor arguments, std::string_view properties,
                             std::uint64_t size) override;
  base::Result<void> body(std::string_view piece) override;

  bool receive_some();
  void beat();
  void lose(std::string why);
  void tell_blocked();
  void disconnect();
  [[nodiscard]] base::Result<codec::AmqpLogin> login() const;

  event::Loop& loop_;
  AmqpAddress address_;
  AmqpOptions options_;
  base::Report report_;
  Owner& owner_;
  Dialer dialer_;
  codec::AmqpSession session_;
  std::unique_ptr<Connection> connection_;  // none: not connected
  std::unique_ptr<char[]> buffer_;
  event::Timer beat_;
  std::string told_;           // what the server said when people were told of it
  std::uint64_t written_ = 0;  // when beat_ last came
  base::Instant heard_;        // when the server last said something
  bool told_blocked_ = false;
  bool proved_ = false;
  bool leaving_ = false;
};

}  // namespace net
