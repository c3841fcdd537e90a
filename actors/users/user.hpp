#pragma once

#include "actors/users/context.hpp"
#include "actors/users/entity.hpp"
#include "actors/users/interface.hpp"
#include "actors/users/store.hpp"
#include "actors/users/types.hpp"

/// USER: one person: password, sessions, and the promise of a first workspace. Registered and signed in here
/// because the USER is the serialisation point of all that.
namespace troupe::users {

class user_state : public entity_core {
 public:
  caf::behavior init(caf::event_based_actor* self, caf::actor shard, const runtime& rt,
                     const users_context& context, const entity_ref& who);
  const char* name = "user";

 private:
  struct new_sign_in {
    uuid id;
    std::string token;
    std::string token_hash;
    timestamp expires_at;
    timestamp begun_at;
    client from;
  };
  /// A password on its way to the hasher, wiped when nobody needs it any more.
  using secret_ptr = std::shared_ptr<std::string>;

  std::vector<storage::step> load_steps() const override;
  void take(const db_reply& reply) override;
  caf::message_handler handlers() override;
  std::string description() const override;
  bool may_go() const override { return rows_.promises.empty(); }

  // user_register.cpp
  void on_register(register_user& m);
  void register_with(caf::response_promise promise, const std::shared_ptr<register_user>& m,
                     std::string hash);
  void repeat_register(caf::response_promise promise, const std::shared_ptr<register_user>& m);
  void explain_register(const write_ptr& w, const std::shared_ptr<register_user>& m, const change_result& r);
  void answer_registered(caf::response_promise promise, session s, const uuid& workspace,
                         const std::string& workspace_name, const std::string& time_zone);
  void keep_promises();
  template <class Then>
  void ask_workspace(const store::promise_row& promised, Then then);

  // user_sessions.cpp
  void on_login(login& m);
  void on_refresh(const refresh& m);
  void on_logout(const logout& m);
  void on_logout_everywhere();
  void on_change_password(change_password& m);
  caf::result<session_list> list_sessions();
  void on_end_session(const end_session& m);
  void check_password(secret_ptr password, caf::response_promise promise,
                      std::function<void(caf::response_promise)> then);
  void upgrade_hash(const secret_ptr& password, const std::string& old_hash);
  void begin_session(caf::response_promise promise, const client& from,
                     std::function<void(const write_ptr&, session)> then);
  void revoke_family(const write_ptr& w, const uuid& sign_in, std::function<void()> then);
  new_sign_in make_sign_in(const client& from) const;
  new_sign_in renew_sign_in(const refresh& m) const;
  static store::sign_in_row row_of(const new_sign_in& s);
  expected<session> make_session(const new_sign_in& s, std::int32_t generation) const;
  static secret_ptr keep_secret(std::string&& text);

  caf::result<user_view> view();
  user_view present() const;
  void on_update(const update_user& m);
  failure absent();

  const users_context* context_ = nullptr;
  store::user_rows rows_;
  bool registering_ = false;
  bool keeping_ = false; // a promise is being kept
};

caf::behavior user(caf::stateful_actor<user_state>* self, caf::actor shard, const runtime* rt,
                   const users_context* context, entity_ref who);

} // namespace troupe::users
