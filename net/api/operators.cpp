#include "net/api/call.hpp"

#include <boost/json.hpp>

/// healthz, readyz, metrics: for load balancers and monitoring. Neither authenticated nor counted.
namespace troupe::api {

namespace {

operation open_get(const char* id) {
  operation op;
  op.id = id;
  op.who = access::unmetered;
  return op;
}

void get_health(const call_ptr& c) {
  c->answer(200, {{"status", "ok"}, {"version", c->ctx.operators.version}});
}

void get_readiness(const call_ptr& c) {
  if (!c->ctx.operators.ready) return c->fail({ec::unavailable});
  bool ready = true;
  boost::json::array checks;
  for (auto& check : c->ctx.operators.ready()) {
    ready = ready && check.ok;
    checks.push_back({{"name", check.name}, {"ok", check.ok}, {"detail", check.detail}});
  }
  c->answer(ready ? 200 : 503, {{"status", ready ? "ready" : "not_ready"}, {"checks", std::move(checks)}});
}

void get_metrics(const call_ptr& c) {
  if (!c->ctx.operators.metrics) return c->fail({ec::unavailable});
  bridge::reply reply;
  reply.content_type = "text/plain; version=0.0.4";
  reply.body = c->ctx.operators.metrics();
  c->answer(std::move(reply));
}

} // namespace

void add_operator_routes(bridge::router& routes, api_context& ctx) {
  add(routes, ctx, bridge::verb::get, "/healthz", open_get("getHealth"), get_health);
  add(routes, ctx, bridge::verb::get, "/readyz", open_get("getReadiness"), get_readiness);
  add(routes, ctx, bridge::verb::get, "/metrics", open_get("getMetrics"), get_metrics);
}

} // namespace troupe::api
