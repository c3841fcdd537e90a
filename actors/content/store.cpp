#include "actors/content/store.hpp"

namespace troupe::content_store {

const storage::statement load_post{"post_load", R"sql(
  SELECT id, workspace_id, author_id, text, title, language, media::text, micros(scheduled_at), schedule_local,
         schedule_zone, version, deleted, micros(created_at), micros(updated_at)
  FROM post WHERE id = $1 AND workspace_id = $2)sql"};

const storage::statement load_deliveries{"post_deliveries", R"sql(
  SELECT id, account_id, platform, micros(due_at), state, version, attempt, burnt, idempotency_key, text, title,
         media::text, options::text, micros(first_sending_at), micros(call_deadline), micros(next_attempt_at),
         micros(published_at), remote_handle::text, remote_id, permalink, error_kind, error_detail
  FROM delivery WHERE post_id = $1 ORDER BY id)sql"};

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

const storage::statement receipts{"delivery_receipts", R"sql(
  SELECT outcome, remote_id, permalink, micros(at) FROM receipt WHERE delivery_id = $1 ORDER BY at)sql"};

const storage::statement unsettled_receipts{"unsettled_receipts", R"sql(
  SELECT DISTINCT d.id, d.post_id, d.workspace_id FROM receipt r JOIN delivery d ON d.id = r.delivery_id
  WHERE r.outcome = 'published'
    AND (d.state = 'needs_review'
         OR (d.state = 'published' AND r.remote_id <> '' AND r.remote_id IS DISTINCT FROM d.remote_id
             AND d.error_kind IS DISTINCT FROM 'duplicate_detected'))
    AND d.shard_id = ANY ($2::int[])
  LIMIT $1::int)sql"};

const storage::statement made_for{"post_made_for", R"sql(
  SELECT coalesce(p.key_hash, (SELECT body_hash FROM idempotency WHERE scope = $2 AND key = $3))
  FROM post p WHERE p.id = $1)sql"};

const storage::statement kept_key{"kept_key", R"sql(
  SELECT body_hash, subject FROM idempotency WHERE scope = $1 AND key = $2)sql"};

const storage::statement media_of{"media_of", R"sql(
  SELECT id, content_type, bytes, width, height, sha256, file_name
  FROM media WHERE workspace_id = $1 AND id = ANY ($2::uuid[]))sql"};

const storage::statement open_deliveries{"open_deliveries", R"sql(
  SELECT * FROM open_delivery
  WHERE shard_id = $1 AND (due_at, id) > (instant($3), $4::uuid) AND due_at < instant($2)
  ORDER BY due_at, id LIMIT $5::int)sql"};

const storage::statement open_of_post{"open_of_post", R"sql(
  SELECT * FROM open_delivery WHERE post_id = $1)sql"};

} // namespace troupe::content_store
