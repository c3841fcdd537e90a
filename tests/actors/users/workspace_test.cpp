#define CAF_SUITE workspace

#include "world.hpp"

#include <caf/test/unit_test.hpp>

using namespace troupe;
using namespace troupe::users;
using test::outcome;
using test::world;

namespace {

/// A workspace with one member of each role. They are rows: nobody has to register.
struct team_fixture {
  world w;
  uuid workspace = new_uuid(w.now()), owner = new_uuid(w.now()), admin = new_uuid(w.now()),
       editor = new_uuid(w.now()), viewer = new_uuid(w.now()), stranger = new_uuid(w.now());

  team_fixture() {
    create_workspace m;
    m.owner = owner;
    m.name = "Bakery";
    m.time_zone = "Europe/Berlin";
    CAF_REQUIRE_EQUAL(outcome(w.ask<workspace_view>(workspace_ref(workspace), m)), "none");
    for (auto& [user, name] : {std::pair{admin, "admin"}, {editor, "editor"}, {viewer, "viewer"}})
      w.sql("INSERT INTO member (workspace_id, user_id, shard_id, role) VALUES ($1, $2, 0, $3)",
            {to_string(workspace), to_string(user), name});
    w.restart();
  }
  template <class Reply, class Message>
  expected<Reply> as(const uuid& user, role least, Message m) {
    return w.ask_as<Reply>(user, workspace, least, std::move(m));
  }
  std::string_view promote(const uuid& by, const uuid& user, role to) {
    return outcome(as<member_view>(by, role::admin, set_role{by, user, to}));
  }
  std::string_view remove(const uuid& by, const uuid& user) {
    return outcome(as<done>(by, role::viewer, remove_member{by, user}));
  }
  std::string role_of(const uuid& user) {
    auto rows = w.sql("SELECT role FROM member WHERE user_id = $1", {to_string(user)});
    return rows.empty() ? "none" : std::string(rows.get(0, 0));
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(workspace_tests, team_fixture)

CAF_TEST(members pass with enough of a role and strangers find nothing) {
  CAF_CHECK_EQUAL(outcome(as<done>(viewer, role::viewer, check_member{})), "none");
  CAF_CHECK_EQUAL(outcome(as<done>(viewer, role::editor, check_member{})), "forbidden");
  CAF_CHECK_EQUAL(outcome(as<done>(editor, role::editor, check_member{})), "none");
  CAF_CHECK_EQUAL(outcome(as<done>(admin, role::owner, check_member{})), "forbidden");
  CAF_CHECK_EQUAL(outcome(as<done>(owner, role::owner, check_member{})), "none");
  CAF_CHECK_EQUAL(outcome(as<done>(stranger, role::viewer, check_member{})), "not-found");
}

CAF_TEST(a workspace that does not exist looks like a foreign one) {
  auto nowhere = new_uuid(w.now());
  auto r = w.ask_as<done>(owner, nowhere, role::viewer, check_member{});
  auto foreign = as<done>(stranger, role::viewer, check_member{});
  CAF_REQUIRE(!r.has_value());
  CAF_REQUIRE(!foreign.has_value());
  CAF_CHECK(r.error().code == foreign.error().code);
  CAF_CHECK_EQUAL(r.error().detail, foreign.error().detail);
  CAF_CHECK_EQUAL(outcome(w.ask<workspace_rules>(workspace_ref(nowhere), get_rules{})), "not-found");
}

CAF_TEST(nobody reaches another workspaces things through the own one) {
  auto other = new_uuid(w.now());
  as_member m{owner, role::viewer, post_ref(other, new_uuid(w.now())), caf::make_message(describe{})};
  CAF_CHECK_EQUAL(outcome(w.ask<json_text>(workspace_ref(workspace), m)), "not-found");
}

CAF_TEST(what a member asks is answered by the one it is for) {
  // The SHARD of another group, which answers where it was asked.
  auto echo = w.system().spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](routed& r) { return json_text{to_string(r.to.id)}; }};
  });
  for (shard_id i = 0; i < world::shards; ++i) w.rt_.route->set(group::content, i, echo);
  auto post = new_uuid(w.now());
  as_member m{viewer, role::viewer, post_ref(workspace, post), caf::make_message(describe{})};
  auto r = w.ask<json_text>(workspace_ref(workspace), m);
  CAF_REQUIRE_EQUAL(outcome(r), "none");
  CAF_CHECK_EQUAL(r->text, to_string(post));
  for (shard_id i = 0; i < world::shards; ++i) w.rt_.route->set(group::content, i, {});
  r = w.ask<json_text>(workspace_ref(workspace), m);
  CAF_CHECK_EQUAL(outcome(r), "fence-lost");
  caf::anon_send_exit(echo, caf::exit_reason::user_shutdown);
}

CAF_TEST(who may no longer be the owner answers nothing from memory) {
  auto ada = w.join("ada");
  auto read = [&] {
    return std::vector<std::string_view>{
        outcome(as<workspace_view>(viewer, role::viewer, get_workspace{viewer})),
        outcome(as<done>(stranger, role::viewer, check_member{})),
        outcome(w.ask<user_view>(user_ref(ada.id), get_user{})),
        outcome(w.ask<session_list>(user_ref(ada.id), get_sessions{})),
    };
  };
  using answers = std::vector<std::string_view>;
  CAF_CHECK((read() == answers{"none", "not-found", "none", "none"}));
  w.owner_.lost = true;
  CAF_CHECK((read() == answers(4, "fence-lost")));
  w.owner_.lost = false;
  CAF_CHECK((read() == answers{"none", "not-found", "none", "none"}));
}

CAF_TEST(a change takes effect once and raises the version) {
  update_workspace m{owner, 1, "Patisserie", "", 0};
  auto r = as<workspace_view>(owner, role::admin, m);
  CAF_REQUIRE_EQUAL(outcome(r), "none");
  CAF_CHECK_EQUAL(r->name, "Patisserie");
  CAF_CHECK_EQUAL(r->time_zone, "Europe/Berlin");
  CAF_CHECK_EQUAL(r->version, 2);
  m.name = "Konditorei";
  CAF_CHECK_EQUAL(outcome(as<workspace_view>(owner, role::admin, m)), "precondition-failed");
  m.version = 0;
  m.time_zone = "Asia/Tokyo";
  m.max_lateness_s = 60;
  auto third = as<workspace_view>(owner, role::admin, m);
  CAF_CHECK_EQUAL(third->version, 3);
  auto rules = w.ask<workspace_rules>(workspace_ref(workspace), get_rules{});
  CAF_REQUIRE_EQUAL(outcome(rules), "none");
  CAF_CHECK_EQUAL(rules->time_zone, "Asia/Tokyo");
  CAF_CHECK_EQUAL(rules->max_lateness_s, 60);
  w.restart();
  auto seen_by_viewer = as<workspace_view>(viewer, role::viewer, get_workspace{viewer});
  CAF_CHECK_EQUAL(seen_by_viewer->name, "Konditorei");
  CAF_CHECK_EQUAL(w.count("SELECT count(*) FROM event WHERE kind = 'workspace.updated'"), 2);
}

CAF_TEST(of many changes to one version one is made) {
  caf::scoped_actor self{w.system()};
  auto ref = workspace_ref(workspace);
  constexpr int racers = 20;
  for (int i = 0; i < racers; ++i) {
    update_workspace m{owner, 1, "Name " + std::to_string(i), "", 0};
    self->send(w.rt_.route->find(ref),
               routed{ref, caf::make_message(as_member{owner, role::admin, ref, caf::make_message(m)})});
  }
  int made = 0, refused = 0;
  for (int i = 0; i < racers; ++i)
    self->receive([&](const workspace_view&) { ++made; },
                  [&](const caf::error& e) { refused += to_failure(e).code == ec::precondition_failed; },
                  caf::after(std::chrono::seconds(30)) >> [] { CAF_FAIL("a change was not answered"); });
  CAF_CHECK_EQUAL(made, 1);
  CAF_CHECK_EQUAL(refused, racers - 1);
}

CAF_TEST(admins change roles but make and unmake no owners) {
  CAF_CHECK_EQUAL(promote(admin, viewer, role::editor), "none");
  CAF_CHECK_EQUAL(role_of(viewer), "editor");
  CAF_CHECK_EQUAL(promote(admin, viewer, role::editor), "none");
  CAF_CHECK_EQUAL(promote(admin, editor, role::owner), "forbidden");
  CAF_CHECK_EQUAL(promote(admin, owner, role::viewer), "forbidden");
  CAF_CHECK_EQUAL(promote(editor, viewer, role::admin), "forbidden");
  CAF_CHECK_EQUAL(promote(admin, stranger, role::viewer), "not-found");
  CAF_CHECK_EQUAL(promote(stranger, viewer, role::admin), "not-found");
  CAF_CHECK_EQUAL(role_of(editor), "editor");
}

CAF_TEST(the last owner stays) {
  CAF_CHECK_EQUAL(promote(owner, owner, role::admin), "conflict");
  CAF_CHECK_EQUAL(remove(owner, owner), "conflict");
  CAF_CHECK_EQUAL(promote(owner, admin, role::owner), "none");
  CAF_CHECK_EQUAL(promote(owner, owner, role::admin), "none");
  CAF_CHECK_EQUAL(remove(admin, admin), "conflict");
  CAF_CHECK_EQUAL(role_of(admin), "owner");
}

CAF_TEST(two owners who step down at once leave one) {
  CAF_REQUIRE_EQUAL(promote(owner, admin, role::owner), "none");
  caf::scoped_actor self{w.system()};
  auto ref = workspace_ref(workspace);
  for (auto& who : {owner, admin})
    self->send(w.rt_.route->find(ref),
               routed{ref, caf::make_message(as_member{who, role::viewer, ref,
                                                       caf::make_message(remove_member{who, who})})});
  int gone = 0, kept = 0;
  for (int i = 0; i < 2; ++i)
    self->receive([&](done) { ++gone; },
                  [&](const caf::error& e) { kept += to_failure(e).code == ec::conflict; },
                  caf::after(std::chrono::seconds(30)) >> [] { CAF_FAIL("a removal was not answered"); });
  CAF_CHECK_EQUAL(gone, 1);
  CAF_CHECK_EQUAL(kept, 1);
  CAF_CHECK_EQUAL(w.count("SELECT count(*) FROM member WHERE role = 'owner'"), 1);
}

CAF_TEST(everyone may leave and only admins send others away) {
  CAF_CHECK_EQUAL(remove(editor, viewer), "forbidden");
  CAF_CHECK_EQUAL(remove(admin, owner), "forbidden");
  CAF_CHECK_EQUAL(remove(editor, editor), "none");
  CAF_CHECK_EQUAL(outcome(as<done>(editor, role::viewer, check_member{})), "not-found");
  CAF_CHECK_EQUAL(remove(admin, viewer), "none");
  CAF_CHECK_EQUAL(remove(admin, viewer), "not-found");
  CAF_CHECK_EQUAL(w.count("SELECT count(*) FROM event WHERE kind = 'member.left'"), 2);
  w.restart();
  CAF_CHECK_EQUAL(outcome(as<done>(viewer, role::viewer, check_member{})), "not-found");
}

CAF_TEST(a workspace is made once for one key) {
  create_workspace m;
  m.owner = owner;
  m.name = "Second";
  m.time_zone = "UTC";
  m.key = "k";
  m.body_hash = secrets::token_hash("body");
  auto id = derived_uuid("workspace of k");
  auto first = w.ask<workspace_view>(workspace_ref(id), m);
  CAF_REQUIRE_EQUAL(outcome(first), "none");
  auto again = w.ask<workspace_view>(workspace_ref(id), m);
  CAF_REQUIRE_EQUAL(outcome(again), "none");
  CAF_CHECK_EQUAL(again->created_at, first->created_at);
  auto other = m;
  other.body_hash = secrets::token_hash("another body");
  CAF_CHECK_EQUAL(outcome(w.ask<workspace_view>(workspace_ref(id), other)), "idempotency-mismatch");
  // The key was used, for whatever it was: it makes nothing else.
  CAF_CHECK_EQUAL(outcome(w.ask<workspace_view>(workspace_ref(new_uuid(w.now())), other)),
                  "idempotency-mismatch");
  auto nobody_key = other;
  nobody_key.owner = admin;
  CAF_CHECK_EQUAL(outcome(w.ask<workspace_view>(workspace_ref(new_uuid(w.now())), nobody_key)), "none");
  CAF_CHECK_EQUAL(w.count("SELECT count(*) FROM workspace"), 3);
}

CAF_TEST(a user has so many workspaces and no more) {
  w.context_.settings.workspaces_per_user = 2;
  create_workspace m;
  m.owner = owner;
  m.name = "More";
  m.time_zone = "UTC";
  CAF_CHECK_EQUAL(outcome(w.ask<workspace_view>(workspace_ref(new_uuid(w.now())), m)), "none");
  CAF_CHECK_EQUAL(outcome(w.ask<workspace_view>(workspace_ref(new_uuid(w.now())), m)), "conflict");
  CAF_CHECK_EQUAL(w.count("SELECT count(*) FROM workspace"), 2);
}

CAF_TEST(an id that exists is nobody elses to make) {
  create_workspace m;
  m.owner = stranger;
  m.name = "Mine";
  m.time_zone = "UTC";
  CAF_CHECK_EQUAL(outcome(w.ask<workspace_view>(workspace_ref(workspace), m)), "conflict");
  m.promised = true;
  CAF_CHECK_EQUAL(outcome(w.ask<workspace_view>(workspace_ref(workspace), m)), "conflict");
  CAF_CHECK_EQUAL(role_of(stranger), "none");
}

CAF_TEST_FIXTURE_SCOPE_END()
