#include "tests/simulation/memory_rows.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <tuple>

// What the statements that readers run answer (actors/content/store.cpp, actors/social/store.cpp).
namespace troupe::test {

namespace {

memory_answer load_post(const memory_call& call) {
  auto it = call.rows.posts.find(call.values.at(0).value_or(""));
  if (it == call.rows.posts.end() || it->second.workspace != call.values.at(1)) return {};
  auto& p = it->second;
  return {{p.id, p.workspace, p.author, p.text, p.title, p.language, p.media, text_of(p.scheduled_us),
           p.local, p.zone, std::to_string(p.version), text_of(p.deleted), std::to_string(p.created_us),
           std::to_string(p.updated_us)}};
}

memory_answer load_deliveries(const memory_call& call) {
  memory_answer out;
  for (auto& [id, d] : call.rows.deliveries) {
    if (d.post != call.values.at(0)) continue;
    out.push_back({d.id,
                   d.account,
                   d.platform,
                   text_of(d.due_us),
                   d.state,
                   std::to_string(d.version),
                   std::to_string(d.attempt),
                   std::to_string(d.burnt),
                   d.key,
                   d.text,
                   d.title,
                   d.media,
                   d.options,
                   text_of(d.first_sending_us),
                   text_of(d.call_deadline_us),
                   text_of(d.next_us),
                   text_of(d.published_us),
                   d.remote_handle,
                   d.remote_id,
                   d.permalink,
                   d.error_kind,
                   d.error_detail});
  }
  return out;
}

/// The view open_delivery, without its last column (an instant, which nobody reads).
storage::params open_row(const memory_call& call, const memory_delivery& d) {
  auto media = d.media.value_or(call.rows.posts.at(d.post).media);
  bool ready = d.remote_handle && boost::json::parse(*d.remote_handle).as_object().contains("prepared");
  return {d.id,
          d.post,
          d.workspace,
          d.account,
          d.state,
          std::to_string(d.version),
          std::to_string(d.attempt),
          std::to_string(d.burnt),
          text_of(d.due_us),
          text_of(d.next_us),
          text_of(d.call_deadline_us),
          d.platform,
          text_of(media != "[]"),
          text_of(ready),
          std::to_string(d.epoch),
          std::to_string(d.shard)};
}

memory_answer open_deliveries(const memory_call& call) {
  auto shard = number(call.values.at(0)), before = number(call.values.at(1)),
       after = number(call.values.at(2));
  auto& after_id = call.values.at(3);
  std::vector<const memory_delivery*> found;
  for (auto& [id, d] : call.rows.deliveries)
    if (d.is_open && d.shard == shard && d.due_us && *d.due_us < before &&
        std::tie(*d.due_us, id) > std::tie(after, *after_id))
      found.push_back(&d);
  std::sort(found.begin(), found.end(),
            [](auto* a, auto* b) { return std::tie(*a->due_us, a->id) < std::tie(*b->due_us, b->id); });
  memory_answer out;
  for (auto* d : found) {
    if (static_cast<std::int64_t>(out.size()) >= number(call.values.at(4))) break;
    out.push_back(open_row(call, *d));
  }
  return out;
}

memory_answer open_of_post(const memory_call& call) {
  memory_answer out;
  for (auto& [id, d] : call.rows.deliveries)
    if (d.is_open && d.post == call.values.at(0)) out.push_back(open_row(call, d));
  return out;
}

memory_answer receipts(const memory_call& call) {
  memory_answer out;
  for (auto& r : call.rows.receipts)
    if (r.delivery == call.values.at(0))
      out.push_back({r.outcome, r.remote_id, r.permalink, std::to_string(r.at_us)});
  return out;
}

memory_answer keep_receipt(const memory_call& call) {
  memory_receipt r;
  r.delivery = call.values.at(0).value_or("");
  r.attempt = number(call.values.at(1));
  r.node = call.values.at(2).value_or("");
  r.outcome = call.values.at(3).value_or("");
  r.remote_id = call.values.at(4).value_or("");
  r.permalink = call.values.at(5).value_or("");
  r.at_us = call.now_us;
  call.rows.receipts.push_back(std::move(r));
  return {};
}

memory_answer unsettled(const memory_call& call) {
  auto shards = elements(call.values.at(1));
  memory_answer out;
  for (auto& [id, d] : call.rows.deliveries) {
    if (std::none_of(shards.begin(), shards.end(), [&](auto& s) { return number(s) == d.shard; })) continue;
    bool says_more =
        std::any_of(call.rows.receipts.begin(), call.rows.receipts.end(), [&, &row = d](auto& r) {
          if (r.delivery != row.id || r.outcome != "published") return false;
          return row.state == "needs_review" ||
                 (row.state == "published" && !r.remote_id.empty() && row.remote_id != r.remote_id &&
                  row.error_kind != "duplicate_detected");
        });
    if (says_more && static_cast<std::int64_t>(out.size()) < number(call.values.at(0)))
      out.push_back({d.id, d.post, d.workspace});
  }
  return out;
}

memory_answer made_for(const memory_call& call) {
  auto it = call.rows.posts.find(call.values.at(0).value_or(""));
  if (it == call.rows.posts.end()) return {};
  return {{it->second.key_hash}};
}

memory_answer kept_key(const memory_call& call) {
  auto it = call.rows.idempotency.find({call.values.at(0).value_or(""), call.values.at(1).value_or("")});
  if (it == call.rows.idempotency.end()) return {};
  return {{it->second.body_hash, it->second.subject}};
}

memory_answer held_accounts(const memory_call& call) {
  memory_answer out;
  for (auto& [id, a] : call.rows.accounts)
    if (a.shard == number(call.values.at(0)) && a.state != "active") out.push_back({a.id, a.state});
  return out;
}

memory_answer load_account(const memory_call& call) {
  auto it = call.rows.accounts.find(call.values.at(0).value_or(""));
  if (it == call.rows.accounts.end() || it->second.workspace != call.values.at(1)) return {};
  auto& a = it->second;
  return {{a.id, a.workspace, a.platform, a.handle, a.handle, a.handle, a.server, a.state, a.state_reason,
           a.sealed, std::nullopt, std::nullopt, a.limits, text_of(a.checked_us), std::to_string(a.version),
           std::to_string(a.created_us), std::nullopt, std::nullopt}};
}

} // namespace

memory_statement read_twin(std::string_view name) {
  static const memory_twins known{{"post_load", load_post},
                                  {"post_deliveries", load_deliveries},
                                  {"open_deliveries", open_deliveries},
                                  {"open_of_post", open_of_post},
                                  {"delivery_receipts", receipts},
                                  {"keep_receipt", keep_receipt},
                                  {"post_made_for", made_for},
                                  {"kept_key", kept_key},
                                  {"unsettled_receipts", unsettled},
                                  {"account_held", held_accounts},
                                  {"account_load", load_account}};
  return twin_in(known, name);
}

} // namespace troupe::test
