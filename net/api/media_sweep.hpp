#pragma once

#include "net/files/file_service.hpp"
#include "system/actor/runtime.hpp"

#include <caf/actor_system.hpp>

#include <cstdint>
#include <functional>

namespace troupe::api {

struct sweep_result {
  bool complete = false;  // false: the database, the disk or the end of the node came between
  std::uint64_t rows = 0; // looked at
  std::uint64_t rows_gone = 0;
  std::uint64_t files_gone = 0;
};

/// Removes images that no post uses and that are older than `ttl`: first their rows, through the JOURNALs of
/// the shards that this node owns, then files that no row of any workspace has, unless they were taken within
/// `ttl`. Works page by page in an actor of its own and returns at once; `done` (may be empty) runs in that
/// actor. `rt` and `files` outlive it.
void sweep_unreferenced(caf::actor_system& system, const runtime& rt, files::file_service& files, seconds ttl,
                        std::function<void(sweep_result)> done = {});

} // namespace troupe::api
