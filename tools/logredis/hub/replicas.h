// Holds the answers of appends back until so many replicas have the messages, too (WAIT).
#pragma once

#include <cstdint>
#include <deque>

#include "base/clock.h"
#include "base/report.h"
#include "base/units.h"
#include "hub/store.h"
#include "tools/logredis/hub/hub_link.h"
#include "tools/logredis/shared_options.h"

namespace logredis {

class Replicas {
 public:
  // `link` is the one on which the appends are sent.
  Replicas(HubLink& link, ReplicaOptions options, base::Report report)
      : link_(link), options_(options), report_(std::move(report)) {}

  // The server has taken an append. Kind::temporary: too few replicas have it by now.
  void add(hub::Done<> done);

 private:
  struct Waiting {
    hub::Done<> done;
    base::Instant since;
  };

  void ask();
  void answered(std::size_t asked, const base::Result<redis::Reply>& reply);

  HubLink& link_;
  ReplicaOptions options_;
  base::Report report_;
  std::deque<Waiting> waiting_;
  bool asking_ = false;
  bool too_few_ = false;  // and people have been told
};

}  // namespace logredis
