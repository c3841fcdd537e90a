#include "actors/users/resume.hpp"

#include "actors/users/interface.hpp"
#include "actors/users/store.hpp"
#include "system/core/log.hpp"

namespace troupe::users {

namespace {

constexpr std::size_t page_rows = 1'000;

const storage::statement open_promises_sql{
    "users_open_promises",
    "SELECT DISTINCT user_id FROM workspace_intent WHERE NOT done AND user_id > $1::uuid "
    "ORDER BY user_id LIMIT $2"};
const storage::statement revoked_sql{"users_recently_revoked",
                                     "SELECT id FROM sign_in WHERE revoked_at IS NOT NULL "
                                     "AND revoked_at > now() - make_interval(secs => $1::float8)"};

void wake_page(const runtime& rt, const std::string& after, std::size_t so_far) {
  rt.database->read({{&open_promises_sql, {after, std::to_string(page_rows)}}},
                    [&rt, so_far](const storage::batch_result& r) {
                      if (!r.ok()) return log::warning("users.resume_failed", {{"sqlstate", r.sqlstate}});
                      auto& rows = r.results[0];
                      std::size_t here = 0; // those of other nodes are theirs
                      for (std::size_t i = 0; i < rows.size(); ++i)
                        here += rt.route->tell(user_ref(store::to_uuid(rows.get(i, 0))), resume_intents{});
                      if (rows.size() == page_rows)
                        return wake_page(rt, std::string(rows.get(page_rows - 1, 0)), so_far + here);
                      if (so_far + here > 0) log::info("users.promises_resumed", {{"users", so_far + here}});
                    });
}

} // namespace

void resume_promises(const runtime& rt) { wake_page(rt, store::text(uuid{}), 0); }

void read_revocations(const runtime& rt, const users_context& context) {
  auto life = std::to_string(context.issuer->life().count());
  rt.database->read({{&revoked_sql, {life}}}, [verifier = context.verifier](const storage::batch_result& r) {
    if (!r.ok()) return log::warning("users.revocations_not_read", {{"sqlstate", r.sqlstate}});
    for (std::size_t i = 0; i < r.results[0].size(); ++i)
      verifier->revoke_sign_in(store::to_uuid(r.results[0].get(i, 0)));
  });
}

} // namespace troupe::users
