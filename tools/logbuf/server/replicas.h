// The replicas that are connected to a server, and how far each has confirmed that it has the log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/report.h"
#include "event/loop.h"
#include "tools/logbuf/store/buffer.h"

namespace logbuf {

struct Replica {
  std::string name;  // the uuid of its buffer; empty: it did not say
  std::string peer;
  std::uint64_t confirmed;  // it has the messages up to this id, fsynced
};

class Replicas {
 public:
  // `wanted`: so many have to confirm messages before MSG is answered.
  Replicas(event::Loop& loop, Buffer& buffer, std::uint64_t wanted, base::Report report);

  // `client` is a connection's number.
  void add(std::uint64_t client, Replica replica);
  void confirm(std::uint64_t client, std::uint64_t id);
  void remove(std::uint64_t client) { replicas_.erase(client); }

  [[nodiscard]] const std::map<std::uint64_t, Replica>& all() const { return replicas_; }
  [[nodiscard]] const Replica* find(std::uint64_t client) const;  // null: it is none
  // Connections of the same replica, which comes anew from `peer`; says when they look like those of a copy.
  std::vector<std::uint64_t> older(const std::string& name, const std::string& peer);

  [[nodiscard]] bool enough() const { return replicas_.size() >= wanted_; }
  // The id up to which as many as are wanted have everything.
  [[nodiscard]] std::uint64_t confirmed() const;

 private:
  void note(const Replica& replica);
  void write_notes();

  Buffer& buffer_;
  const std::uint64_t wanted_;
  base::Report report_;
  std::map<std::uint64_t, Replica> replicas_;
  std::vector<ReplicaNote> notes_;  // not yet in the buffer
  event::Timer write_notes_;
  bool told_of_copies_ = false;
};

}  // namespace logbuf
