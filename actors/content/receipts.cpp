#include "actors/content/post.hpp"
#include "actors/content/store.hpp"
#include "system/core/log.hpp"

#include <fmt/format.h>

#include <algorithm>

// Receipts: what a network has said when its outcome could not be stored, because the fence refused it or
// because who had asked was gone. They are evidence, never fenced; here the owner of the delivery draws its
// conclusion.
namespace troupe {

namespace {

constexpr int most_at_a_time = 500;

std::string link_of(const platforms::receipt& r) { return r.permalink.empty() ? r.remote_id : r.permalink; }

} // namespace

/// May be called, later, from anywhere: it holds nothing of this actor.
std::function<void(const platforms::receipt&)> post_state_::keeper_of(const flight& f,
                                                                      std::string reason) const {
  return [rt = context->rt, metrics = context->metrics, id = f.what.delivery, attempt = f.what.attempt,
          reason = std::move(reason)](const platforms::receipt& r) {
    ++metrics->receipts_kept;
    rt->database->read({{&content_store::keep_receipt,
                         {to_string(id), std::to_string(attempt), rt->owner->node_name(), "published",
                          r.remote_id, r.permalink, reason}}},
                       [id](const storage::batch_result& stored) {
                         if (!stored.ok())
                           log::error("delivery.receipt_not_kept", {{"delivery", to_string(id)}});
                       });
  };
}

void post_state_::look_at_receipts(const uuid& id) {
  operate([this, id] {
    reload([this, id] {
      auto* d = find(id);
      // What is on its way finds its receipts itself.
      if (!exists || !d || flights.contains(id) || is_open(d->state)) return operation_done();
      read_database(self, *context->rt, {{&content_store::receipts, {to_string(id)}}},
                    [this, id](db_reply r) {
                      auto* now = find(id);
                      if (!r.ok() || !now) return operation_done(); // the watch tells again
                      settle_receipts(*now, r.rows());
                    });
    });
  });
}

void post_state_::settle_receipts(const delivery& d, const storage::rows& receipts) {
  std::vector<platforms::receipt>
      seen; // one per publication on the network, the one that the row knows first
  std::optional<std::int64_t> first_us;
  bool known = d.state == delivery_state::published && !d.remote_id.empty();
  if (known) seen.push_back({d.remote_id, d.permalink});
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    if (receipts.get(i, 0) != "published") continue;
    if (!first_us) first_us = receipts.get_int(i, 3);
    platforms::receipt r{std::string(receipts.get(i, 1)), std::string(receipts.get(i, 2))};
    if (std::none_of(seen.begin(), seen.end(), [&](auto& s) { return s.remote_id == r.remote_id; }))
      seen.push_back(std::move(r));
  }
  bool unresolved = d.state == delivery_state::needs_review;
  if (seen.empty() || (!unresolved && d.state != delivery_state::published) || (known && seen.size() < 2))
    return operation_done();
  step s{delivery_state::published};
  s.reason = "a late receipt";
  s.receipt = seen.front();
  if (unresolved) {
    s.event = "delivery.published"; // what was published before has been told already
    s.published_us = first_us;
  }
  if (seen.size() > 1) {
    std::string links;
    for (auto& r : seen) links += (links.empty() ? "" : " and ") + link_of(r);
    s.reason = "a late receipt shows another publication";
    s.detail = links;
    s.error_kind = "duplicate_detected";
    s.error_detail =
        "It is on the network more than once: " + links + ". Please delete what is too much there.";
    s.event = "delivery.duplicate_detected";
    ++context->metrics->duplicates;
    log::warning("delivery.duplicate_detected",
                 {{"delivery", to_string(d.id)}, {"publications", seen.size()}});
  }
  commit(self, *context->rt, shard_number(), content_store::transition,
         transition_row(d.id, d.version, d.state, s),
         [this](const change_result&) { // not applied: the watch tells again
           reload([this] { operation_done(); });
         });
}

caf::behavior watch_receipts(caf::event_based_actor* self, content_context* context) {
  auto look_later = [self, context] {
    context->rt->ticks->wake(caf::actor_cast<caf::actor>(self),
                             std::chrono::steady_clock::now() + context->settings.receipt_interval);
  };
  look_later();
  return {[=](tick) {
    storage::array_builder owned; // those of other nodes are theirs
    for (shard_id s = 0; s < context->rt->route->shards(); ++s)
      if (context->rt->owner->epoch_of(s)) owned.add(static_cast<std::int64_t>(s));
    read_database(self, *context->rt,
                  {{&content_store::unsettled_receipts, {std::to_string(most_at_a_time), owned.take()}}},
                  [=](const db_reply& r) {
                    for (std::size_t i = 0; r.ok() && i < r.rows().size(); ++i) {
                      auto delivery = parse_uuid(r.rows().get(i, 0)), post = parse_uuid(r.rows().get(i, 1)),
                           workspace = parse_uuid(r.rows().get(i, 2));
                      if (delivery && post && workspace)
                        context->rt->route->tell(post_ref(*workspace, *post), look_at_receipts{*delivery});
                    }
                    look_later();
                  });
  }};
}

} // namespace troupe
