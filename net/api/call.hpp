#pragma once

#include "actors/users/interface.hpp"
#include "net/api/api.hpp"
#include "net/api/page_cache.hpp"
#include "net/bridge/json_body.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace troupe::api {

/// The right to repeat a POST without a second effect.
struct idempotency {
  std::string key;       // empty: the client sent none
  std::string body_hash; // keyed BLAKE2b of verb, path and body, 32 raw bytes; set when there is a key;
                         // covers no spooled body
};

/// Where a page of a list is kept, and the state that it was read in.
struct page_place {
  std::string key;
  shard_id shard = 0;
  page_cache::mark since;
};

/// One request on its way through an HTTP BRIDGE. Lives in one actor: no locks, `self` is valid in everything
/// that runs there. Whoever lets go of the last pointer without an answer has answered 503.
///
/// Functions that say "or answers" have answered the request when they return false or nothing: just return.
class call : public std::enable_shared_from_this<call> {
 public:
  call(api_context& context, bridge::request r, bridge::responder a);
  ~call(); // removes a spooled body that nobody took

  api_context& ctx;
  bridge::request request; // who takes `body_file` over clears it here
  auth::claims who;        // of an operation that needs a token
  bridge_actor* self = nullptr;
  rate_state rate;
  bool metered = true;
  idempotency repeat;
  bridge::header_list headers;           // go into the answer, whatever it will be
  std::optional<page_place> page_is_for; // of a list: where its page is kept

  // -- input -----------------------------------------------------------------

  /// Reads the JSON body: `fields(bridge::field_reader&)` takes what it wants. False: answered 400 or 422.
  template <class F>
  bool body(F fields) {
    auto parsed = bridge::parse_json_object(request.body, {.bytes = json_body_limit, .depth = 32});
    if (!parsed) return fail(parsed.error()), false;
    bridge::field_reader reader(*parsed);
    fields(reader);
    if (auto ok = reader.finish(); !ok) return fail(ok.error()), false;
    return true;
  }
  /// The UUID of a path parameter, or answers 404.
  std::optional<uuid> path_id(std::string_view name);
  /// `limit` and `cursor` of a list, or answers 422. `list` names the list with its filters and order;
  /// `values` is how many key values its cursors hold.
  std::optional<page_request> page(std::string_view list, std::size_t values);
  std::string cursor(std::string_view list, std::initializer_list<std::string_view> values) const;
  /// If-Match: 0 when anything goes, else the version; or answers 422.
  std::optional<std::int64_t> if_match();
  /// The id of what this request makes: with an Idempotency-Key always the same one for this caller and
  /// `purpose`.
  uuid new_id(std::string_view purpose) const;
  timestamp now() const { return ctx.rt->owner->now(); }

  // -- answers ---------------------------------------------------------------

  void answer(int status, const boost::json::value& body);
  void answer(bridge::reply reply);
  /// JSON text as an entity made it; with the ETag of `version` unless that is 0.
  void answer_text(int status, std::string json, std::int64_t version = 0);
  /// The same for a JSON value.
  void answer_version(int status, const boost::json::value& body, std::int64_t version);
  void answer_empty(int status = 204);
  void fail(const failure& f);
  void fail_field(std::string pointer, std::string code, std::string detail);
  bool answered() const noexcept { return !respond_; }

  // -- asking ----------------------------------------------------------------

  /// Asks the entity `to`; `then(const call_ptr&, Reply&)` runs in this actor. A failure is answered as it
  /// is.
  template <class Reply, class Message, class Then>
  void ask(const entity_ref& to, Message message, Then then) {
    ask<Reply>(to, std::move(message), std::move(then),
               [](const call_ptr& c, const failure& f) { c->fail(f); });
  }
  /// The same; `otherwise(const call_ptr&, const failure&)` decides what a failure means.
  template <class Reply, class Message, class Then, class Otherwise>
  void ask(const entity_ref& to, Message message, Then then, Otherwise otherwise) {
    auto c = shared_from_this();
    ask_entity<Reply>(
        self, *ctx.rt->route, to, caf::make_message(std::move(message)), ask_deadline(),
        [c, then = std::move(then)](Reply& reply) mutable { c->guard([&] { then(c, reply); }); },
        [c, otherwise = std::move(otherwise)](const failure& f) mutable {
          c->guard([&] { otherwise(c, f); });
        });
  }
  /// Asks `to` of a workspace on behalf of the caller, who must be a member with at least this role: the
  /// WORKSPACE checks and passes the message on. 404 for strangers, 403 for too little a role.
  template <class Reply, class Message, class Then>
  void ask_member(const uuid& workspace, role least, const entity_ref& to, Message message, Then then) {
    ask<Reply>(workspace_ref(workspace),
               as_member{who.user, least, to, caf::make_message(std::move(message))}, std::move(then));
  }
  template <class Reply, class Message, class Then, class Otherwise>
  void ask_member(const uuid& workspace, role least, const entity_ref& to, Message message, Then then,
                  Otherwise otherwise) {
    ask<Reply>(workspace_ref(workspace),
               as_member{who.user, least, to, caf::make_message(std::move(message))}, std::move(then),
               std::move(otherwise));
  }
  /// For lists, which are read from the store: `then(const call_ptr&)` runs when the caller is a member.
  template <class Then>
  void require_member(const uuid& workspace, role least, Then then) {
    ask_member<done>(workspace, least, workspace_ref(workspace), users::check_member{},
                     [then = std::move(then)](const call_ptr& c, done&) { then(c); });
  }
  /// Commits one row of a workspace that belongs to no entity, where its shard is; `then(const call_ptr&,
  /// ec)` runs in this actor: none: applied, row_changed: not applied. Other failures are answered.
  template <class Then>
  void write(const uuid& workspace, const storage::statement& sql, const storage::params& row, Then then) {
    write_row w{sql.name, {}};
    for (auto& cell : row) w.row.push_back({!cell.has_value(), cell.value_or(std::string{})});
    ask<row_written>(workspace_ref(workspace), std::move(w),
                     [then = std::move(then)](const call_ptr& c, const row_written& r) mutable {
                       if (r.code != ec::none && r.code != ec::row_changed) return c->fail({r.code});
                       then(c, r.code);
                     });
  }
  /// Reads from the store; `then(const call_ptr&, const db_reply&)` runs in this actor when that went well.
  template <class Then>
  void read(std::vector<storage::step> steps, Then then) {
    read_database(self, *ctx.rt, std::move(steps),
                  [c = shared_from_this(), then = std::move(then)](const db_reply& reply) mutable {
                    if (!reply.ok()) return c->fail_read(reply);
                    c->guard([&] { then(c, reply); });
                  });
  }

  /// From a handler on another thread: goes on with `then(const call_ptr&)` in an HTTP BRIDGE.
  template <class Then>
  void resume(Then then) {
    ctx.pool->post([c = shared_from_this(), then = std::move(then)](bridge_actor* actor) {
      c->self = actor;
      c->guard([&] { then(c); });
    });
  }

  /// Runs `f`; what it throws becomes 500 and a line in the log.
  template <class F>
  void guard(F f) {
    try {
      f();
    } catch (const std::exception& e) {
      threw(e);
    }
  }

 private:
  pending_requests::time_point ask_deadline() const noexcept { return request.deadline - milliseconds{100}; }
  void fail_read(const db_reply& reply);
  void threw(const std::exception& e);

  bridge::responder respond_;
};

} // namespace troupe::api
