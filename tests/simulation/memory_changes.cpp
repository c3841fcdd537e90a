#include "tests/simulation/memory_rows.hpp"

#include <boost/json.hpp>

#include <set>
#include <stdexcept>

// What people change through JOURNALs, as actors/content/store_changes.cpp and actors/social/store.cpp do it.
// Both are held to one contract: contract_test.cpp.
namespace troupe::test {

namespace {

void keep_key(const memory_call& call, const storage::param& scope, const storage::param& key,
              const storage::param& body_hash, const std::string& subject) {
  if (!key) return;
  std::pair id{scope.value_or(""), *key};
  ++call.rows.carried_out[id];
  call.rows.idempotency.try_emplace(id, memory_rows::kept{body_hash.value_or(""), subject});
}

storage::param json_text(const boost::json::object& o, const char* name) {
  auto* v = o.if_contains(name);
  if (!v || v->is_null()) return std::nullopt;
  if (v->is_string()) return std::string(v->get_string());
  return boost::json::serialize(*v);
}

memory_delivery target_of(const boost::json::object& t, const memory_post& p) {
  memory_delivery d;
  d.id = d.key = json_text(t, "id").value_or("");
  d.post = p.id;
  d.workspace = p.workspace;
  d.shard = p.shard;
  d.account = json_text(t, "account_id").value_or("");
  d.platform = json_text(t, "platform").value_or("");
  d.text = json_text(t, "text");
  d.title = json_text(t, "title");
  d.media = json_text(t, "media");
  d.options = json_text(t, "options").value_or("{}");
  return d;
}

memory_answer create(const memory_call& call) {
  unnested u(call);
  memory_answer out;
  for (std::size_t i = 0; i < u.size(); ++i) {
    auto [it, fresh] = call.rows.posts.try_emplace(u.text(i, 0));
    if (!fresh) continue;
    auto& p = it->second;
    p.id = u.text(i, 0);
    p.workspace = u.text(i, 1);
    p.author = u.text(i, 2);
    p.text = u.text(i, 3);
    p.title = u.text(i, 4);
    p.language = u.text(i, 5);
    p.media = u.text(i, 6);
    p.scheduled_us = u.maybe(i, 7);
    p.local = u.at(i, 8);
    p.zone = u.at(i, 9);
    p.created_us = p.updated_us = u.number(i, 10);
    p.shard = u.shard(i);
    auto targets = boost::json::parse(u.text(i, 11));
    for (auto& v : targets.as_array()) {
      auto d = target_of(v.as_object(), p);
      d.due_us = p.scheduled_us;
      d.is_open = p.scheduled_us.has_value();
      d.state = d.is_open ? "scheduled" : "draft";
      if (d.is_open) log(call, d, "draft", "scheduled", u.epoch(i), "scheduled");
      call.rows.deliveries[d.id] = std::move(d);
    }
    p.key_hash = u.at(i, 12);
    out.push_back({std::to_string(i + 1)});
  }
  return out;
}

std::set<std::string> split(const std::string& joined) {
  std::set<std::string> out;
  for (std::size_t at = 0; at < joined.size();) {
    auto end = std::min(joined.find(',', at), joined.size());
    out.insert(joined.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

/// The post that row `row` names by id and version, taken one version further; nullptr if it does not stand
/// there.
memory_post* next_version(const memory_call& call, const unnested& u, std::size_t row) {
  auto it = call.rows.posts.find(u.text(row, 0));
  if (it == call.rows.posts.end() || it->second.version != u.number(row, 1) || it->second.deleted)
    return nullptr;
  ++it->second.version;
  it->second.updated_us = call.now_us;
  return &it->second;
}

memory_answer edit(const memory_call& call) {
  unnested u(call);
  memory_answer out;
  for (std::size_t i = 0; i < u.size(); ++i) {
    auto* found = next_version(call, u, i);
    if (!found) continue;
    auto& p = *found;
    p.text = u.text(i, 2);
    p.title = u.text(i, 3);
    p.language = u.text(i, 4);
    p.media = u.text(i, 5);
    auto removed = split(u.text(i, 7));
    auto targets = boost::json::parse(u.text(i, 6));
    for (auto& v : targets.as_array()) {
      auto wanted = target_of(v.as_object(), p);
      auto [known, fresh] = call.rows.deliveries.try_emplace(wanted.id, wanted);
      auto& d = known->second;
      if (fresh) {
        d.state = json_text(v.as_object(), "state").value_or("");
        d.is_open = d.state == "scheduled";
        if (d.is_open) d.due_us = p.scheduled_us;
        continue;
      }
      if (d.state == "sending" || d.state == "in_doubt" || d.state == "published") continue;
      d.text = wanted.text;
      d.title = wanted.title;
      d.media = wanted.media;
      d.options = wanted.options;
      d.remote_handle.reset();
      ++d.version;
    }
    for (auto& [id, d] : call.rows.deliveries) {
      if (d.post != p.id || !removed.contains(id)) continue;
      auto from = std::exchange(d.state, "cancelled");
      d.is_open = false;
      ++d.version;
      log(call, d, from, d.state, u.epoch(i), "target removed");
    }
    keep_key(call, u.at(i, 8), u.at(i, 9), u.at(i, 10), p.id);
    out.push_back({std::to_string(i + 1)});
  }
  return out;
}

memory_answer move_post(const memory_call& call) {
  unnested u(call);
  memory_answer out;
  for (std::size_t i = 0; i < u.size(); ++i) {
    auto* found = next_version(call, u, i);
    if (!found) continue;
    auto& p = *found;
    bool set_due = u.yes(i, 4);
    auto due = u.maybe(i, 5);
    if (set_due) {
      p.scheduled_us = due;
      p.local = u.at(i, 6);
      p.zone = u.at(i, 7);
    }
    p.deleted = u.yes(i, 8);
    auto chosen = split(u.text(i, 2));
    for (auto& [id, d] : call.rows.deliveries) {
      if (d.post != p.id || !chosen.contains(id)) continue;
      if (d.state == "sending" || d.state == "in_doubt" || d.state == "published") continue;
      auto from = std::exchange(d.state, u.text(i, 3));
      d.is_open = d.state == "scheduled";
      if (set_due && due != d.due_us) d.remote_handle.reset();
      if (set_due) d.due_us = due;
      d.next_us.reset();
      d.error_kind = d.error_detail = std::nullopt;
      d.burnt = 0;
      ++d.version;
      log(call, d, from, d.state, u.epoch(i), u.text(i, 9));
    }
    keep_key(call, u.at(i, 11), u.at(i, 12), u.at(i, 13), p.id);
    out.push_back({std::to_string(i + 1)});
  }
  return out;
}

memory_answer decide(const memory_call& call) {
  unnested u(call);
  memory_answer out;
  for (std::size_t i = 0; i < u.size(); ++i) {
    auto* d = next_version(call, u, i, u.text(i, 2));
    if (!d) continue;
    d->state = u.text(i, 3);
    d->is_open = d->state == "scheduled";
    if (auto due = u.maybe(i, 5)) {
      d->due_us = due;
      d->burnt = 0;
      if (d->remote_handle) {
        auto handle = boost::json::parse(*d->remote_handle);
        handle.as_object().erase("prepared");
        d->remote_handle = boost::json::serialize(handle);
      }
    }
    d->next_us.reset();
    overlay(d->permalink, u.at(i, 6));
    d->error_kind = d->error_detail = std::nullopt;
    if (auto at = u.maybe(i, 7)) d->published_us = at;
    log(call, *d, u.text(i, 2), d->state, d->epoch, u.text(i, 4));
    keep_key(call, u.at(i, 9), u.at(i, 10), u.at(i, 11), d->id);
    out.push_back({std::to_string(i + 1)});
  }
  return out;
}

memory_answer set_state(const memory_call& call) {
  unnested u(call);
  memory_answer out;
  for (std::size_t i = 0; i < u.size(); ++i) {
    auto it = call.rows.accounts.find(u.text(i, 0));
    if (it == call.rows.accounts.end() || it->second.version != u.number(i, 1)) continue;
    auto& a = it->second;
    a.state = u.text(i, 2);
    a.state_reason = u.text(i, 3);
    if (auto& limits = u.at(i, 4)) {
      a.limits = *limits;
      a.checked_us = call.now_us;
    }
    ++a.version;
    out.push_back({std::to_string(i + 1), std::to_string(a.version), text_of(a.checked_us)});
  }
  return out;
}

} // namespace

memory_statement change_twin(std::string_view name) {
  static const memory_twins known{{"post_create", create},
                                  {"post_edit", edit},
                                  {"post_move", move_post},
                                  {"delivery_decide", decide},
                                  {"account_set_state", set_state}};
  auto twin = flight_twin(name);
  return twin ? twin : twin_in(known, name);
}

} // namespace troupe::test
