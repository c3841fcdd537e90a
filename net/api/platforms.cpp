#include "net/api/content_input.hpp"
#include "net/platforms/adapter.hpp"

#include <boost/json.hpp>

/// What each network of this build asks for, limits and promises.
namespace troupe::api {

namespace {

boost::json::object platform_view(const platforms::description& d) {
  boost::json::array fields;
  for (auto& f : d.fields)
    fields.push_back({{"name", f.name},
                      {"label", f.label},
                      {"secret", f.secret},
                      {"required", f.required},
                      {"help", f.help}});
  boost::json::value window = d.key_window.count();
  if (d.safe_forever) window = nullptr;
  return {{"id", d.id},
          {"name", d.name},
          {"connect", d.connect},
          {"fields", std::move(fields)},
          {"guarantee", to_string(d.promise)},
          {"key_window_s", std::move(window)},
          {"limits", to_json(d.default_limits)},
          {"capabilities",
           {{"two_phase", d.two_phase},
            {"can_find", d.can_find},
            {"absence_is_proof", d.absence_is_proof},
            {"safe_repeat", d.safe_repeat},
            {"repeat_while_running", d.repeat_while_running}}}};
}

void list_platforms(const call_ptr& c) {
  boost::json::array items;
  for (auto& network : c->ctx.networks->all()) items.push_back(platform_view(network->describe()));
  c->answer(200, boost::json::object{{"items", std::move(items)}});
}

} // namespace

void add_platform_routes(bridge::router& routes, api_context& ctx) {
  add(routes, ctx, bridge::verb::get, "/v1/platforms", reads("listPlatforms"), list_platforms);
}

} // namespace troupe::api
