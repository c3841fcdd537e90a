#include "served.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace troupe::test {

using namespace bridge;

bridge::handler held_requests::handler() {
  return [this](request req, responder answer) {
    {
      std::lock_guard lock(mutex_);
      kept_.push_back({std::move(req), std::move(answer)});
      ++came_;
    }
    changed_.notify_all();
  };
}

void held_requests::wait_for(std::size_t count) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, std::chrono::seconds(10), [&] { return came_ >= count; }))
    throw std::runtime_error("waited for " + std::to_string(count) + " requests; " + std::to_string(came_) +
                             " came");
}

held_requests::one held_requests::take(std::string_view path) {
  std::unique_lock lock(mutex_);
  auto find = [&] {
    return std::find_if(kept_.begin(), kept_.end(), [&](auto& o) { return o.req.path == path; });
  };
  if (!changed_.wait_for(lock, std::chrono::seconds(10), [&] { return find() != kept_.end(); }))
    throw std::runtime_error("no request for " + std::string(path) + " came");
  auto found = find();
  auto out = std::move(*found);
  kept_.erase(found);
  return out;
}

std::size_t held_requests::came() {
  std::lock_guard lock(mutex_);
  return came_;
}

served::served() {
  settings.port = 0;
  settings.threads = 1;
}

served::~served() { running.reset(); }

void served::start() {
  auto made = server::start(settings, std::move(routes), check);
  if (!made) throw std::runtime_error("the server did not start: " + made.error().detail);
  running = std::move(*made);
}

void served::get(std::string_view path, std::string text) {
  routes.add(verb::get, path, {}, [text](request, responder answer) {
    answer({200, "text/plain", {}, text});
  });
}

void served::echo(verb v, std::string_view path, route_options options) {
  routes.add(v, path, std::move(options), [](request req, responder answer) {
    answer({200, "text/plain", {}, std::to_string(req.body_size) + ":" + req.body});
  });
}

void served::hold(verb v, std::string_view path) { routes.add(v, path, {}, held.handler()); }

raw_response served::ask(std::string_view bytes, bool head_only) const {
  raw_client client(port());
  client.send(bytes);
  return client.read(head_only);
}

std::string get_request(std::string_view path, std::string_view more_headers) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(more_headers) + "\r\n";
}

std::string post_request(std::string_view path, std::string_view body, std::string_view more_headers) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n" + std::string(more_headers) + "\r\n" + std::string(body);
}

namespace {

std::string member(const raw_response& r, const char* name) {
  if (r.header("content-type") != "application/problem+json")
    throw std::runtime_error("no problem: " + std::to_string(r.status) + " " + r.body);
  return std::string(boost::json::parse(r.body).at(name).as_string());
}

} // namespace

std::string problem_slug(const raw_response& r) {
  auto type = member(r, "type");
  constexpr std::string_view prefix = "urn:troupe:problem:";
  if (type.rfind(prefix, 0) != 0) throw std::runtime_error("not one of our problems: " + type);
  return type.substr(prefix.size());
}

std::string problem_detail(const raw_response& r) { return member(r, "detail"); }

} // namespace troupe::test
