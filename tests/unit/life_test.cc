#include "stream/life.h"

#include <doctest/doctest.h>

#include "stream/room.h"

using stream::Life;
using Stage = stream::Life::Stage;

TEST_CASE("a sink works, until it finishes, says goodbye and has finished") {
  Life life;
  CHECK(life.is_working());
  CHECK(life.finish());
  CHECK(life.is_finishing());
  CHECK(life.close());
  CHECK(life.is_closing());
  CHECK(life.end());
  CHECK(life.is_finished());
}

TEST_CASE("a sink that reopens or rests works again when its connection is closed") {
  Life life;
  CHECK(life.reopen());
  CHECK(life.is_reopening());
  CHECK(life.resume());
  CHECK(life.is_working());
  CHECK(life.rest());
  CHECK(life.is_resting());
  CHECK(life.resume());
  CHECK(life.is_working());
  CHECK_FALSE(life.resume());
}

TEST_CASE("of a sink that reopens, a second request changes nothing; nothing to send lets it rest") {
  Life life;
  CHECK(life.reopen());
  CHECK_FALSE(life.reopen());
  CHECK(life.rest());
  CHECK_FALSE(life.reopen());
  CHECK(life.stage() == Stage::resting);
}

TEST_CASE("to finish goes before to reopen, in whatever order they come") {
  Life life;
  CHECK(life.reopen());
  CHECK(life.finish());
  CHECK_FALSE(life.resume());
  CHECK_FALSE(life.reopen());
  CHECK_FALSE(life.rest());
  CHECK(life.stage() == Stage::finishing);
}

TEST_CASE("a sink that rests can finish") {
  Life life;
  CHECK(life.rest());
  CHECK(life.finish());
  CHECK(life.stage() == Stage::finishing);
}

TEST_CASE("only a finish that has not come further can be taken back") {
  Life life;
  CHECK_FALSE(life.take_back_finish());
  CHECK(life.finish());
  CHECK(life.take_back_finish());
  CHECK(life.is_working());
  CHECK(life.close());
  CHECK_FALSE(life.take_back_finish());
  CHECK(life.end());
  CHECK_FALSE(life.take_back_finish());
  CHECK(life.is_finished());
}

TEST_CASE("no stage of the end is gone back to") {
  Life life;
  CHECK(life.close());
  CHECK_FALSE(life.finish());
  CHECK_FALSE(life.close());
  CHECK(life.is_closing());
  CHECK(life.end());
  CHECK_FALSE(life.finish());
  CHECK_FALSE(life.close());
  CHECK_FALSE(life.end());
  CHECK(life.is_finished());
}

TEST_CASE("a sink is ending from finish on") {
  Life life;
  CHECK_FALSE(life.is_ending());
  life.rest();
  CHECK_FALSE(life.is_ending());
  life.finish();
  CHECK(life.is_ending());
  life.end();
  CHECK(life.is_ending());
}

TEST_CASE("what is full has room again when an eighth is free") {
  CHECK(stream::useful_room(0, 800) == 800);
  CHECK(stream::useful_room(699, 800) == 101);
  CHECK(stream::useful_room(700, 800) == 0);
  CHECK(stream::useful_room(800, 800) == 0);
  CHECK(stream::useful_room(5000, 800) == 0);
}
