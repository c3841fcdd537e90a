#include "tests/simulation/world.hpp"

#include <fmt/format.h>

#include <algorithm>

// What must hold, after every step and at the end.
namespace troupe::test {

/// Every delivery in the database, as the network knows it.
std::vector<std::pair<std::string, const memory_delivery*>> world::known_deliveries() const {
  std::vector<std::pair<std::string, const memory_delivery*>> out;
  for (auto& [id, d] : server.rows.deliveries)
    for (auto& a : accounts_)
      if (to_string(a.id) == d.account)
        out.emplace_back(
            recording_network::identity("Bearer sandbox-" + a.handle, server.rows.posts.at(d.post).text), &d);
  return out;
}

/// No stale epoch commits, each epoch has one writer, and nothing is carried out twice under one key.
void world::check_commits() {
  auto& ledger = server.rows.ledger;
  for (; ledger_seen_ < ledger.size(); ++ledger_seen_) {
    auto& row = ledger[ledger_seen_];
    note(row.to, row.epoch);
    if (row.epoch != tables.shards[row.shard].epoch)
      fail(fmt::format("a stale epoch has committed: {} of shard {}, which is at {}", row.epoch, row.shard,
                       tables.shards[row.shard].epoch));
    auto& seen = epochs_seen_[row.shard];
    if (row.epoch < seen) fail("the epochs of a ledger fall");
    seen = row.epoch;
    auto [writer, fresh] = writers_.try_emplace({row.shard, row.epoch}, row.application);
    if (!fresh && writer->second != row.application)
      fail(fmt::format("{} and {} have written shard {} in one epoch", writer->second, row.application,
                       row.shard));
    if (row.to == "in_doubt" || row.to == "needs_review") ever_in_doubt_.insert(row.delivery);
  }
  for (auto& [key, times] : server.rows.carried_out)
    if (times > 1) fail(fmt::format("{} was carried out {} times", key.second, times));
}

/// Nothing leaves without a committed row that says so, and nothing but what that row's post says.
void world::check_release(const recording_network::call& c) {
  if (c.what.method != outbound::verb::post) return;
  auto sent = recording_network::identity_of(c), text = recording_network::text_of(c);
  for (auto& [what, d] : known_deliveries()) {
    if (what != sent) continue;
    if (d->attempt < 1 || d->state == "scheduled" || d->state == "draft" || d->state == "cancelled")
      fail(fmt::format("{} was sent while its row says {}, attempt {}", what, d->state, d->attempt));
    if (auto& stands = server.rows.posts.at(d->post).text; text != stands)
      fail(fmt::format("\"{}\" was sent while its row says \"{}\"", text, stands));
    return;
  }
  fail("something was sent that is not in the database");
}

void world::check_applied(const std::string& what) {
  auto& seen = network.record().at(what);
  note(what, seen.applied);
  if (seen.applied > 1) fail(what + " was published twice");
  for (auto& [name, d] : known_deliveries()) {
    if (name != what) continue;
    if (!d->due_us || now_us_ < *d->due_us)
      fail(fmt::format("{} was published {} us early", what, d->due_us.value_or(0) - now_us_));
    for (auto& p : posts_)
      if (p.cancelled.contains(d->id)) fail(what + " was published after it was acknowledged as cancelled");
    // Who edits what a person has to look at knows that the old words may be out.
    if (auto& stands = server.rows.posts.at(d->post).text;
        seen.text != stands && !ever_in_doubt_.contains(d->id))
      fail(fmt::format("\"{}\" was published after it had been edited to \"{}\"", seen.text, stands));
  }
}

/// Faults have ended and time has passed: nothing that was acknowledged is lost.
void world::check_end() {
  if (!server.locks_are_consistent()) fail("locks that nobody holds");
  for (auto& p : posts_)
    if (p.made && !server.rows.posts.contains(to_string(p.id))) fail(p.text + " was acknowledged and lost");
  for (auto& p : posts_) {
    if (!p.made) continue;
    auto& row = server.rows.posts.at(to_string(p.id));
    if (row.version < p.version)
      fail(fmt::format("{}: version {} was acknowledged and lost", p.text, p.version));
    bool wished = row.text == p.stands;
    for (auto& x : wishes_) // who was not answered may have been heard
      wished = wished || (&posts_[x.post] == &p && x.text == row.text && !x.acknowledged);
    if (!wished) fail(fmt::format("\"{}\" was acknowledged, and the row says \"{}\"", p.stands, row.text));
  }
  for (auto& x : wishes_) {
    static constexpr const char* names[] = {"create", "edit", "move", "cancel", "read"};
    if (x.acknowledged) ++outcomes_[std::string(names[static_cast<std::size_t>(x.what)]) + " granted"];
  }
  for (auto& [what, d] : known_deliveries()) {
    auto it = network.record().find(what);
    auto applied = it == network.record().end() ? 0 : it->second.applied;
    auto& s = d->state;
    bool final = s == "published" || s == "failed" || s == "cancelled" || s == "needs_review";
    if (!final) fail(fmt::format("{} is {} in the end", what, s));
    if (s == "published" && applied != 1) fail(fmt::format("{} is said to be published, and is not", what));
    if (s == "published" && it->second.id != d->remote_id)
      fail(fmt::format("{} is known by another id than the network's", what));
    if (s == "failed" && applied != 0) fail(fmt::format("{} is said to have failed, and is published", what));
    if (s == "cancelled" && applied != 0 && !ever_in_doubt_.contains(d->id))
      fail(fmt::format("{} is said to be cancelled, and is published", what));
    ++outcomes_[s];
    note(s);
  }
}

} // namespace troupe::test
