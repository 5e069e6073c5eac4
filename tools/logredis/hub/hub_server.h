// A server of a hub, with a connection for what changes its keys, and one for what does not.
#pragma once

#include <functional>
#include <string>

#include "base/report.h"
#include "base/result.h"
#include "event/loop.h"
#include "tools/logredis/hub/hub_link.h"
#include "tools/logredis/hub/replicas.h"

namespace logredis {

struct HubServer {
  HubServer(event::Loop& loop, const Server& server, ReplicaOptions options, const base::Report& report)
      : reads(loop, server, report), writes(loop, server, {}), replicas(writes, options, report) {}

  // Waits until it answers. What is asked first leads each connection, in a cluster, to the node that has the key.
  base::Result<void> reach(const std::string& key, base::Duration patience) {
    for (HubLink* link : {&reads, &writes}) TRY(link->session().ask(redis::Command("EXISTS").add(key), patience));
    return {};
  }

  // Called each time it is there again. The other connection tries at once.
  void on_ready(const std::function<void()>& ready) {
    reads.on_ready([this, ready] {
      writes.session().hurry();
      ready();
    });
  }

  HubLink reads;
  HubLink writes;
  Replicas replicas;  // of writes
};

}  // namespace logredis
