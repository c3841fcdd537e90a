#include "system/events/tail_sql.hpp"

#include <algorithm>
#include <charconv>

namespace troupe::events::sql {

namespace {

// Clocks and long transactions may shift an event's own time against its place in the order; a day covers
// both.
#define NOT_OLDER(us) "at >= instant(" us ") - interval '1 day'"
#define EVENT_COLUMNS "xid::text, seq, micros(at), workspace_id, kind, subject, payload"

const storage::statement present_sql{
    "events_present", "SELECT pg_snapshot_xmin(pg_current_snapshot())::text, micros(clock_timestamp()), "
                      "history || '/' || timeline FROM cluster"};

// The left join answers one row at least, so that the position moves on when nothing has happened.
const storage::statement news_sql{
    "events_news",
    "WITH here AS MATERIALIZED (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS upto) "
    "SELECT here.upto::text, micros(clock_timestamp()), e.* FROM here LEFT JOIN LATERAL ("
    "SELECT " EVENT_COLUMNS " FROM event WHERE (event.xid, event.seq) > ($1::text::xid8, $2::bigint) "
    "AND event.xid < here.upto AND workspace_id = ANY ($4::uuid[]) AND " NOT_OLDER("$3::bigint") //
    " ORDER BY event.xid, event.seq LIMIT $5::int) e ON true"};

const storage::statement missed_sql{
    "events_missed",
    "SELECT " EVENT_COLUMNS " FROM event WHERE workspace_id = $1 "
    "AND (event.xid, event.seq) > ($2::text::xid8, $3::bigint) "
    "AND (event.xid, event.seq) <= ($4::text::xid8, $5::bigint) AND " NOT_OLDER("$6::bigint") //
    " ORDER BY event.xid, event.seq LIMIT $7::int"};

std::uint64_t to_xid(std::string_view text) {
  std::uint64_t n = 0;
  std::from_chars(text.data(), text.data() + text.size(), n);
  return n;
}

event read_event(const storage::rows& r, std::size_t row, std::size_t from) {
  event e;
  e.at = {to_xid(r.get(row, from)), r.get_int(row, from + 1)};
  e.time = from_micros(r.get_int(row, from + 2));
  e.workspace = parse_uuid(r.get(row, from + 3)).value_or(uuid{});
  e.kind = r.get(row, from + 4);
  e.subject = parse_uuid(r.get(row, from + 5)).value_or(uuid{});
  e.payload = r.get(row, from + 6);
  return e;
}

} // namespace

storage::step find_present() { return {&present_sql, {}}; }

present read_present(const storage::rows& r) {
  if (r.empty()) return {};
  return {{to_xid(r.get(0, 0)), 0}, from_micros(r.get_int(0, 1)), std::string(r.get(0, 2))};
}

storage::step find_news(const position& from, timestamp since, std::string workspaces, std::size_t limit) {
  return {&news_sql,
          {std::to_string(from.xid), std::to_string(from.seq), std::to_string(to_micros(since)),
           std::move(workspaces), std::to_string(limit)}};
}

news read_news(const storage::rows& r, std::size_t limit) {
  news out;
  for (std::size_t i = 0; i < r.size(); ++i) {
    out.time = from_micros(r.get_int(i, 1));
    out.next = {to_xid(r.get(i, 0)), 0};
    if (!r.is_null(i, 2)) out.events.push_back(read_event(r, i, 2));
  }
  std::sort(out.events.begin(), out.events.end(), [](auto& a, auto& b) { return a.at < b.at; });
  out.more = out.events.size() >= limit;
  if (out.more) out.next = out.events.back().at;
  return out;
}

storage::step find_missed(const uuid& workspace, const position& from, timestamp since, const position& to,
                          std::size_t limit) {
  return {&missed_sql,
          {to_string(workspace), std::to_string(from.xid), std::to_string(from.seq), std::to_string(to.xid),
           std::to_string(to.seq), std::to_string(to_micros(since)), std::to_string(limit)}};
}

std::vector<event> read_missed(const storage::rows& r) {
  std::vector<event> out;
  for (std::size_t i = 0; i < r.size(); ++i) out.push_back(read_event(r, i, 0));
  return out;
}

} // namespace troupe::events::sql
