#include "tests/simulation/world.hpp"

#include <fmt/format.h>

// People make posts, edit them, move them and call them off, through any node, and ask again under the same
// Idempotency-Key until they are answered.
namespace troupe::test {

namespace {

/// One workspace for each shard.
const std::vector<uuid>& workspaces() {
  static const auto all = [] {
    std::vector<uuid> out(world::shards);
    std::set<shard_id> seen;
    for (int i = 0; seen.size() < world::shards; ++i) {
      auto id = derived_uuid(fmt::format("workspace {}", i));
      if (seen.insert(shard_of(id, world::shards)).second) out[shard_of(id, world::shards)] = id;
    }
    return out;
  }();
  return all;
}

const uuid& person() {
  static const auto id = derived_uuid("somebody");
  return id;
}

} // namespace

void world::populate() {
  static std::map<std::string, std::string> sealed; // the same in every history
  auto limits =
      boost::json::serialize(platforms::to_json(networks().find("sandbox")->describe().default_limits));
  for (auto& w : workspaces())
    for (int i = 0; i < 2; ++i) {
      simulated_account a;
      a.workspace = w;
      a.handle = fmt::format("account{}", accounts_.size());
      a.id = derived_uuid(a.handle);
      auto& secret = sealed[a.handle];
      if (secret.empty())
        secret = keys().seal(
            fmt::format(R"({{"token":"sandbox-{}","behaviour":"ok","refreshed":false}})", a.handle),
            "account:" + to_string(a.id));
      memory_account row;
      row.id = to_string(a.id);
      row.workspace = to_string(w);
      row.platform = "sandbox";
      row.handle = a.handle;
      row.server = "http://network";
      row.sealed = storage::bytea(secret);
      row.limits = limits;
      row.shard = shard_of(w, shards);
      row.created_us = now_us_;
      server.rows.accounts[row.id] = std::move(row);
      accounts_.push_back(std::move(a));
    }
  for (int i = 0; i < scenario_.posts; ++i) {
    simulated_post p;
    wish x;
    x.key = fmt::format("key {}", next_key_++);
    x.post = posts_.size();
    x.next_try_us = now_us_ + static_cast<std::int64_t>(pick(3'000)) * 1'000;
    x.due_us = x.next_try_us + static_cast<std::int64_t>(pick(4'000)) * 1'000;
    auto shard = pick(shards);
    p.workspace = workspaces()[shard];
    p.id = derived_uuid("post:" + x.key);
    p.text = fmt::format("post {}", i);
    p.accounts.push_back(2 * shard + pick(2));
    if (chance(3)) p.accounts.push_back(2 * shard + (1 - p.accounts[0] % 2));
    post_of_text_[p.text] = posts_.size();
    posts_.push_back(std::move(p));
    wishes_.push_back(std::move(x));
  }
}

void world::think_of_something() {
  wish x;
  x.post = pick(static_cast<unsigned>(posts_.size()));
  if (!posts_[x.post].made) return;
  static constexpr wish::kind changes[] = {wish::kind::edit, wish::kind::cancel, wish::kind::move};
  x.what = chance(2) ? wish::kind::read : changes[pick(3)];
  if (x.what == wish::kind::edit)
    x.text = fmt::format("{}, take {}", posts_[x.post].text, ++posts_[x.post].takes);
  if (x.what != wish::kind::read) x.key = fmt::format("key {}", next_key_++);
  x.due_us = now_us_ + static_cast<std::int64_t>(pick(3'000)) * 1'000;
  x.next_try_us = now_us_;
  // Around the moment at which it goes out is when it is interesting.
  auto& row = server.rows.posts.at(to_string(posts_[x.post].id));
  if (x.what != wish::kind::read && row.scheduled_us.value_or(0) > now_us_ && !chance(4))
    x.next_try_us = *row.scheduled_us + (static_cast<std::int64_t>(pick(300)) - 200) * 1'000;
  wishes_.push_back(std::move(x));
}

bool world::step_people() {
  for (auto& a : std::exchange(answers_, {})) {
    wishes_[a.which].under_way = false;
    if (a.doc)
      answered(a.which, *a.doc);
    else
      refused(a.which, a.why);
  }
  for (std::size_t i = 0; i < wishes_.size(); ++i) {
    auto& x = wishes_[i];
    if (x.acknowledged || x.refused || x.under_way || now_us_ < x.next_try_us) continue;
    ask(i);
    return true;
  }
  auto most = static_cast<std::size_t>(scenario_.posts) * 6;
  if (peace_ || wishes_.size() >= most || !chance(6)) return false;
  think_of_something();
  return true;
}

void world::ask(std::size_t which) {
  auto& x = wishes_[which];
  auto& p = posts_[x.post];
  x.next_try_us = now_us_ + 100'000 + static_cast<std::int64_t>(pick(100'000));
  // A balancer sends people to any node that it holds for alive, also to one that is frozen.
  auto* through = any_alive();
  if (!through) return;
  auto who = post_ref(p.workspace, p.id);
  auto to = through->asked(who);
  if (!to) return;
  note("ask", static_cast<std::int64_t>(which));
  x.under_way = true;
  ++x.tries;
  request_origin origin;
  origin.user = person();
  origin.key = x.key;
  origin.body_hash = x.key;
  schedule_spec at;
  at.what = schedule_spec::kind::at;
  at.at_us = x.due_us;
  caf::message m;
  switch (x.what) {
  case wish::kind::create: {
    create_post c;
    c.origin = origin;
    c.content.text = p.text;
    c.schedule = at;
    for (auto a : p.accounts) {
      target_spec t;
      t.account = accounts_[a].id;
      c.targets.push_back(std::move(t));
    }
    m = caf::make_message(std::move(c));
    break;
  }
  case wish::kind::read:
    x.at_least = p.version;
    m = caf::make_message(read_post{});
    break;
  case wish::kind::edit: {
    edit_post e;
    e.origin = origin;
    e.has_text = true;
    e.content.text = x.text;
    m = caf::make_message(std::move(e));
    break;
  }
  case wish::kind::move: m = caf::make_message(schedule_post{origin, at}); break;
  case wish::kind::cancel: m = caf::make_message(act_on_post{origin, post_action::cancel}); break;
  }
  turn nobody(*this, nullptr);
  system_->spawn([this, which, to, who, m](caf::event_based_actor* self) {
    self->request(to, std::chrono::seconds{10}, routed{who, m})
        .then(
            [this, which](document& d) {
              answers_.push_back({which, std::move(d), {}});
            },
            [this, which](caf::error& e) {
              answers_.push_back({which, std::nullopt, to_failure(e)});
            });
  });
}

void world::answered(std::size_t which, const document& d) {
  auto& x = wishes_[which];
  auto& p = posts_[x.post];
  note("answered", static_cast<std::int64_t>(which));
  x.acknowledged = true;
  if (x.what == wish::kind::create) p.made = true;
  if (!server.rows.posts.contains(to_string(p.id))) fail(p.text + ": acknowledged, and not in the database");
  if (x.what == wish::kind::read && d.version < x.at_least && !lock_was_lost_)
    fail(
        fmt::format("{}: version {} was read after {} had been acknowledged", p.text, d.version, x.at_least));
  auto view = boost::json::parse(d.json).as_object();
  std::string text(view.at("text").as_string());
  if (d.version == p.version && text != p.stands)
    fail(fmt::format("{}: version {} was \"{}\" and is \"{}\"", p.text, d.version, p.stands, text));
  if (d.version > p.version) {
    p.version = d.version;
    p.stands = text;
  }
  if (x.what != wish::kind::cancel) return;
  for (auto& v : view.at("deliveries").as_array()) {
    auto& o = v.as_object();
    std::string id(o.at("id").as_string());
    if (o.at("state").as_string() != "cancelled" || ever_in_doubt_.contains(id)) continue;
    p.cancelled.insert(id);
    for (auto& [what, row] : known_deliveries())
      if (row->id == id && network.record().contains(what) && network.record().at(what).applied > 0)
        fail(what + ": acknowledged as cancelled, and published before");
  }
}

void world::refused(std::size_t which, const failure& f) {
  auto& x = wishes_[which];
  note("refused", static_cast<std::int64_t>(f.code));
  x.refusal = std::string(slug(f.code));
  switch (f.code) {
  case ec::already_sending:
  case ec::conflict:
  case ec::validation_failed: // its time has passed meanwhile
  case ec::not_found:
  case ec::idempotency_mismatch:
  case ec::precondition_failed: x.refused = true; break;
  default: break; // asked again
  }
  if (f.code == ec::idempotency_mismatch) fail(x.key + ": the same wish is held for another one");
  if (f.code == ec::not_found && posts_[x.post].made)
    fail(posts_[x.post].text + ": made, and not to be found");
}

} // namespace troupe::test
