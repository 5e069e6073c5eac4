#include "tools/logbuf/server/peer.h"

#include <doctest/doctest.h>

using logbuf::parse_peer_state;

TEST_CASE("a peer tells its epoch, head and log") {
  const auto state = parse_peer_state("connections: 1\r\nepoch: 3\r\nhead: 1000\r\nlog: a-b\r\nrole: master\r\n");
  REQUIRE(state);
  CHECK(state->epoch == 3);
  CHECK(state->head == 1000);
  CHECK(state->log == "a-b");
}

TEST_CASE("what does not tell all of them tells nothing") {
  CHECK_FALSE(parse_peer_state("epoch: 3\r\nhead: 1000\r\n"));
  CHECK_FALSE(parse_peer_state("epoch: 3\r\nlog: a\r\n"));
  CHECK_FALSE(parse_peer_state("epoch: 4611686018427387905\r\nhead: 1\r\nlog: a\r\n"));
  CHECK_FALSE(parse_peer_state("epoch: x\r\nhead: 1\r\nlog: a\r\n"));
  CHECK_FALSE(parse_peer_state(""));
}
