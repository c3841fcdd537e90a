#include "actors/content/lists.hpp"

#include "actors/content/store.hpp"

#include <algorithm>
#include <unordered_map>

namespace troupe::content_store {

namespace {

// clang-format off
#define MICROS(column) "micros(" column ")"
#define FROM_MICROS(value) "instant(" value "::bigint)"

// The columns that read_post and read_delivery take, in their order.
#define POST_COLUMNS                                                                                                   \
  "p.id, p.workspace_id, p.author_id, p.text, p.title, p.language, p.media::text, " MICROS("p.scheduled_at") ", "      \
  "p.schedule_local, p.schedule_zone, p.version, p.deleted, " MICROS("p.created_at") ", " MICROS("p.updated_at")
#define DELIVERY_COLUMNS                                                                                               \
  "d.id, d.account_id, d.platform, " MICROS("d.due_at") ", d.state, d.version, d.attempt, d.burnt, "                   \
  "d.idempotency_key, d.text, d.title, d.media::text, d.options::text, " MICROS("d.first_sending_at") ", "             \
  MICROS("d.call_deadline") ", " MICROS("d.next_attempt_at") ", " MICROS("d.published_at") ", "                        \
  "d.remote_handle::text, d.remote_id, d.permalink, d.error_kind, d.error_detail"

// The first that fits, as post_state() has it.
#define POST_STATE                                                                                                     \
  "(SELECT CASE WHEN count(*) = 0 THEN 'draft' "                                                                       \
  "WHEN bool_or(d.state = 'needs_review') THEN 'needs_review' "                                                        \
  "WHEN bool_or(d.state = 'in_doubt') THEN 'in_doubt' "                                                                \
  "WHEN bool_or(d.state = 'sending') THEN 'sending' "                                                                  \
  "WHEN bool_or(d.state = 'scheduled') THEN 'scheduled' "                                                              \
  "WHEN bool_or(d.state = 'awaiting_approval') THEN 'awaiting_approval' "                                              \
  "WHEN bool_or(d.state = 'draft') THEN 'draft' "                                                                      \
  "WHEN bool_and(d.state = 'cancelled') THEN 'cancelled' "                                                             \
  "WHEN bool_and(d.state IN ('published', 'cancelled')) THEN 'published' "                                             \
  "WHEN bool_or(d.state = 'published') THEN 'partly_published' ELSE 'failed' END "                                     \
  "FROM delivery d WHERE d.post_id = p.id)"

// $1 workspace, $2 account, $3 states, $4 from, $5 to, $6 and $7 position, $8 limit. The position is always bound (at
// the far end for a first page), so that the index finds the beginning of every page under any plan.
#define POSTS_WHERE                                                                                                    \
  "SELECT " POST_COLUMNS " FROM post p WHERE p.workspace_id = $1 AND NOT p.deleted "                                   \
  "AND ($2::uuid IS NULL OR EXISTS (SELECT 1 FROM delivery a WHERE a.post_id = p.id AND a.account_id = $2::uuid)) "    \
  "AND ($3::text[] IS NULL OR " POST_STATE " = ANY ($3::text[])) "                                                     \
  "AND ($4::bigint IS NULL OR p.scheduled_at >= " FROM_MICROS("$4") ") "                                               \
  "AND ($5::bigint IS NULL OR p.scheduled_at < " FROM_MICROS("$5") ") "
#define POSITION "(" FROM_MICROS("$6") ", $7::uuid) "

const storage::statement posts_created_desc{
  "posts_created_desc",
  POSTS_WHERE "AND (p.created_at, p.id) < " POSITION "ORDER BY p.created_at DESC, p.id DESC LIMIT $8::int"};
const storage::statement posts_created_asc{
  "posts_created_asc",
  POSTS_WHERE "AND (p.created_at, p.id) > " POSITION "ORDER BY p.created_at, p.id LIMIT $8::int"};
const storage::statement posts_scheduled_desc{
  "posts_scheduled_desc",
  POSTS_WHERE "AND p.scheduled_at IS NOT NULL AND (p.scheduled_at, p.id) < " POSITION
  "ORDER BY p.scheduled_at DESC, p.id DESC LIMIT $8::int"};
const storage::statement posts_scheduled_asc{
  "posts_scheduled_asc",
  POSTS_WHERE "AND p.scheduled_at IS NOT NULL AND (p.scheduled_at, p.id) > " POSITION
  "ORDER BY p.scheduled_at, p.id LIMIT $8::int"};

const storage::statement deliveries_of_posts{
  "deliveries_of_posts",
  "SELECT " DELIVERY_COLUMNS ", d.post_id FROM delivery d WHERE d.post_id = ANY ($1::uuid[]) ORDER BY d.post_id, d.id"};
constexpr std::size_t delivery_post_column = 22;

// $1 workspace, $2 account, $3 states, $4 from, $5 to, $6 the undated too, $7 and $8 position among the dated, $9 among
// the undated, $10 limit. Two walks of one index, the dated first.
#define DELIVERIES_WHERE                                                                                               \
  "SELECT " DELIVERY_COLUMNS ", d.post_id FROM delivery d JOIN post p ON p.id = d.post_id WHERE d.workspace_id = $1 "  \
  "AND NOT p.deleted AND ($2::uuid IS NULL OR d.account_id = $2::uuid) "                                               \
  "AND ($3::text[] IS NULL OR d.state = ANY ($3::text[])) "
const storage::statement deliveries_by_due{
  "deliveries_by_due",
  "SELECT * FROM (("
  DELIVERIES_WHERE "AND d.due_at >= " FROM_MICROS("$4") " AND d.due_at < " FROM_MICROS("$5") " AND (d.due_at, d.id) > ("
  FROM_MICROS("$7") ", $8::uuid) ORDER BY d.due_at, d.id LIMIT $10::int) UNION ALL ("
  DELIVERIES_WHERE "AND $6::bool AND d.due_at IS NULL AND d.id > $9::uuid ORDER BY d.id LIMIT $10::int)) "
  "AS walks(id, account_id, platform, due_us) ORDER BY due_us NULLS LAST, id LIMIT $10::int"};

const storage::statement delivery_of_workspace{
  "delivery_of_workspace",
  "SELECT " DELIVERY_COLUMNS ", d.post_id FROM delivery d JOIN post p ON p.id = d.post_id WHERE d.id = $1 AND "
  "d.workspace_id = $2 AND NOT p.deleted"};

const storage::statement posts_by_id{"posts_by_id",
                                     "SELECT " POST_COLUMNS " FROM post p WHERE p.id = ANY ($1::uuid[])"};

const storage::statement ledger_of_delivery{
  "ledger_of_delivery",
  "SELECT " MICROS("at") ", from_state, to_state, node, epoch, attempt, reason, detail FROM ledger WHERE delivery_id = $1 "
  "AND (at, attempt, to_state) > (" FROM_MICROS("$2") ", $3::int, $4) ORDER BY at, attempt, to_state LIMIT $5::int"};
// clang-format on

// Beyond every instant that a row can have; a double, as which these are multiplied, holds them well enough.
constexpr std::int64_t far_future_us = 250'000'000'000'000'000;
constexpr std::int64_t far_past_us = -62'000'000'000'000'000;
constexpr uuid last_id{~std::uint64_t{0}, ~std::uint64_t{0}};

storage::param micros(const std::optional<timestamp>& t) {
  if (!t) return std::nullopt;
  return std::to_string(to_micros(*t));
}

storage::param id_or_null(const std::optional<uuid>& id) {
  if (!id) return std::nullopt;
  return to_string(*id);
}

storage::param array_or_null(const std::vector<std::string>& values) {
  if (values.empty()) return std::nullopt;
  storage::array_builder out;
  for (auto& v : values) out.add(v);
  return out.take();
}

std::string clamped(std::int64_t us) { return std::to_string(std::clamp(us, far_past_us, far_future_us)); }

} // namespace

std::string_view to_string(post_order o) noexcept {
  switch (o) {
  case post_order::created_desc: return "created_desc";
  case post_order::created_asc: return "created_asc";
  case post_order::scheduled_asc: return "scheduled_asc";
  case post_order::scheduled_desc: return "scheduled_desc";
  }
  return "created_desc";
}

std::optional<post_order> parse_post_order(std::string_view text) noexcept {
  using enum post_order;
  for (auto o : {created_desc, created_asc, scheduled_asc, scheduled_desc})
    if (to_string(o) == text) return o;
  return std::nullopt;
}

storage::step list_posts(const post_filter& f) {
  const storage::statement* sql = &posts_created_desc;
  bool falling = true;
  switch (f.order) {
  case post_order::created_desc: break;
  case post_order::created_asc: sql = &posts_created_asc, falling = false; break;
  case post_order::scheduled_asc: sql = &posts_scheduled_asc, falling = false; break;
  case post_order::scheduled_desc: sql = &posts_scheduled_desc; break;
  }
  auto start =
      f.after.value_or(falling ? list_position{far_future_us, last_id} : list_position{far_past_us, uuid{}});
  return {sql,
          {to_string(f.workspace), id_or_null(f.account), array_or_null(f.states), micros(f.from),
           micros(f.to), std::to_string(start.at_us), to_string(start.id), std::to_string(f.limit)}};
}

std::vector<post> read_posts(const storage::rows& r) {
  std::vector<post> out;
  out.reserve(r.size());
  for (std::size_t i = 0; i < r.size(); ++i) out.push_back(read_post(r, i));
  return out;
}

list_position position_of(const post& p, post_order order) noexcept {
  bool by_schedule = order == post_order::scheduled_asc || order == post_order::scheduled_desc;
  return {to_micros(by_schedule ? p.scheduled_at.value_or(timestamp{}) : p.created_at), p.id};
}

storage::step deliveries_of(const std::vector<post>& posts) {
  storage::array_builder ids;
  for (auto& p : posts) ids.add(to_string(p.id));
  return {&deliveries_of_posts, {ids.take()}};
}

void attach_deliveries(std::vector<post>& posts, const storage::rows& r) {
  std::unordered_map<uuid, post*> by_id;
  for (auto& p : posts) by_id.emplace(p.id, &p);
  for (auto& d : read_found(r))
    if (auto p = by_id.find(d.of); p != by_id.end()) p->second->deliveries.push_back(std::move(d.what));
}

storage::step list_deliveries(const delivery_filter& f) {
  bool with_undated = !f.from && !f.to;
  list_position dated{far_past_us, uuid{}};
  uuid undated_after;
  if (f.after && f.after->at_us == undated) {
    dated.at_us = far_future_us;
    undated_after = f.after->id;
  } else if (f.after) {
    dated = *f.after;
  }
  return {&deliveries_by_due,
          {to_string(f.workspace), id_or_null(f.account), array_or_null(f.states),
           clamped(f.from ? to_micros(*f.from) : far_past_us),
           clamped(f.to ? to_micros(*f.to) : far_future_us), with_undated ? "true" : "false",
           std::to_string(dated.at_us), to_string(dated.id), to_string(undated_after),
           std::to_string(f.limit)}};
}

std::vector<found_delivery> read_found(const storage::rows& r) {
  std::vector<found_delivery> out;
  out.reserve(r.size());
  for (std::size_t i = 0; i < r.size(); ++i)
    out.push_back({read_delivery(r, i), parse_uuid(r.get(i, delivery_post_column)).value_or(uuid{})});
  return out;
}

list_position position_of(const delivery& d) noexcept {
  return {d.due_at ? to_micros(*d.due_at) : undated, d.id};
}

storage::step find_delivery(const uuid& workspace, const uuid& id) {
  return {&delivery_of_workspace, {to_string(id), to_string(workspace)}};
}

storage::step posts_of(const std::vector<found_delivery>& deliveries) {
  storage::array_builder ids;
  for (auto& d : deliveries) ids.add(to_string(d.of));
  return {&posts_by_id, {ids.take()}};
}

storage::step list_ledger(const uuid& delivery, const std::optional<ledger_position>& after,
                          std::size_t limit) {
  auto start = after.value_or(ledger_position{far_past_us, 0, {}});
  return {&ledger_of_delivery,
          {to_string(delivery), std::to_string(start.at_us), std::to_string(start.attempt), start.to_state,
           std::to_string(limit)}};
}

ledger_entry read_ledger(const storage::rows& r, std::size_t i) {
  ledger_entry e;
  e.at_us = r.get_int(i, 0);
  e.from_state = r.get(i, 1);
  e.to_state = r.get(i, 2);
  e.node = r.get(i, 3);
  e.epoch = r.get_int(i, 4);
  e.attempt = r.get_int(i, 5);
  e.reason = r.get(i, 6);
  e.detail = r.get(i, 7);
  return e;
}

boost::json::object ledger_view(const ledger_entry& e) {
  auto text_or_null = [](const std::string& s) -> boost::json::value {
    if (s.empty()) return nullptr;
    return boost::json::string(s);
  };
  return {{"at", format_utc(from_micros(e.at_us))},
          {"from_state", text_or_null(e.from_state)},
          {"to_state", e.to_state},
          {"node", e.node},
          {"epoch", e.epoch},
          {"attempt", e.attempt},
          {"reason", e.reason},
          {"detail", text_or_null(e.detail)}};
}

} // namespace troupe::content_store
