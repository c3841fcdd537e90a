#define CAF_SUITE api_events
#include <caf/test/unit_test.hpp>

#include "api_node.hpp"
#include "contract.hpp"
#include "tests/net/bridge/raw_client.hpp"

#include <fmt/format.h>

using namespace troupe;
using namespace troupe::test;

namespace {

/// One block of a stream: its fields, the data as JSON.
struct block {
  std::string id, kind, retry, comment;
  boost::json::value data;
};

/// A client of an event stream. HTTP/1.0, so that the body comes as it is.
class stream {
 public:
  stream(api_node& node, const uuid& who, const std::string& more = {}, const std::string& query = {},
         const std::string& token = {})
      : client_(node.port()) {
    client_.send(fmt::format(
        "GET /v1/workspaces/{}/events{} HTTP/1.0\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n{}\r\n",
        to_string(node.workspace), query, token.empty() ? node.token_of(who) : token, more));
    head = client_.read_until("\r\n\r\n");
  }
  int status() const { return std::stoi(head.substr(9, 3)); }
  block next() {
    block out;
    auto text = client_.read_until("\n\n");
    while (!text.empty()) {
      auto line = text.substr(0, text.find('\n'));
      text.erase(0, line.size() + 1);
      auto colon = std::min(line.find(':'), line.size());
      auto name = line.substr(0, colon), value = line.substr(std::min(colon + 1, line.size()));
      if (value.starts_with(' ')) value.erase(0, 1);
      if (name == "id") out.id = value;
      if (name == "event") out.kind = value;
      if (name == "retry") out.retry = value;
      if (name == "data") out.data = boost::json::parse(value);
      if (name.empty() && !line.empty()) out.comment += ':';
    }
    return out;
  }
  /// The next block that is an event, held to the contract.
  block event() {
    for (;;) {
      auto b = next();
      if (b.data.is_null()) continue;
      if (auto wrong = contract::differences(b.data, "Event"); !wrong.empty())
        CAF_ERROR("not an Event: " << wrong);
      CAF_CHECK_EQUAL(text_at(b.data, "id"), b.id);
      CAF_CHECK_EQUAL(text_at(b.data, "kind"), b.kind);
      return b;
    }
  }
  /// The next event but those of `kind`. What was committed just before a stream began may still come in it,
  /// when another transaction was under way in PostgreSQL meanwhile.
  block event_but(std::string_view kind) {
    auto b = event();
    while (b.kind == kind) b = event();
    return b;
  }
  std::string rest() { return client_.read_to_end(); }

  std::string head;

 private:
  raw_client client_;
};

std::string last_id(const std::string& id) { return "Last-Event-ID: " + id + "\r\n"; }

} // namespace

CAF_TEST(what happens to a post is seen as it happens) {
  api_node node;
  auto account = node.connect("ada");
  stream s(node, node.viewer);
  CAF_REQUIRE_EQUAL(s.status(), 200);
  for (auto* line :
       {"Content-Type: text/event-stream\r\n", "Cache-Control: no-store\r\n", "X-Accel-Buffering: no\r\n"})
    if (s.head.find(line) == s.head.npos) CAF_ERROR("missing: " << line);
  auto hello = s.next();
  CAF_CHECK_EQUAL(hello.retry, "2000");
  CAF_CHECK(!hello.id.empty());
  auto post = node.make_post("live", account);
  expect(node.post("~/posts/" + post + "/publish-now"), 200);
  auto created = s.event_but("account.connected");
  CAF_CHECK_EQUAL(created.kind, "post.created");
  CAF_CHECK_EQUAL(text_at(created.data, "subject"), post);
  CAF_CHECK_EQUAL(s.event().kind, "post.scheduled");
  auto published = s.event();
  CAF_CHECK_EQUAL(published.kind, "delivery.published");
  CAF_CHECK_EQUAL(text_at(published.data.at("payload"), "post_id"), post);
  // Where the account is paused and comes back.
  expect(node.call(node.admin, "POST", "~/accounts/" + account + "/pause"), 200);
  CAF_CHECK_EQUAL(s.event().kind, "account.paused");
  expect(node.call(node.admin, "POST", "~/accounts/" + account + "/resume"), 200);
  CAF_CHECK_EQUAL(s.event().kind, "account.active");
}

CAF_TEST(an account that is connected again tells so once) {
  api_node node;
  auto account = node.connect("ada", "reconnect");
  stream s(node, node.viewer);
  std::string seen;
  auto until = [&](const std::string& kind) {
    for (seen.clear(); seen.size() < 1'000;) {
      seen += s.event().kind + " ";
      if (seen.ends_with(kind + " ")) return;
    }
    CAF_FAIL("waited for " << kind << ", saw " << seen);
  };
  auto post = node.make_post("needs a key", account);
  expect(node.post("~/posts/" + post + "/publish-now"), 200);
  until("account.reconnect_required");
  auto reconnect = [&] {
    expect(node.call(node.admin, "POST", "~/accounts/" + account + "/reconnect",
                     {{"fields", {{"handle", "ada"}, {"behaviour", "ok"}}}}),
           200);
  };
  reconnect();
  until("account.reconnected");
  reconnect(); // it had nothing to mend
  node.make_post("after", "");
  until("post.created");
  CAF_CHECK(seen.find("account.") == seen.npos);
}

CAF_TEST(a stream is taken up where it was by header or by query) {
  api_node node;
  std::string seen;
  {
    stream s(node, node.viewer);
    node.make_post("one", "");
    seen = s.event().id;
  }
  auto two = node.make_post("two", ""), three = node.make_post("three", "");
  for (bool header : {true, false}) {
    stream s = header ? stream(node, node.viewer, last_id(seen), "?after=garbage")
                      : stream(node, node.viewer, "", "?after=" + seen);
    CAF_CHECK_EQUAL(text_at(s.event().data, "subject"), two);
    CAF_CHECK_EQUAL(text_at(s.event().data, "subject"), three);
  }
  stream lost(node, node.viewer, last_id("garbage"));
  auto reset = lost.event();
  CAF_CHECK_EQUAL(reset.kind, "reset");
  CAF_CHECK_EQUAL(text_at(reset.data.at("payload"), "reason"), "unknown-cursor");
  auto four = node.make_post("four", "");
  auto next = lost.event();
  while (text_at(next.data, "subject") == three) next = lost.event(); // see event_but
  CAF_CHECK_EQUAL(text_at(next.data, "subject"), four);
}

CAF_TEST(only members listen) {
  api_node node;
  CAF_CHECK_EQUAL(stream(node, node.stranger).status(), 404);
  CAF_CHECK_EQUAL(stream(node, node.viewer, "", "", "nonsense").status(), 401);
  CAF_CHECK_EQUAL(stream(node, node.viewer, "", "?before=1").status(), 422);
}

CAF_TEST(a token that is taken back ends the stream) {
  api_node node;
  auto token = node.token_of(node.viewer);
  stream s(node, node.viewer, "", "", token);
  CAF_CHECK(!s.next().id.empty());
  node.tokens().revoke_generations_before(node.viewer, 2);
  CAF_CHECK_EQUAL(s.rest(), "");
}

CAF_TEST(who is no member any more hears no more) {
  api_node node([](config::settings& c) { c.events.heartbeat_ms = 1'000; });
  stream s(node, node.viewer);
  s.next();
  expect(node.call(node.owner, "DELETE", "~/members/" + to_string(node.viewer)),
         404); // not served by this node
  node.sql("DELETE FROM member WHERE user_id = $1", {to_string(node.viewer)});
  auto rest = s.rest(); // heartbeats, and then the end
  CAF_CHECK(rest.find("event:") == rest.npos);
}

CAF_TEST(a quiet stream says that it is alive) {
  api_node node([](config::settings& c) { c.events.heartbeat_ms = 1'000; });
  stream s(node, node.viewer);
  auto hello = s.next(), beat = s.next();
  CAF_CHECK_EQUAL(beat.comment, ":");
  CAF_CHECK(!beat.id.empty());
  CAF_CHECK(beat.id != hello.id);
  CAF_CHECK(beat.data.is_null());
  node.make_post("after the beat", "");
  stream back(node, node.viewer, last_id(beat.id));
  CAF_CHECK_EQUAL(back.event().kind, "post.created");
}

CAF_TEST(streams are bounded and a client that leaves makes room) {
  api_node node([](config::settings& c) { c.events.streams_per_user = 2; });
  stream first(node, node.viewer);
  {
    stream second(node, node.viewer);
    CAF_CHECK_EQUAL(second.status(), 200);
    stream third(node, node.viewer);
    CAF_CHECK_EQUAL(third.status(), 429);
    CAF_CHECK(third.head.find("Retry-After: 5") != third.head.npos);
    CAF_CHECK_EQUAL(stream(node, node.editor).status(), 200);
  }
  wait_until("the streams have ended", [&] { return node.feed().listeners == 1u; });
  CAF_CHECK_EQUAL(stream(node, node.viewer).status(), 200);
}

CAF_TEST(a stop ends the streams properly) {
  api_node node;
  stream s(node, node.viewer);
  s.next();
  node.front().drain(milliseconds{10'000});
  CAF_CHECK_EQUAL(s.rest(), "");
  wait_until("the feed knows it", [&] { return node.feed().listeners == 0u; });
}
