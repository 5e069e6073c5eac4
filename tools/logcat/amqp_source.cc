#include "tools/logcat/amqp_source.h"

#include <utility>

#include "base/units.h"

namespace logcat {
namespace {

using base::Result;
using stream::Next;

net::AmqpOptions consuming(const AmqpSourceOptions& options, const net::AmqpAddress& address) {
  net::AmqpOptions link = options.link;
  for (codec::AmqpRequest& request : codec::AmqpConsumer::requests(address.queue, options.prefetch))
    link.requests.push_back(std::move(request));
  return link;
}

}  // namespace

AmqpSource::AmqpSource(event::Loop& loop, std::vector<net::AmqpAddress> addresses, AmqpSourceOptions options,
                       base::Report report)
    : options_(std::move(options)),
      throttle_(report),
      link_(loop, addresses, consuming(options_, addresses.front()), std::move(report),
            static_cast<net::AmqpLink::Owner&>(*this)) {}

std::unique_ptr<AmqpSource> AmqpSource::open(event::Loop& loop, std::vector<net::AmqpAddress> addresses,
                                             AmqpSourceOptions options, base::Report report) {
  std::unique_ptr<AmqpSource> source(new AmqpSource(loop, std::move(addresses), std::move(options), std::move(report)));
  source->link_.start();
  return source;
}

// ---- the pump

Result<Next> AmqpSource::read(stream::Batch& batch, std::size_t limit) {
  if (error_) return tl::unexpected(*error_);
  const std::size_t before = batch.count();
  staged_.give(batch, limit);
  given_ += batch.count() - before;
  if (!staged_.empty()) return Next::more;
  if (stopped_) return Next::end;
  link_.hold(false);
  return Next::wait;
}

Result<void> AmqpSource::acknowledge(std::uint64_t count) {
  if (!link_.ready()) return {};
  consumer_.acknowledge(link_.output(), count);
  link_.send();
  return {};
}

bool AmqpSource::reject(std::uint64_t position, std::string_view) {
  if (link_.ready() && consumer_.reject(link_.output(), position)) link_.send();
  return false;
}

void AmqpSource::stop() {
  if (std::exchange(stopped_, true)) return;
  link_.hold(false);
  if (!link_.ready()) {
    link_.stop();
    left_ = true;
    return;
  }
  codec::AmqpConsumer::cancel(link_.output());
  link_.send();
}

// At the end the server has to answer a goodbye, so that it has heard all acknowledgements before.
Result<bool> AmqpSource::flush_receipts() {
  if (error_) return tl::unexpected(*error_);
  if (!stopped_ || left_ || !staged_.empty() || consumer_.unacknowledged() > 0) return true;
  if (link_.ready()) link_.leave();
  return left_;
}

Result<void> AmqpSource::reopen() {
  if (!stopped_) link_.reload();
  return {};
}

std::string AmqpSource::state() const {
  return link_.state() + ", " + base::count_of(consumer_.unacknowledged(), "message") + " unacknowledged";
}

// ---- what the server says

Result<void> AmqpSource::opened() {
  link_.proved();
  return {};
}

Result<void> AmqpSource::heard(codec::AmqpMethod method, codec::AmqpCursor) {
  if (method != codec::AmqpMethod::basic_cancel || stopped_) return {};
  return codec::amqp_broken("the server gives nothing more of the queue; was it deleted?");
}

Result<void> AmqpSource::content(codec::AmqpMethod method, codec::AmqpCursor arguments, std::string_view properties,
                                 std::uint64_t size) {
  const codec::AmqpDelivery delivery = codec::read_amqp_delivery(arguments);
  if (method != codec::AmqpMethod::basic_deliver || delivery.tag == 0)
    return codec::amqp_broken("a delivery makes no sense");
  tag_ = delivery.tag;
  body_left_ = size;
  body_.clear();
  cut_ = false;
  if (options_.add_properties && !event_.begin(delivery, properties))
    throttle_.report(base::Level::warning,
                     "receive from " + link_.place() + ": not all properties of a message could be read", base::now());
  if (size == 0) complete({});
  return {};
}

Result<void> AmqpSource::body(std::string_view piece) {
  body_left_ -= piece.size();
  if (stopped_) return {};
  while (body_.size() + piece.size() > options_.max_message) {
    const std::size_t some = options_.max_message - body_.size();
    body_ += piece.substr(0, some);
    piece.remove_prefix(some);
    give_piece(body_);
    body_.clear();
    if (!std::exchange(cut_, true)) ++split_;
  }
  if (body_left_ == 0)
    complete(piece);
  else
    body_ += piece;
  return {};
}

// What comes after stop() stays with the server.
void AmqpSource::complete(std::string_view rest) {
  if (stopped_) return;
  if (body_.empty()) {
    give_piece(rest);
  } else {
    body_ += rest;
    give_piece(body_);
  }
  consumer_.delivered(tag_, taken_);
}

void AmqpSource::give_piece(std::string_view piece) {
  ++taken_;
  if (!options_.add_properties) return staged_.batch().append(piece);
  text_.clear();
  event_.append_json(text_, piece);
  staged_.batch().append(text_);
}

void AmqpSource::progressed() {
  report_split();
  if (!stopped_ && staged_.full()) link_.hold(true);
}

void AmqpSource::report_split() {
  if (split_ == 0) return;
  throttle_.report(
      base::Level::warning,
      "receive from " + link_.place() + ": " + stream::split_text(options_.max_message, std::exchange(split_, 0)),
      base::now());
}

void AmqpSource::lost(const codec::AmqpClosure*) {
  consumer_.forget();
  // What nobody has read comes again, too.
  staged_ = Staged();
  taken_ = given_;
  if (!stopped_) return;
  link_.stop();
  left_ = true;
}

}  // namespace logcat
