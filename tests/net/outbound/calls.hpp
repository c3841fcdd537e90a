#pragma once

#include "net/outbound/engine.hpp"

#include <caf/test/unit_test.hpp>

#include <future>

namespace troupe::test {

using outbound::response;
using outbound::result_kind;

/// An engine that may talk to loopback; set only what matters.
inline std::unique_ptr<outbound::engine> start_engine(outbound::engine_settings settings = {}) {
  settings.allow_private = true;
  return outbound::engine::start(std::move(settings));
}

inline outbound::request get(std::string url) {
  outbound::request r;
  r.url = std::move(url);
  return r;
}

inline outbound::request post(std::string url, std::string body = "payload") {
  auto r = get(std::move(url));
  r.method = outbound::verb::post;
  r.body = std::move(body);
  return r;
}

inline std::future<response> submit(outbound::engine& engine, outbound::request r) {
  auto promise = std::make_shared<std::promise<response>>();
  auto answer = promise->get_future();
  engine.submit(std::move(r), [promise](response a) { promise->set_value(std::move(a)); });
  return answer;
}

inline response await(std::future<response> answer) {
  if (answer.wait_for(seconds{30}) != std::future_status::ready) CAF_FAIL("no completion within 30 s");
  return answer.get();
}

inline response call(outbound::engine& engine, outbound::request r) {
  return await(submit(engine, std::move(r)));
}

inline std::shared_ptr<outbound::send_gate> open_gate() {
  return std::make_shared<outbound::send_gate>([] { return true; });
}

} // namespace troupe::test

namespace troupe::outbound {

inline std::string to_string(result_kind kind) {
  switch (kind) {
  case result_kind::answered: return "answered";
  case result_kind::not_sent: return "not_sent";
  case result_kind::revoked: return "revoked";
  case result_kind::no_answer: return "no_answer";
  case result_kind::overloaded: return "overloaded";
  }
  return "?";
}

} // namespace troupe::outbound
