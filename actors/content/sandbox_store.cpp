#include "actors/content/sandbox_store.hpp"

namespace troupe::content_store {

namespace {

// clang-format off
const storage::statement count_request{
  "sandbox_count",
  "INSERT INTO sandbox_key AS k (handle, key) VALUES ($1, $2) ON CONFLICT (handle, key) DO UPDATE SET requests = "
  "k.requests + 1, last_at = clock_timestamp() RETURNING requests"};

// The update makes a repeat wait for the first one's commit and then see its row.
const storage::statement publish{
  "sandbox_publish",
  "INSERT INTO sandbox_post AS p (handle, identity, key, id, body_hash, text, media_ids, scheduled_for) VALUES ($1, $2, "
  "$3, $4, $5, $6, $7, $8) ON CONFLICT (handle, identity) DO UPDATE SET repeats = p.repeats + 1 RETURNING id, body_hash, "
  "repeats"};

const storage::statement by_key{"sandbox_by_key",
                                "SELECT id FROM sandbox_post WHERE handle = $1 AND key = $2 ORDER BY at LIMIT 100"};

const storage::statement wall{
  "sandbox_wall",
  "SELECT p.id, p.key, p.text, p.media_ids::text, p.scheduled_for, p.repeats, coalesce(k.requests, 0), "
  "micros(p.at) FROM sandbox_post p LEFT JOIN sandbox_key k USING (handle, key) "
  "WHERE p.handle = $1 ORDER BY p.at DESC LIMIT $2::int"};

const storage::statement forget_posts{
  "sandbox_forget_posts", "DELETE FROM sandbox_post WHERE at < clock_timestamp() - $1::bigint * interval '1 s'"};
const storage::statement forget_keys{
  "sandbox_forget_keys", "DELETE FROM sandbox_key WHERE last_at < clock_timestamp() - $1::bigint * interval '1 s'"};
// clang-format on

} // namespace

storage::step count_sandbox_request(const std::string& handle, const std::string& key) {
  return {&count_request, {handle, key}};
}

storage::step publish_sandbox(const sandbox_post& p) {
  return {&publish,
          {p.handle, p.identity, p.key, to_string(p.id), storage::bytea(p.body_hash), p.text, p.media_ids,
           p.scheduled_for}};
}

sandbox_published read_sandbox_published(const storage::rows& r) {
  return {parse_uuid(r.get(0, 0)).value_or(uuid{}), storage::from_bytea(r.get(0, 1)), r.get_int(0, 2) > 0};
}

storage::step sandbox_by_key(const std::string& handle, const std::string& key) {
  return {&by_key, {handle, key}};
}

storage::step sandbox_wall(const std::string& handle, std::size_t limit) {
  return {&wall, {handle, std::to_string(limit)}};
}

std::vector<sandbox_post> read_sandbox_wall(const storage::rows& r) {
  std::vector<sandbox_post> out;
  for (std::size_t i = 0; i < r.size(); ++i) {
    sandbox_post p;
    p.id = parse_uuid(r.get(i, 0)).value_or(uuid{});
    p.key = r.get(i, 1);
    p.text = r.get(i, 2);
    p.media_ids = r.get(i, 3);
    p.scheduled_for = r.get(i, 4);
    p.repeats = r.get_int(i, 5);
    p.requests = r.get_int(i, 6);
    p.at = from_micros(r.get_int(i, 7));
    out.push_back(std::move(p));
  }
  return out;
}

std::vector<storage::step> forget_sandbox(seconds age) {
  auto text = std::to_string(age.count());
  return {{&forget_posts, {text}}, {&forget_keys, {text}}};
}

} // namespace troupe::content_store
