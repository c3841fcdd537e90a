#include "actors/content/media_store.hpp"

#include "system/core/secrets.hpp"

#include <fmt/format.h>

namespace troupe::content_store {

namespace {

// clang-format off
const storage::statement media_by_id{
  "media_by_id",
  "SELECT id, workspace_id, uploaded_by, content_type, bytes, width, height, sha256, file_name, "
  "micros(created_at) FROM media WHERE id = $1 AND workspace_id = $2"};

// That a post (or a target's own variant) shows the image `m`. Says `media <> '[]'` as the index does.
#define IS_USED                                                                                                        \
  "(EXISTS (SELECT 1 FROM post p WHERE p.media <> '[]'::jsonb AND p.media @> jsonb_build_array(jsonb_build_object("    \
  "'media_id', m.id)) AND p.workspace_id = m.workspace_id AND NOT p.deleted) OR "                                      \
  "EXISTS (SELECT 1 FROM delivery d JOIN post p ON p.id = d.post_id WHERE d.media <> '[]'::jsonb AND d.media @> "      \
  "jsonb_build_array(jsonb_build_object('media_id', m.id)) AND d.workspace_id = m.workspace_id AND NOT p.deleted))"

const storage::statement media_sweep_page{
  "media_sweep_page",
  "SELECT m.id, m.workspace_id, m.shard_id, m.created_at < clock_timestamp() - $2::bigint * interval '1 s' AND NOT "
  IS_USED " FROM media m WHERE m.id > $1 ORDER BY m.id LIMIT $3::int"};

const storage::statement media_hashes{
  "media_hashes", "SELECT DISTINCT sha256 FROM media WHERE sha256 = ANY ($1::bytea[])"};
// clang-format on

} // namespace

// clang-format off
const storage::statement insert_media{
  "media_insert",
  "WITH u AS (SELECT * FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::bigint[], $9::int[], $10::int[], "
  "$11::bytea[], $12::text[], $13::bigint[], $14::text[], $15::bytea[]) WITH ORDINALITY AS t(id, workspace_id, "
  "uploaded_by, content_type, bytes, width, height, sha256, file_name, created_us, key, body_hash, ord)), "
  "made AS (INSERT INTO media (id, workspace_id, shard_id, uploaded_by, content_type, bytes, width, height, sha256, "
  "file_name, created_at) SELECT id, workspace_id, $1, uploaded_by, content_type, bytes, width, height, sha256, file_name, "
  "timestamptz 'epoch' + created_us * interval '1 us' FROM u ON CONFLICT (id) DO NOTHING RETURNING id), "
  "keyed AS (INSERT INTO idempotency (scope, key, body_hash, subject) SELECT u.uploaded_by, u.key, u.body_hash, u.id FROM u "
  "JOIN made USING (id) WHERE u.key IS NOT NULL ON CONFLICT DO NOTHING), "
  "fenced AS (SELECT $2::bigint, $3::text) "
  "SELECT u.ord FROM u JOIN made USING (id) ORDER BY u.ord"};

const storage::statement remove_media{
  "media_remove",
  "WITH u AS (SELECT * FROM unnest($4::uuid[], $5::uuid[]) WITH ORDINALITY AS t(id, workspace_id, ord)), "
  "gone AS (DELETE FROM media m USING u WHERE m.id = u.id AND m.workspace_id = u.workspace_id AND NOT " IS_USED
  " RETURNING u.ord), "
  "fenced AS (SELECT $1::int, $2::bigint, $3::text) "
  "SELECT ord FROM gone ORDER BY ord"};
// clang-format on

boost::json::object media_view(const media_row& m) {
  boost::json::value name = nullptr;
  if (!m.file_name.empty()) name = boost::json::string(m.file_name);
  return {
      {"id", to_string(m.id)},
      {"content_type", m.content_type},
      {"bytes", m.bytes},
      {"width", m.width},
      {"height", m.height},
      {"sha256", secrets::hex(m.sha256)},
      {"file_name", std::move(name)},
      {"created_at", format_utc(m.created_at)},
      {"url", fmt::format("/v1/workspaces/{}/media/{}/content", to_string(m.workspace), to_string(m.id))}};
}

storage::step find_media(const uuid& workspace, const uuid& id) {
  return {&media_by_id, {to_string(id), to_string(workspace)}};
}

media_row read_media(const storage::rows& r, std::size_t i) {
  media_row m;
  m.id = parse_uuid(r.get(i, 0)).value_or(uuid{});
  m.workspace = parse_uuid(r.get(i, 1)).value_or(uuid{});
  m.uploaded_by = parse_uuid(r.get(i, 2)).value_or(uuid{});
  m.content_type = r.get(i, 3);
  m.bytes = r.get_int(i, 4);
  m.width = static_cast<int>(r.get_int(i, 5));
  m.height = static_cast<int>(r.get_int(i, 6));
  m.sha256 = storage::from_bytea(r.get(i, 7));
  m.file_name = r.get(i, 8);
  m.created_at = from_micros(r.get_int(i, 9));
  return m;
}

storage::params insert_media_params(const media_row& m, const std::string& key,
                                    const std::string& body_hash) {
  return {to_string(m.id),
          to_string(m.workspace),
          to_string(m.uploaded_by),
          m.content_type,
          std::to_string(m.bytes),
          std::to_string(m.width),
          std::to_string(m.height),
          storage::bytea(m.sha256),
          m.file_name,
          std::to_string(to_micros(m.created_at)),
          key.empty() ? storage::param{} : storage::param{key},
          storage::bytea(body_hash)};
}

storage::params remove_media_params(const uuid& workspace, const uuid& id) {
  return {to_string(id), to_string(workspace)};
}

storage::step sweep_page(const uuid& after, seconds age, std::size_t limit) {
  return {&media_sweep_page, {to_string(after), std::to_string(age.count()), std::to_string(limit)}};
}

std::vector<sweep_row> read_sweep(const storage::rows& r) {
  std::vector<sweep_row> out;
  for (std::size_t i = 0; i < r.size(); ++i)
    out.push_back({parse_uuid(r.get(i, 0)).value_or(uuid{}), parse_uuid(r.get(i, 1)).value_or(uuid{}),
                   static_cast<std::uint32_t>(r.get_int(i, 2)), r.get_bool(i, 3)});
  return out;
}

storage::step hashes_in_use(const std::vector<std::string>& hashes) {
  storage::array_builder all;
  for (auto& h : hashes) all.add(storage::bytea(h));
  return {&media_hashes, {all.take()}};
}

std::vector<std::string> read_hashes(const storage::rows& r) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < r.size(); ++i) out.push_back(storage::from_bytea(r.get(i, 0)));
  return out;
}

} // namespace troupe::content_store
