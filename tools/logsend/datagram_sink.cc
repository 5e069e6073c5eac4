#include "tools/logsend/datagram_sink.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "net/socket.h"

namespace logsend {
namespace {

constexpr std::size_t kRoom = 256 << 10;
constexpr std::size_t kLongestUdp = 65507;  // what one IPv4 datagram holds

}  // namespace

DatagramSink::DatagramSink(event::Loop& loop, net::Url url, DatagramOptions options, base::Report report)
    : loop_(loop),
      url_(std::move(url)),
      options_(options),
      report_(std::move(report)),
      backoff_(options.seed),
      lookup_(loop, [this](const net::Lookup::Answer& found) { connect_to(found); }),
      again_(loop, [this] { connect(); }),
      give_up_(loop, [this] {
        error_ = base::Error{base::Kind::temporary, "send to " + url_.text(),
                             base::count_of(pending_.count() - sent_, "message") + " could not be sent; run again"};
      }) {}

base::Result<std::unique_ptr<DatagramSink>> DatagramSink::open(event::Loop& loop, net::Url url, DatagramOptions options,
                                                               base::Report report) {
  std::unique_ptr<DatagramSink> sink(new DatagramSink(loop, std::move(url), options, std::move(report)));
  sink->connect();
  return sink;
}

void DatagramSink::connect() {
  again_.stop();
  if (const auto found = lookup_.find(url_)) connect_to(*found);
}

void DatagramSink::connect_to(const net::Lookup::Answer& found) {
  if (auto opened = open_socket(found); !opened) wait_and_connect(opened.error().text());
}

base::Result<void> DatagramSink::open_socket(const net::Lookup::Answer& found) {
  const std::vector<net::Address> addresses = TRY(found);
  writable_.reset();
  socket_ = TRY(net::start_connect(addresses.front(), url_));
  writable_.emplace(loop_, socket_.get(), event::Interest::write, [this] { writable_->stop(); });
  away_since_.reset();
  if (std::exchange(outage_, false)) report_(base::Level::note, "sending to " + url_.text() + " again");
  return {};
}

void DatagramSink::wait_and_connect(const std::string& why) {
  writable_.reset();
  socket_.reset();
  if (!away_since_) away_since_ = base::now();
  if (!std::exchange(outage_, true)) report_(base::Level::warning, why + "; trying again");
  again_.start(backoff_.next());
}

std::size_t DatagramSink::room() const {
  return kRoom - std::min(kRoom, pending_.bytes());
}

base::Result<void> DatagramSink::write(const stream::Batch& batch) {
  pending_.append_block(batch.block(), batch.lengths(), batch.has_inner_lf());
  return send_pending();
}

base::Result<void> DatagramSink::flush() {
  if (error_) return tl::unexpected(*error_);
  return send_pending();
}

base::Result<void> DatagramSink::finish() {
  life_.finish();
  give_up_.start(options_.drain_time);
  TRY(hurry());  // a long pause could outlast the time that is left
  return send_pending();
}

base::Result<void> DatagramSink::hurry() {
  if (!again_.active()) return {};
  backoff_.reset();
  connect();
  return {};
}

base::Result<void> DatagramSink::send_pending() {
  while (sent_ < pending_.count() && socket_) {
    const std::uint32_t length = pending_.lengths()[sent_];
    if (!TRY(send(pending_.block().substr(sent_bytes_, length)))) return {};
    sent_bytes_ += std::size_t{length} + 1;
    ++sent_;
    ++safe_;
  }
  if (sent_ == pending_.count()) {
    pending_.clear();
    sent_ = 0;
    sent_bytes_ = 0;
    give_up_.stop();
    if (life_.is_finishing()) life_.end();
  }
  return {};
}

base::Result<bool> DatagramSink::send(std::string_view message) {
  if (::send(socket_.get(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
    backoff_.reset();
    return true;
  }
  return failed(errno, message);
}

base::Result<bool> DatagramSink::failed(int errnum, std::string_view message) {
  switch (errnum) {
    case EAGAIN:
    case ENOBUFS:
      writable_->start();
      return false;
    case EINTR:
      return send(message);
    case EMSGSIZE:
      if (cut_++ == 0)
        report_(base::Level::warning, "send to " + url_.text() + ": a message of " +
                                          base::count_of(message.size(), "byte") +
                                          " does not fit into a datagram; it is cut, and so are others");
      if (message.size() > kLongestUdp) return send(message.substr(0, kLongestUdp));
      return send(message.substr(0, message.size() / 2));
    case ECONNREFUSED:
      // UDP: about an earlier datagram; this one has not been sent.
      if (url_.scheme == "udp") {
        if (!std::exchange(outage_, true))
          report_(base::Level::warning, "send to " + url_.text() + ": nobody receives there; messages are lost");
        return send(message);
      }
      [[fallthrough]];
    default:
      wait_and_connect("send to " + url_.text() + ": " + base::system_reason(errnum));
      return false;
  }
}

base::Result<void> DatagramSink::reopen() {
  connect();
  return {};
}

std::string DatagramSink::state() const {
  std::string text = (socket_ ? "sending to " : "waiting to send to ") + url_.text();
  if (!pending_.empty()) text += ", " + base::count_of(pending_.count() - sent_, "message") + " waiting";
  if (cut_ > 0) text += ", " + std::to_string(cut_) + " cut to fit";
  return text;
}

}  // namespace logsend
