#include "actors/content/store.hpp"

namespace troupe::content_store {

#define MICROS(column) "(extract(epoch FROM " column ") * 1000000)::bigint"
#define FROM_MICROS(value) "(timestamptz 'epoch' + " value " * interval '1 us')"

const storage::statement load_post{
    "post_load",
    "SELECT id, workspace_id, author_id, text, title, language, media::text, " MICROS(
        "scheduled_at") ", "
                        "schedule_local, schedule_zone, version, deleted, " MICROS("created_at") ", " MICROS(
                            "updated_at") " FROM post WHERE id = $1 AND workspace_id = $2"};

const storage::statement load_deliveries{
    "post_deliveries",
    "SELECT id, account_id, platform, " MICROS(
        "due_at") ", state, version, attempt, burnt, idempotency_key, text, title, "
                  "media::text, options::text, " MICROS("first_sending_at") ", " MICROS(
                      "call_deadline") ", " MICROS("next_attempt_at") ", " MICROS("published_at") ", "
                                                                                                  "remote_"
                                                                                                  "handle::"
                                                                                                  "text, "
                                                                                                  "remote_id,"
                                                                                                  " permalink"
                                                                                                  ", "
                                                                                                  "error_"
                                                                                                  "kind, "
                                                                                                  "error_"
                                                                                                  "detail "
                                                                                                  "FROM "
                                                                                                  "delivery "
                                                                                                  "WHERE "
                                                                                                  "post_id = "
                                                                                                  "$1 ORDER "
                                                                                                  "BY id"};

namespace {

std::optional<timestamp> time_at(const storage::rows& r, std::size_t row, std::size_t column) {
  if (r.is_null(row, column)) return std::nullopt;
  return from_micros(r.get_int(row, column));
}

boost::json::object object_at(const storage::rows& r, std::size_t row, std::size_t column) {
  if (r.is_null(row, column)) return {};
  auto text = r.get(row, column);
  if (text.empty() || text == "{}") return {};
  boost::system::error_code ignored;
  auto v = boost::json::parse(boost::json::string_view(text.data(), text.size()), ignored);
  return v.is_object() ? v.get_object() : boost::json::object{};
}

} // namespace

post read_post(const storage::rows& r, std::size_t i) {
  post p;
  p.id = parse_uuid(r.get(i, 0)).value_or(uuid{});
  p.workspace = parse_uuid(r.get(i, 1)).value_or(uuid{});
  p.author = parse_uuid(r.get(i, 2)).value_or(uuid{});
  p.content = {std::string(r.get(i, 3)), std::string(r.get(i, 4)), std::string(r.get(i, 5)),
               media_from_json(r.get(i, 6))};
  p.scheduled_at = time_at(r, i, 7);
  p.schedule_local = r.get(i, 8);
  p.schedule_zone = r.get(i, 9);
  p.version = r.get_int(i, 10);
  p.deleted = r.get_bool(i, 11);
  p.created_at = from_micros(r.get_int(i, 12));
  p.updated_at = from_micros(r.get_int(i, 13));
  return p;
}

delivery read_delivery(const storage::rows& r, std::size_t i) {
  delivery d;
  d.id = parse_uuid(r.get(i, 0)).value_or(uuid{});
  d.account = parse_uuid(r.get(i, 1)).value_or(uuid{});
  d.platform = r.get(i, 2);
  d.due_at = time_at(r, i, 3);
  d.state = parse_delivery_state(r.get(i, 4)).value_or(delivery_state::draft);
  d.version = r.get_int(i, 5);
  d.attempt = r.get_int(i, 6);
  d.burnt = r.get_int(i, 7);
  d.idempotency_key = r.get(i, 8);
  d.text = r.get_optional(i, 9);
  d.title = r.get_optional(i, 10);
  if (!r.is_null(i, 11)) d.media = media_from_json(r.get(i, 11));
  d.options = object_at(r, i, 12);
  d.first_sending_at = time_at(r, i, 13);
  d.call_deadline = time_at(r, i, 14);
  d.next_attempt_at = time_at(r, i, 15);
  d.published_at = time_at(r, i, 16);
  d.remote_handle = object_at(r, i, 17);
  d.remote_id = r.get(i, 18);
  d.permalink = r.get(i, 19);
  d.error_kind = r.get(i, 20);
  d.error_detail = r.get(i, 21);
  return d;
}

const storage::statement receipts{
    "delivery_receipts",
    "SELECT outcome, remote_id, permalink FROM receipt WHERE delivery_id = $1 ORDER BY at"};
const storage::statement kept_key{"kept_key",
                                  "SELECT body_hash, subject FROM idempotency WHERE scope = $1 AND key = $2"};
const storage::statement media_of{
    "media_of",
    "SELECT id, content_type, bytes, width, height, sha256, file_name FROM media WHERE workspace_id = $1 AND "
    "id = ANY($2::uuid[])"};

#define OPEN_COLUMNS                                                                                         \
  "SELECT d.id, d.post_id, d.workspace_id, d.account_id, d.state, d.version, d.attempt, d.burnt, " MICROS(   \
      "d.due_at") ", " MICROS("d.next_attempt_at") ", " MICROS("d.call_deadline") ", d.platform, "           \
                                                                                  "coalesce(d.media, "       \
                                                                                  "p.media) <> "             \
                                                                                  "'[]'::jsonb, "            \
                                                                                  "coalesce(d.remote_"       \
                                                                                  "handle ? 'prepared', "    \
                                                                                  "false), d.epoch FROM "    \
                                                                                  "delivery d JOIN post p "  \
                                                                                  "ON p.id = d.post_id "

const storage::statement open_deliveries{
    "open_deliveries",
    OPEN_COLUMNS "WHERE d.shard_id = $1 AND d.is_open AND ((d.due_at >= " FROM_MICROS(
        "$3::bigint") " AND (d.due_at, d.id) > (" FROM_MICROS("$3::bigint") ", $4::uuid) AND d.due_at "
                                                                            "< " FROM_MICROS(
                                                                                "$2::bigint") ")"
                                                                                              " "
                                                                                              "O"
                                                                                              "R"
                                                                                              " "
                                                                                              "("
                                                                                              "$"
                                                                                              "3"
                                                                                              ":"
                                                                                              ":"
                                                                                              "b"
                                                                                              "i"
                                                                                              "g"
                                                                                              "i"
                                                                                              "n"
                                                                                              "t"
                                                                                              " "
                                                                                              "="
                                                                                              " "
                                                                                              "0"
                                                                                              " "
                                                                                              "A"
                                                                                              "N"
                                                                                              "D"
                                                                                              " "
                                                                                              "d"
                                                                                              "."
                                                                                              "s"
                                                                                              "t"
                                                                                              "a"
                                                                                              "t"
                                                                                              "e"
                                                                                              " "
                                                                                              "I"
                                                                                              "N"
                                                                                              " "
                                                                                              "("
                                                                                              "'"
                                                                                              "s"
                                                                                              "e"
                                                                                              "n"
                                                                                              "d"
                                                                                              "i"
                                                                                              "n"
                                                                                              "g"
                                                                                              "'"
                                                                                              ","
                                                                                              " "
                                                                                              "'"
                                                                                              "i"
                                                                                              "n"
                                                                                              "_"
                                                                                              "d"
                                                                                              "o"
                                                                                              "u"
                                                                                              "b"
                                                                                              "t"
                                                                                              "'"
                                                                                              ")"
                                                                                              ")"
                                                                                              ")"
                                                                                              " "
                                                                                              "O"
                                                                                              "R"
                                                                                              "D"
                                                                                              "E"
                                                                                              "R"
                                                                                              " "
                                                                                              "B"
                                                                                              "Y"
                                                                                              " "
                                                                                              "d"
                                                                                              "."
                                                                                              "d"
                                                                                              "u"
                                                                                              "e"
                                                                                              "_"
                                                                                              "a"
                                                                                              "t"
                                                                                              ","
                                                                                              " "
                                                                                              "d"
                                                                                              "."
                                                                                              "i"
                                                                                              "d"
                                                                                              " "
                                                                                              "L"
                                                                                              "I"
                                                                                              "M"
                                                                                              "I"
                                                                                              "T"
                                                                                              " "
                                                                                              "$"
                                                                                              "5"
                                                                                              ":"
                                                                                              ":"
                                                                                              "i"
                                                                                              "n"
                                                                                              "t"};

const storage::statement open_of_post{"open_of_post", OPEN_COLUMNS "WHERE d.post_id = $1 AND d.is_open"};

} // namespace troupe::content_store
