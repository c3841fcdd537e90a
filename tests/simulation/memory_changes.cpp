#include "tests/simulation/memory_rows.hpp"

#include <boost/json.hpp>

#include <set>
#include <stdexcept>

// What the statements that go through JOURNALs do to the rows (actors/content/store_flight.cpp,
// store_changes.cpp; actors/social/store.cpp). Both are held to one contract: contract_test.cpp.
namespace troupe::test {

namespace {

void log(const memory_call& call, const memory_delivery& d, std::string from, std::string to,
         std::int64_t epoch, std::string reason) {
  memory_ledger_row row;
  row.delivery = d.id;
  row.from = std::move(from);
  row.to = std::move(to);
  row.node = call.values.at(2).value_or("");
  row.reason = std::move(reason);
  row.shard = d.shard;
  row.epoch = epoch;
  row.attempt = d.attempt;
  row.at_us = call.now_us;
  row.application = call.application;
  call.rows.ledger.push_back(std::move(row));
}

void keep_key(const memory_call& call, const storage::param& scope, const storage::param& key,
              const storage::param& body_hash, const std::string& subject) {
  if (!key) return;
  std::pair id{scope.value_or(""), *key};
  ++call.rows.carried_out[id];
  call.rows.idempotency.try_emplace(id, memory_rows::kept{body_hash.value_or(""), subject});
}

memory_delivery* find(const memory_call& call, const std::string& id, std::int64_t version,
                      std::string_view state) {
  auto it = call.rows.deliveries.find(id);
  if (it == call.rows.deliveries.end() || it->second.version != version || it->second.state != state)
    return nullptr;
  return &it->second;
}

void overlay(storage::param& to, const storage::param& with) {
  if (with) to = with;
}

memory_answer arm(const memory_call& call) {
  unnested u(call);
  memory_answer out;
  for (std::size_t i = 0; i < u.size(); ++i) {
    auto* d = find(call, u.text(i, 0), u.number(i, 1), "scheduled");
    if (!d) continue;
    d->state = "sending";
    ++d->version;
    ++d->attempt;
    d->epoch = u.epoch(i);
    if (!d->first_sending_us) d->first_sending_us = call.now_us;
    d->send_not_after_us = call.now_us + u.number(i, 2) * 1'000;
    d->call_deadline_us = call.now_us + (u.number(i, 2) + u.number(i, 3)) * 1'000;
    d->next_us.reset();
    log(call, *d, "scheduled", "sending", d->epoch, "due");
    auto& p = call.rows.posts.at(d->post);
    out.push_back({std::to_string(i + 1), std::to_string(d->version), std::to_string(d->attempt),
                   text_of(d->send_not_after_us), d->text ? d->text : p.text, d->title ? d->title : p.title,
                   p.language, d->media ? d->media : p.media, d->options, d->remote_handle, d->key});
  }
  return out;
}

memory_answer transition(const memory_call& call) {
  unnested u(call);
  memory_answer out;
  for (std::size_t i = 0; i < u.size(); ++i) {
    auto* d = find(call, u.text(i, 0), u.number(i, 1), u.text(i, 2));
    if (!d) continue;
    auto repeat = u.maybe(i, 14);
    d->state = u.text(i, 3);
    d->is_open = u.yes(i, 4);
    ++d->version;
    d->epoch = u.epoch(i);
    if (repeat) {
      ++d->attempt;
      d->call_deadline_us = call.now_us + *repeat * 1'000;
    }
    d->next_us = u.maybe(i, 7);
    overlay(d->remote_id, u.at(i, 8));
    overlay(d->permalink, u.at(i, 9));
    d->error_kind = u.at(i, 10);
    d->error_detail = u.at(i, 11);
    d->burnt += u.number(i, 12);
    if (auto at = u.maybe(i, 13)) d->published_us = at;
    log(call, *d, u.text(i, 2), d->state, d->epoch, u.text(i, 5));
    out.push_back({std::to_string(i + 1), std::to_string(d->version), std::to_string(d->attempt),
                   repeat ? text_of(d->call_deadline_us) : std::nullopt});
  }
  return out;
}

memory_answer published(const memory_call& call) {
  unnested u(call);
  memory_answer out;
  for (std::size_t i = 0; i < u.size(); ++i) {
    auto* d = find(call, u.text(i, 0), u.number(i, 1), "sending");
    if (!d) continue;
    d->state = "published";
    d->is_open = false;
    ++d->version;
    d->epoch = u.epoch(i);
    d->next_us.reset();
    overlay(d->remote_id, u.at(i, 2));
    overlay(d->permalink, u.at(i, 3));
    d->error_kind = d->error_detail = std::nullopt;
    d->published_us = u.number(i, 4);
    log(call, *d, "sending", "published", d->epoch, "published");
    out.push_back(
        {std::to_string(i + 1), std::to_string(d->version), std::to_string(d->attempt), std::nullopt});
  }
  return out;
}

memory_answer prepared(const memory_call& call) {
  unnested u(call);
  memory_answer out;
  for (std::size_t i = 0; i < u.size(); ++i) {
    auto* d = find(call, u.text(i, 0), u.number(i, 1), "scheduled");
    if (!d) continue;
    d->remote_handle = u.at(i, 2);
    ++d->version;
    d->epoch = u.epoch(i);
    out.push_back({std::to_string(i + 1), std::to_string(d->version)});
  }
  return out;
}

storage::param json_text(const boost::json::object& o, const char* name) {
  auto* v = o.if_contains(name);
  if (!v || v->is_null()) return std::nullopt;
  if (v->is_string()) return std::string(v->get_string());
  return boost::json::serialize(*v);
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
      auto& t = v.as_object();
      memory_delivery d;
      d.id = d.key = json_text(t, "id").value_or("");
      d.post = p.id;
      d.workspace = p.workspace;
      d.shard = p.shard;
      d.account = json_text(t, "account_id").value_or("");
      d.platform = json_text(t, "platform").value_or("");
      d.due_us = p.scheduled_us;
      d.is_open = p.scheduled_us.has_value();
      d.state = d.is_open ? "scheduled" : "draft";
      d.text = json_text(t, "text");
      d.title = json_text(t, "title");
      d.media = json_text(t, "media");
      d.options = json_text(t, "options").value_or("{}");
      if (d.is_open) log(call, d, "draft", "scheduled", u.epoch(i), "scheduled");
      call.rows.deliveries[d.id] = std::move(d);
    }
    keep_key(call, p.author, u.at(i, 12), u.at(i, 13), p.id);
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

memory_answer move_post(const memory_call& call) {
  unnested u(call);
  memory_answer out;
  for (std::size_t i = 0; i < u.size(); ++i) {
    auto it = call.rows.posts.find(u.text(i, 0));
    if (it == call.rows.posts.end() || it->second.version != u.number(i, 1) || it->second.deleted) continue;
    auto& p = it->second;
    bool set_due = u.yes(i, 4);
    auto due = u.maybe(i, 5);
    if (set_due) {
      p.scheduled_us = due;
      p.local = u.at(i, 6);
      p.zone = u.at(i, 7);
    }
    p.deleted = u.yes(i, 8);
    ++p.version;
    p.updated_us = call.now_us;
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
    auto* d = find(call, u.text(i, 0), u.number(i, 1), u.text(i, 2));
    if (!d) continue;
    d->state = u.text(i, 3);
    d->is_open = d->state == "scheduled";
    ++d->version;
    d->epoch = u.epoch(i);
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
  static const std::map<std::string_view, memory_statement> known{{"delivery_arm", arm},
                                                                  {"delivery_transition", transition},
                                                                  {"delivery_published", published},
                                                                  {"delivery_prepared", prepared},
                                                                  {"post_create", create},
                                                                  {"post_move", move_post},
                                                                  {"delivery_decide", decide},
                                                                  {"account_set_state", set_state}};
  auto it = known.find(name);
  return it == known.end() ? nullptr : it->second;
}

} // namespace troupe::test
