#include "actors/content/summary.hpp"

namespace troupe::content_store {

namespace {

// Deliveries of posts that are not deleted. By due time, which the index has: what is retried by hand is due
// anew, so whatever was published or failed lately was also due lately.
#define DELIVERIES_SINCE(days)                                                                               \
  "FROM delivery d JOIN post p ON p.id = d.post_id WHERE d.workspace_id = $1 AND NOT p.deleted "             \
  "AND d.due_at >= now() - interval '" days " days' "

const storage::statement states_sql{
    "summary_states", "SELECT d.state, count(*) FROM delivery d JOIN post p ON p.id = d.post_id "
                      "WHERE d.workspace_id = $1 AND NOT p.deleted GROUP BY d.state"};

const storage::statement stuck_sql{
    "summary_stuck", "SELECT d.id, count(*) OVER () " DELIVERIES_SINCE("30") //
    "AND d.state IN ('needs_review', 'failed') ORDER BY d.due_at DESC, d.id LIMIT $2::int"};

const storage::statement published_sql{
    "summary_published", "SELECT d.id, count(*) OVER () " DELIVERIES_SINCE("30") //
    "AND d.state = 'published' AND d.published_at >= now() - interval '24 hours' "
    "ORDER BY d.published_at DESC, d.id LIMIT $2::int"};

const storage::statement lateness_sql{
    "summary_lateness",
    "SELECT count(*), round(percentile_disc(0.5) WITHIN GROUP (ORDER BY l.ms)), "
    "round(percentile_disc(0.99) WITHIN GROUP (ORDER BY l.ms)), round(max(l.ms)) FROM "
    "(SELECT greatest(extract(epoch FROM d.published_at - d.due_at) * 1000, 0) AS ms " DELIVERIES_SINCE(
        "37") //
    "AND d.state = 'published' AND d.published_at >= now() - interval '7 days') l"};

const storage::statement by_account_sql{
    "summary_by_account",
    "SELECT d.account_id, count(*) FILTER (WHERE d.state IN ('scheduled', 'sending')), "
    "count(*) FILTER (WHERE d.state = 'published' AND d.published_at >= now() - interval '24 hours'), "
    "count(*) FILTER (WHERE d.state = 'failed' AND d.due_at >= now() - interval '7 days'), "
    "count(*) FILTER (WHERE d.state = 'needs_review'), micros(max(d.published_at)) " DELIVERIES_SINCE("30") //
    "GROUP BY d.account_id"};

} // namespace

storage::step count_states(const uuid& workspace) { return {&states_sql, {to_string(workspace)}}; }

std::map<std::string, std::int64_t> read_states(const storage::rows& r) {
  std::map<std::string, std::int64_t> out;
  for (std::size_t i = 0; i < r.size(); ++i) out[std::string(r.get(i, 0))] = r.get_int(i, 1);
  return out;
}

storage::step find_stuck(const uuid& workspace, std::size_t limit) {
  return {&stuck_sql, {to_string(workspace), std::to_string(limit)}};
}

storage::step find_published(const uuid& workspace, std::size_t limit) {
  return {&published_sql, {to_string(workspace), std::to_string(limit)}};
}

found_ids read_ids(const storage::rows& r) {
  found_ids out;
  for (std::size_t i = 0; i < r.size(); ++i) out.ids.push_back(parse_uuid(r.get(i, 0)).value_or(uuid{}));
  if (!r.empty()) out.total = r.get_int(0, 1);
  return out;
}

storage::step measure_lateness(const uuid& workspace) { return {&lateness_sql, {to_string(workspace)}}; }

lateness_figures read_lateness(const storage::rows& r) {
  if (r.empty()) return {};
  return {r.get_int(0, 0), r.get_int(0, 1), r.get_int(0, 2), r.get_int(0, 3)};
}

storage::step count_by_account(const uuid& workspace) { return {&by_account_sql, {to_string(workspace)}}; }

std::map<uuid, account_figures> read_by_account(const storage::rows& r) {
  std::map<uuid, account_figures> out;
  for (std::size_t i = 0; i < r.size(); ++i) {
    account_figures f{r.get_int(i, 1), r.get_int(i, 2), r.get_int(i, 3), r.get_int(i, 4), std::nullopt};
    if (!r.is_null(i, 5)) f.last_published_at = from_micros(r.get_int(i, 5));
    out.emplace(parse_uuid(r.get(i, 0)).value_or(uuid{}), f);
  }
  return out;
}

} // namespace troupe::content_store
