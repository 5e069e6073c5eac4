#include "tools/logbuf/store/lmdb.h"

#include <doctest/doctest.h>

#include <string>

#include "file_limit.h"
#include "folder.h"

using namespace logbuf;

TEST_CASE("lmdb: a write that is cut short is an error that names the file and guesses no full disk") {
  const unit::Folder folder;
  auto env = Env::open(folder.path(), {.sync = Sync::os}, true);
  REQUIRE(env);
  auto txn = Txn::begin(*env, Access::read_write);
  REQUIRE(txn);
  REQUIRE(txn->put(Table::meta, "key", std::string(100000, 'x')));
  const unit::FileLimit limit(env->file_size().count + 6000);
  const auto committed = txn->commit();
  REQUIRE_FALSE(committed);
  CHECK(committed.error().kind == base::Kind::io);
  CHECK(committed.error().text() == "write buffer " + folder.path() + ": Input/output error on " + folder.path() +
                                        "/data.mdb: a write failed or was cut short; see the kernel's log, quotas and "
                                        "'ulimit -f'");
}
