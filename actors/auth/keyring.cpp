#include "actors/auth/keyring.hpp"

#include "system/core/log.hpp"

namespace troupe::auth {

namespace {

expected<void> use(keyring_state& s, const db_reply& reply) {
  if (!reply.ok()) return failure{ec::storage_failed, "the signing keys could not be read"};
  auto keys = read_keys(reply.rows(), *s.rt->keys);
  if (!keys) return keys.error();
  if (keys->empty()) return failure{ec::storage_failed, "there is no signing key in the database"};
  // Cached tokens of a key that is gone expire by themselves: a key goes only after its last token has.
  s.keys->replace(std::make_shared<const key_set>(std::move(*keys), s.settings.token_life));
  return {};
}

} // namespace

caf::behavior keyring(caf::stateful_actor<keyring_state>* self, const runtime* rt, key_holder* keys,
                      keyring_settings settings) {
  self->state.rt = rt;
  self->state.keys = keys;
  self->state.settings = settings;
  self->delayed_send(self, settings.reload_every, tick{});
  return {
      [=](reload_keys) -> caf::result<done> {
        auto promise = self->make_response_promise();
        read_database(self, *self->state.rt, {{&read_keys_sql, {}}}, [=](const db_reply& reply) mutable {
          auto used = use(self->state, reply);
          if (!used) log::warning("auth.keys_not_reloaded", {{"reason", used.error().detail}});
          if (used)
            promise.deliver(done{});
          else
            promise.deliver(to_error(used.error()));
        });
        return caf::delegated<done>{};
      },
      [=](tick) {
        caf::anon_send(self, reload_keys{});
        self->delayed_send(self, self->state.settings.reload_every, tick{});
      },
  };
}

} // namespace troupe::auth
