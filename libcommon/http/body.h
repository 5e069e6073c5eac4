// The body of an answer that comes in pieces: Server::stream().
#pragma once

#include <cstddef>
#include <string>

namespace http {

class Body {
 public:
  enum class Next {
    ready,    // there is more already
    waiting,  // there is nothing more yet; Server::wake() when there is
    end,      // that was all
  };

  // Also called when the client is gone before the end: destruction is how its owner learns of that.
  virtual ~Body() = default;

  // The connection takes more: appends about `room` bytes to `out`, or nothing. Called inside Loop::wait, or inside
  // Server::stream(); must not call the server.
  virtual Next pull(std::string& out, std::size_t room) = 0;

  // The server stops: a body without an end has to end now. It is pulled again.
  virtual void stop() {}
};

}  // namespace http
