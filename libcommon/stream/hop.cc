#include "stream/hop.h"

#include "base/units.h"
#include "stream/child.h"

namespace stream {

Hop::Hop(const OutputOptions& options)
    : plain_(options.plain), window_(recipient_format(options), options.window.count, options.window_messages) {}

base::Result<std::unique_ptr<Hop>> Hop::start(event::Loop& loop, OutputOptions options, base::Report report) {
  std::unique_ptr<Hop> hop(new Hop(options));
  std::string name = "hop '" + command_text(options.command) + "'";
  hop->recipient_ = TRY(Recipient::start(loop, std::move(options), std::move(name), hop->window_, std::move(report)));
  hop->recipient_->attach();
  return hop;
}

std::string Hop::state() const {
  return recipient_->state() + ", " + base::count_of(window_.waiting(), "message") + " unconfirmed";
}

}  // namespace stream
