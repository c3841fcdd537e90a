#include "tests/simulation/network.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace troupe::test {

namespace {

std::string header(const outbound::request& r, std::string_view name) {
  for (auto& h : r.headers)
    if (h.starts_with(name) && h.size() > name.size() + 2) return h.substr(name.size() + 2);
  return {};
}

outbound::response answered(int status, const boost::json::object& body) {
  outbound::response r;
  r.kind = outbound::result_kind::answered;
  r.status = status;
  r.body = boost::json::serialize(body);
  return r;
}

} // namespace

recording_network::call& recording_network::submit(std::size_t node, outbound::request what,
                                                   outbound::completion done, std::int64_t now_us) {
  auto& c = open_.emplace_back();
  c.node = node;
  c.until_us = now_us + microseconds(what.timeout).count();
  c.what = std::move(what);
  c.done = std::move(done);
  return c;
}

void recording_network::erase(call& c) {
  open_.erase(std::find_if(open_.begin(), open_.end(), [&c](auto& o) { return &o == &c; }));
}

void recording_network::over(call& c, outbound::response r) {
  auto done = std::move(c.done);
  erase(c);
  if (done) done(std::move(r));
}

bool recording_network::connect(call& c) {
  if (c.what.gate && !c.what.gate->release()) {
    outbound::response r;
    r.kind = c.what.gate->now() == outbound::send_gate::state::revoked ? outbound::result_kind::revoked
                                                                       : outbound::result_kind::not_sent;
    r.error = "the gate said no";
    over(c, std::move(r));
    return false;
  }
  c.now = stage::released;
  return true;
}

void recording_network::refuse_connection(call& c) {
  outbound::response r;
  r.kind = outbound::result_kind::not_sent;
  r.error = "connection refused";
  over(c, std::move(r));
}

outbound::response recording_network::look_up(const call& c) const {
  auto at = c.what.url.find("key=");
  boost::json::array posts;
  if (at != std::string::npos)
    if (auto it = by_key_.find(c.what.url.substr(at + 4)); it != by_key_.end())
      posts.push_back({{"id", it->second.id}, {"url", "http://network/" + it->second.id}});
  return answered(200, {{"posts", std::move(posts)}});
}

std::string recording_network::text_of(const call& c) {
  return std::string(boost::json::parse(c.what.body).as_object().at("text").as_string());
}

std::string recording_network::identity_of(const call& c) {
  return identity(header(c.what, "Authorization"), text_of(c));
}

void recording_network::apply(call& c, std::int64_t now_us) {
  c.now = stage::decided;
  if (c.what.method == outbound::verb::get) {
    c.answer = look_up(c);
    return;
  }
  auto key = header(c.what, "Idempotency-Key");
  auto what = identity_of(c);
  auto& s = record_[what];
  ++s.raw;
  bool honours = kind_ == network_kind::keys_for_ever || kind_ == network_kind::keys_for_a_day;
  auto known = by_key_.find(key);
  bool replay = honours && !key.empty() && known != by_key_.end();
  std::string id = replay ? known->second.id : "id-" + std::to_string(++last_id_);
  if (!replay) {
    if (s.applied++ == 0) {
      s.id = id;
      s.text = text_of(c);
      s.first_applied_us = now_us;
    }
    by_key_.try_emplace(key, publication{what, id, now_us});
    if (on_applied) on_applied(what);
  }
  c.answer = answered(replay ? 200 : 201, {{"id", id}, {"url", "http://network/" + id}});
}

void recording_network::refuse(call& c, int status) {
  // What it has taken before it does not call wrong now; and a look-up has no content that could be.
  bool known = by_key_.contains(header(c.what, "Idempotency-Key"));
  if (status == 422 && (known || c.what.method == outbound::verb::get)) status = 503;
  c.now = stage::decided;
  c.answer = answered(status, {{"error", "refused"}});
  if (status == 429) c.answer.headers.emplace_back("retry-after", "1");
}

void recording_network::swallow(call& c) {
  c.now = stage::decided;
  c.answer = {};
  c.answer.kind = outbound::result_kind::no_answer;
  c.answer.error = "connection reset";
}

void recording_network::finish(call& c, bool lost) {
  outbound::response r = std::move(c.answer);
  if (lost) {
    r = {};
    r.kind = outbound::result_kind::no_answer;
    r.error = "the answer was cut off";
  }
  over(c, std::move(r));
}

void recording_network::give_up(call& c) {
  auto done = std::exchange(c.done, {});
  outbound::response r;
  r.timed_out = true;
  r.error = "no answer in time";
  r.kind = c.now == stage::waiting ? outbound::result_kind::not_sent : outbound::result_kind::no_answer;
  if (c.now != stage::released) erase(c); // what is on the wire goes on
  if (done) done(std::move(r));
}

void recording_network::die(std::size_t node) {
  for (auto it = open_.begin(); it != open_.end();) {
    if (it->node == node) it->done = {};
    it = it->node == node && it->now != stage::released ? open_.erase(it) : std::next(it);
  }
}

} // namespace troupe::test
