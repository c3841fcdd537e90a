#pragma once

#include "actors/auth/password.hpp"
#include "actors/auth/token.hpp"
#include "actors/users/context.hpp"
#include "actors/users/interface.hpp"
#include "system/actor/journal.hpp"
#include "system/actor/runtime.hpp"
#include "system/actor/shard.hpp"
#include "tests/support/migrated.hpp"

#include <caf/all.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace troupe::test {

/// Owns every shard at epoch 1, and a clock that the test may move ahead.
class fixed_ownership final : public ownership {
 public:
  const std::string& node_name() const noexcept override { return name_; }
  std::int64_t incarnation() const noexcept override { return 1; }
  std::optional<std::int64_t> epoch_of(shard_id) const noexcept override {
    return lost ? std::nullopt : std::optional<std::int64_t>{1};
  }
  bool may_dispatch() const noexcept override { return !lost; }
  void fence_lost(shard_id) override { lost = true; }
  timestamp now() const noexcept override { return system_now() + seconds{ahead_s.load()}; }
  microseconds error_bound() const noexcept override { return microseconds{0}; }
  steady steady_at(timestamp t) const noexcept override {
    return std::chrono::steady_clock::now() + (t - now());
  }

  std::atomic<bool> lost{false};
  std::atomic<std::int64_t> ahead_s{0};

 private:
  std::string name_ = "test";
};

/// One node's users group on a real PostgreSQL, without HTTP. `group_users` entities only.
class world {
 public:
  static constexpr std::uint32_t shards = 4;

  explicit world(std::function<void(users::users_settings&)> tune = {});
  ~world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  /// Asks an entity; fails the test when nobody answers within 30 s.
  template <class Reply, class Message>
  expected<Reply> ask(const entity_ref& to, Message m) {
    caf::scoped_actor self{*system_};
    expected<Reply> out = failure{ec::internal, "no answer"};
    self->request(route_.find(to), std::chrono::seconds{30}, routed{to, caf::make_message(std::move(m))})
        .receive([&](Reply& r) { out = std::move(r); }, [&](const caf::error& e) { out = to_failure(e); });
    return out;
  }
  /// The same as a member of the workspace.
  template <class Reply, class Message>
  expected<Reply> ask_as(const uuid& user, const uuid& workspace, role least, Message m) {
    auto ref = workspace_ref(workspace);
    return ask<Reply>(ref, as_member{user, least, ref, caf::make_message(std::move(m))});
  }

  /// Registers somebody; fails the test when that does not work.
  struct person {
    uuid id;
    uuid workspace;
    std::string email;
    std::string password;
    users::session session;
  };
  person join(const std::string& name);
  users::register_user registration(const std::string& email) const;

  /// Ends all entities and their SHARDs, and starts new ones: everything has to come from the database.
  void restart();
  storage::rows sql(const char* text, const storage::params& values = {});
  std::int64_t count(const char* text, const storage::params& values = {});
  timestamp now() const { return owner_.now(); }

  fixed_ownership owner_;
  runtime rt_;
  users::users_context context_;
  auth::key_holder keys_;
  secrets::key_ring ring_;
  postgres postgres_{migrated()};
  std::string dsn() const { return postgres_.dsn(); }
  caf::actor_system& system() { return *system_; }
  auth::password_settings hashing{.memory_kib = 8, .passes = 1, .threads = 1, .queue_limit = 64};

 protected:
  void stop_actors();

 private:
  void start_actors();

  std::unique_ptr<caf::actor_system_config> config_;
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<storage::database> database_;
  thread_wakeups ticks_;
  router route_{shards};
  change_count changes_{shards};
  std::unique_ptr<auth::token_issuer> issuer_;
  std::unique_ptr<auth::token_verifier> verifier_;
  std::unique_ptr<auth::password_hasher> passwords_;
  std::vector<caf::actor> shard_actors_;
};

/// A failure's slug, or "none".
template <class T>
std::string_view outcome(const expected<T>& r) {
  return r ? std::string_view("none") : slug(r.error().code);
}

} // namespace troupe::test
