#include "net/api/events.hpp"

#include "actors/users/reads.hpp"
#include "net/api/call.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <charconv>

namespace troupe::api {

namespace {

namespace json = boost::json;

constexpr std::string_view cursor_name = "events";
constexpr int retry_ms = 2'000; // a hint for clients whose stream has ended

template <class Number>
bool read_number(const std::string& text, Number& out) {
  auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), out);
  return wrong == std::errc{} && end == text.data() + text.size();
}

std::string cursor_of(const api_context& ctx, const events::mark& m) {
  return ctx.cursors.encode(cursor_name, {m.history, std::to_string(m.at.xid), std::to_string(m.at.seq),
                                          std::to_string(to_micros(m.time))});
}

std::optional<events::mark> read_cursor(const api_context& ctx, std::string_view text) {
  auto values = ctx.cursors.decode(text, cursor_name, 4);
  if (!values) return std::nullopt;
  auto& v = *values;
  events::mark out{v[0], {}, {}};
  std::int64_t us = 0;
  if (!read_number(v[1], out.at.xid) || !read_number(v[2], out.at.seq) || !read_number(v[3], us))
    return std::nullopt;
  out.time = from_micros(us);
  return out;
}

/// `data` is one line: JSON text has no line breaks.
std::string frame(std::string_view id, std::string_view kind, std::string_view data) {
  return fmt::format("id: {}\nevent: {}\ndata: {}\n\n", id, kind, data);
}

/// `payload` is JSON already.
std::string event_json(std::string_view id, std::string_view kind, const uuid& subject, timestamp at,
                       std::string_view payload) {
  return fmt::format(R"({{"id":{},"kind":{},"subject":"{}","at":"{}","payload":{}}})",
                     json::serialize(json::string(id)), json::serialize(json::string(kind)),
                     to_string(subject), format_utc(at), payload);
}

/// Where the client was: the header, which a browser sends when it connects again, before the address it
/// began with.
std::string_view resume_cursor(const call& c) {
  if (auto header = c.request.header("last-event-id"); !header.empty()) return header;
  auto* after = c.request.query_value("after");
  return after ? std::string_view(*after) : std::string_view{};
}

std::shared_ptr<events::listener> make_listener(const call& c, const uuid& workspace,
                                                const std::shared_ptr<bridge::body_writer>& writer) {
  auto out = std::make_shared<events::listener>();
  out->workspace = workspace;
  out->user = c.who.user;
  if (auto cursor = resume_cursor(c); !cursor.empty()) {
    out->resumes = true;
    out->after = read_cursor(c.ctx, cursor);
  }
  out->send = [writer](std::string_view bytes) {
    if (writer->write(bytes)) return events::outcome::taken;
    return writer->too_slow() ? events::outcome::too_slow : events::outcome::gone;
  };
  out->finish = [writer] { writer->finish(); };
  out->welcome = [tokens = c.ctx.tokens, token = std::string(bearer_token(c.request))] {
    return tokens->verify(token).ok();
  };
  return out;
}

void stream_events(const call_ptr& c) {
  auto workspace = c->path_id("workspace_id");
  if (!workspace) return;
  c->require_member(*workspace, role::viewer, [workspace = *workspace](const call_ptr& c2) {
    auto* feed = c2->ctx.feed;
    if (!feed) return c2->fail({ec::unavailable});
    auto stream = bridge::body_stream::make(static_cast<std::size_t>(c2->ctx.config->events.buffer_bytes));
    auto who = make_listener(*c2, workspace, stream.writer);
    feed->open(c2->self, std::move(who), [c2, feed, stream](const events::opened& o) {
      if (o.why.code != ec::none) return c2->fail(o.why);
      stream.writer->when_gone([feed, id = o.id] { feed->close(id); });
      bridge::reply reply;
      reply.content_type = "text/event-stream";
      reply.headers.emplace_back("Cache-Control", "no-store");
      reply.headers.emplace_back("X-Accel-Buffering", "no"); // nginx would collect a page full first
      reply.stream = stream.reader;
      c2->answer(std::move(reply));
    });
  });
}

} // namespace

events::feed_settings feed_settings_of(const config::settings& c) {
  events::feed_settings s{};
  s.poll = milliseconds{c.events.poll_ms};
  s.heartbeat = milliseconds{c.events.heartbeat_ms};
  s.listeners = static_cast<std::size_t>(c.events.streams_per_node);
  s.listeners_per_workspace = static_cast<std::size_t>(c.events.streams_per_workspace);
  s.listeners_per_user = static_cast<std::size_t>(c.events.streams_per_user);
  s.replay_limit = static_cast<std::size_t>(c.events.replay_limit);
  s.kept = seconds{c.retention.event_days * 86'400};
  s.strangers = &users::reads::strangers;
  return s;
}

events::renderer event_renderer(const api_context& ctx) {
  events::renderer out;
  out.each = [&ctx](const events::event& e, const events::mark& at) {
    auto id = cursor_of(ctx, at);
    return frame(id, e.kind, event_json(id, e.kind, e.subject, e.time, e.payload));
  };
  // An id without data is no event; a browser keeps it for when it connects again.
  out.hello = [&ctx](const events::mark& at) {
    return fmt::format("retry: {}\nid: {}\n\n", retry_ms, cursor_of(ctx, at));
  };
  out.reset = [&ctx](const events::mark& at, const uuid& workspace, std::string_view reason) {
    auto id = cursor_of(ctx, at);
    auto payload = json::serialize(json::object{{"reason", reason}});
    return fmt::format("retry: {}\n{}", retry_ms,
                       frame(id, "reset", event_json(id, "reset", workspace, at.time, payload)));
  };
  out.beat = [&ctx](const events::mark* at) {
    return at ? fmt::format(":\nid: {}\n\n", cursor_of(ctx, *at)) : std::string(":\n\n");
  };
  return out;
}

void add_event_routes(bridge::router& routes, api_context& ctx) {
  operation stream;
  stream.id = "streamEvents";
  stream.query = {"after"};
  add(routes, ctx, bridge::verb::get, "/v1/workspaces/{workspace_id}/events", stream, stream_events);
}

} // namespace troupe::api
