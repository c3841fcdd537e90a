#pragma once

#include "actors/users/context.hpp"
#include "actors/users/entity.hpp"
#include "actors/users/interface.hpp"
#include "actors/users/store.hpp"
#include "actors/users/types.hpp"

/// WORKSPACE: a team's wall. Knows its members, and lets through what they may do: every request of a person
/// to anything of this workspace passes here (`as_member`), so that a removed member is out at once.
namespace troupe::users {

class workspace_state : public entity_core {
 public:
  caf::behavior init(caf::event_based_actor* self, caf::actor shard, const runtime& rt,
                     const users_context& context, const entity_ref& who);
  const char* name = "workspace";

 private:
  std::vector<storage::step> load_steps() const override;
  void take(const db_reply& reply) override;
  caf::message_handler handlers() override;
  std::string description() const override;

  // workspace.cpp
  void pass_on(as_member& m);
  caf::result<workspace_rules> rules();
  caf::result<workspace_view> view(const uuid& user);
  void on_create(const create_workspace& m);
  void explain_create(const write_ptr& w, const create_workspace& m, const change_result& r);
  void on_update(const update_workspace& m);
  workspace_view present(const uuid& user) const;
  failure absent();

  // workspace_members.cpp
  void on_set_role(const set_role& m);
  void on_remove_member(const remove_member& m);
  expected<store::member_row> may_touch(const uuid& by, const uuid& user, role least) const;
  bool is_last_owner(const uuid& user) const;

  // workspace_invites.cpp
  void on_create_invite(const create_invite& m);
  void on_revoke_invite(const revoke_invite& m);
  void on_accept_invite(const accept_invite& m);
  void accepted_before(const write_ptr& w, const accept_invite& m);
  created_invite show(const uuid& id, const store::invite_row& invite) const;
  void drop_expired_invites();
  /// What an Idempotency-Key stands for already: then(expected<bool>) gets true when it was used for this
  /// request, false when it was not used, idempotency_mismatch when it was used for another.
  void look_up_key(const uuid& scope, const std::string& key, const std::string& body_hash,
                   std::function<void(expected<bool>)> then);

  const users_context* context_ = nullptr;
  store::workspace_rows rows_;
};

caf::behavior workspace(caf::stateful_actor<workspace_state>* self, caf::actor shard, const runtime* rt,
                        const users_context* context, entity_ref who);

} // namespace troupe::users
