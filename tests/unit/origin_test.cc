#include "stream/origin.h"

#include <doctest/doctest.h>

#include <string>

namespace stream {
namespace {

TEST_CASE("an origin that lasts: a buffer's is without the generation, any other as it is") {
  const std::string uuid = "0b1f6a52-5a0e-4b53-9b7e-6a4f6d1f7c11";
  CHECK(lasting_origin(uuid + "/1/7") == uuid + "/1");
  CHECK(lasting_origin(uuid + "/12/0") == uuid + "/12");
  for (const std::string& other : {uuid, uuid + "/1", uuid + "/1/", uuid + "//1", uuid + "/1/x", uuid + "/a/1",
                                   uuid + "/1/2/3", std::string("file/1/2"), std::string()})
    CHECK(lasting_origin(other) == other);
}

}  // namespace
}  // namespace stream
