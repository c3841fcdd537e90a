#include "net/api/media_sweep.hpp"

#include "actors/content/media_store.hpp"
#include "system/core/log.hpp"

#include <set>

namespace troupe::api {

namespace {

/// LOCAL ONLY: old files of one folder. Null when the files service ends.
struct old_files {
  std::shared_ptr<std::vector<std::string>> hashes;
};
/// LOCAL ONLY: how many files were removed.
struct removed_files {
  std::shared_ptr<std::uint64_t> count;
};
struct begin_sweep {};

} // namespace

} // namespace troupe::api

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::api::old_files)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::api::removed_files)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::api::begin_sweep)

namespace troupe::api {

namespace {

namespace store = content_store;

constexpr std::size_t page_rows = 500;
constexpr int folders = 256;

struct sweep_state {
  caf::stateful_actor<sweep_state>* self = nullptr;
  const runtime* rt = nullptr;
  files::file_service* files = nullptr;
  seconds ttl{0};
  std::function<void(sweep_result)> done;
  sweep_result result;
  std::size_t open_changes = 0;
  const char* name = "media_sweep";

  files::file_time cutoff() const { return std::chrono::system_clock::now() - ttl; }

  void end(bool complete) {
    result.complete = complete;
    log::info("media.swept", {{"complete", complete},
                              {"rows", result.rows},
                              {"rows_gone", result.rows_gone},
                              {"files_gone", result.files_gone}});
    if (done) done(result);
    self->quit();
  }

  // -- rows
  void next_rows(const uuid& after) {
    read_database(self, *rt, {store::sweep_page(after, ttl, page_rows)}, [this](const db_reply& r) {
      if (!r.ok()) return end(false);
      auto rows = store::read_sweep(r.rows());
      result.rows += rows.size();
      if (rows.empty()) return next_folder(0);
      auto last = rows.back().id;
      open_changes = 1; // this function itself
      for (auto& row : rows)
        if (row.unused && rt->owner->epoch_of(row.shard)) remove_row(row, last);
      settled(last);
    });
  }
  void remove_row(const store::sweep_row& row, const uuid& last) {
    ++open_changes;
    // The statement looks again whether a post uses it: between the page and the commit one may have begun
    // to.
    commit(self, *rt, row.shard, store::remove_media, store::remove_media_params(row.workspace, row.id),
           [this, last](const change_result& r) {
             if (r.applied()) ++result.rows_gone;
             settled(last);
           });
  }
  void settled(const uuid& last) {
    if (--open_changes == 0) next_rows(last);
  }

  // -- files
  void next_folder(int folder) {
    if (folder == folders) return end(true);
    auto slot = reply_slot<old_files>::make(self, [this, folder](const old_files& found) {
      if (!found.hashes) return end(false);
      if (found.hashes->empty()) return next_folder(folder + 1);
      look_up(folder, found.hashes);
    });
    files->run([slot, folder, before = cutoff()](const files::file_store* disk) {
      if (!disk) return slot({});
      slot({std::make_shared<std::vector<std::string>>(
          disk->taken_before(static_cast<std::uint8_t>(folder), before))});
    });
  }
  void look_up(int folder, const std::shared_ptr<std::vector<std::string>>& hashes) {
    read_database(self, *rt, {store::hashes_in_use(*hashes)}, [this, folder, hashes](const db_reply& r) {
      if (!r.ok()) return end(false);
      auto used = store::read_hashes(r.rows());
      std::set<std::string> keep(used.begin(), used.end());
      auto unused = std::make_shared<std::vector<std::string>>();
      for (auto& h : *hashes)
        if (!keep.contains(h)) unused->push_back(h);
      if (unused->empty()) return next_folder(folder + 1);
      remove_files(folder, unused);
    });
  }
  void remove_files(int folder, const std::shared_ptr<std::vector<std::string>>& unused) {
    auto slot = reply_slot<removed_files>::make(self, [this, folder](const removed_files& gone) {
      if (!gone.count) return end(false);
      result.files_gone += *gone.count;
      next_folder(folder + 1);
    });
    files->run([slot, unused, before = cutoff()](const files::file_store* disk) {
      if (!disk) return slot({});
      std::uint64_t count = 0;
      for (auto& h : *unused) count += disk->remove_taken_before(h, before);
      slot({std::make_shared<std::uint64_t>(count)});
    });
  }
};

caf::behavior media_sweep(caf::stateful_actor<sweep_state>* self, const runtime* rt,
                          files::file_service* files, seconds ttl, std::function<void(sweep_result)> done) {
  auto& s = self->state;
  s.self = self;
  s.rt = rt;
  s.files = files;
  s.ttl = ttl;
  s.done = std::move(done);
  return {[=](begin_sweep) { self->state.next_rows(uuid{}); }};
}

} // namespace

void sweep_unreferenced(caf::actor_system& system, const runtime& rt, files::file_service& files, seconds ttl,
                        std::function<void(sweep_result)> done) {
  caf::anon_send(system.spawn(media_sweep, &rt, &files, ttl, std::move(done)), begin_sweep{});
}

} // namespace troupe::api
