#include "actors/content/dispatcher.hpp"
#include "actors/content/store.hpp"

// The DISPATCHER: what it learns from the database.
namespace troupe {

namespace {

due_delivery read_open(const storage::rows& r, std::size_t i, std::int64_t epoch) {
  due_delivery d;
  d.delivery = parse_uuid(r.get(i, 0)).value_or(uuid{});
  d.post = parse_uuid(r.get(i, 1)).value_or(uuid{});
  d.workspace = parse_uuid(r.get(i, 2)).value_or(uuid{});
  d.account = parse_uuid(r.get(i, 3)).value_or(uuid{});
  d.state = parse_delivery_state(r.get(i, 4)).value_or(delivery_state::scheduled);
  d.version = r.get_int(i, 5);
  d.attempt = r.get_int(i, 6);
  d.burnt = r.get_int(i, 7);
  d.due_us = r.get_int(i, 8);
  d.wake_us = r.is_null(i, 9) ? d.due_us : std::max(d.due_us, r.get_int(i, 9));
  d.call_deadline_us = r.get_int(i, 10);
  d.platform = r.get(i, 11);
  d.media = r.get_bool(i, 12);
  d.prepared = r.get_bool(i, 13);
  // Of an owner before that one, whose lease may have ended later than its successor's, nothing is known
  // here.
  d.inherited = r.get_int(i, 14) == epoch - 1;
  // What was found under way is looked at at once: the POST knows what to do with it.
  if (d.state != delivery_state::scheduled) d.wake_us = 0;
  return d;
}

} // namespace

/// Loads the next part of the near window, the earliest first, so that what is under way comes first of all;
/// at the first time also which accounts are held back.
void dispatcher_state::load() {
  if (loading || stopping || !open) return;
  loading = true;
  ++loads;
  auto now = to_micros(context->rt->owner->now());
  auto edge = std::max(now + microseconds(context->settings.near_window).count(), loaded_until_us);
  loading_until_us = edge;
  auto limit = context->settings.load_rows;
  auto shard_text = std::to_string(shard);
  std::vector<storage::step> steps{{&content_store::open_deliveries,
                                    {shard_text, std::to_string(edge), std::to_string(loaded_until_us),
                                     to_string(loaded_until_id), std::to_string(limit)}}};
  if (!loaded) steps.push_back({&held_accounts, {shard_text}});
  read_database(self, *context->rt, std::move(steps), [this, edge, limit, time = times_opened](db_reply r) {
    if (time != times_opened) return;
    loading = false;
    if (!r.ok()) {
      context->rt->ticks->wake(caf::actor_cast<caf::actor>(self),
                               std::chrono::steady_clock::now() + load_retry);
      return;
    }
    if (!loaded)
      for (std::size_t i = 0; i < r.rows(1).size(); ++i) {
        due_delivery d;
        d.account = parse_uuid(r.rows(1).get(i, 0)).value_or(uuid{});
        accounts[account_of(d)].held_until_us = never_us;
      }
    loaded = true;
    take_rows(r.rows(), edge, limit);
    collect_due();
  });
}

void dispatcher_state::take_rows(const storage::rows& r, std::int64_t edge_us, int limit) {
  auto epoch = context->rt->owner->epoch_of(shard).value_or(0);
  bool more = r.size() >= static_cast<std::size_t>(limit);
  if (!more) {
    loaded_until_us = edge_us;
    loaded_until_id = {};
  }
  for (std::size_t i = 0; i < r.size(); ++i) {
    auto d = read_open(r, i, epoch);
    // With more to come the edge is the last row: thousands may be due at one instant, so its id counts too.
    if (more && i + 1 == r.size()) {
      loaded_until_us = d.due_us;
      loaded_until_id = d.delivery;
    }
    auto known = by_delivery.find(d.delivery);
    // A POST may have told something newer while the load was on its way.
    if (known != by_delivery.end() && rows[known->second].version >= d.version) continue;
    stands(d, true);
  }
  if (more && has_room()) load();
}

/// A POST died with what it had in hand: the database knows how its deliveries stand.
void dispatcher_state::failed(const entity_failed& f) {
  if (f.who.kind != entity_kind::post) return;
  reload(f.who.id);
}

void dispatcher_state::reload_all_out() {
  std::set<uuid> posts;
  for (auto& r : rows)
    if (r.where == place::out) posts.insert(r.post);
  for (auto& post : posts) reload(post);
}

void dispatcher_state::reload(const uuid& post) {
  read_database(self, *context->rt, {{&content_store::open_of_post, {to_string(post)}}},
                [this, post, time = times_opened](db_reply r) {
                  if (time != times_opened || !open) return;
                  if (!r.ok()) {
                    self->delayed_send(self, load_retry, reload_post{post});
                    return;
                  }
                  std::set<uuid> seen;
                  auto floor = to_micros(context->rt->owner->now() + load_retry);
                  for (std::size_t i = 0; i < r.rows().size(); ++i) {
                    auto d = read_open(r.rows(), i, context->rt->owner->epoch_of(shard).value_or(0));
                    seen.insert(d.delivery);
                    // Not at once: what failed just now gets a moment before it is tried again.
                    d.wake_us = std::max(d.wake_us, floor);
                    stands(d);
                  }
                  std::vector<uuid> closed;
                  for (auto& known : rows)
                    if (known.where != place::gone && known.post == post && !seen.contains(known.delivery))
                      closed.push_back(known.delivery);
                  for (auto& id : closed) {
                    due_delivery d;
                    d.delivery = id;
                    d.state =
                        delivery_state::cancelled; // whatever final state it has, it is not ours any more
                    stands(d);
                  }
                  collect_due();
                });
}

} // namespace troupe
