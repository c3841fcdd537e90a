#pragma once

#include "net/platforms/adapter.hpp"

#include <caf/test/unit_test.hpp>

#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// A network made of a script: no socket, no thread, no clock.
namespace troupe::platforms::testing {

inline outbound::response answer(int status, std::string body = "{}",
                                 std::vector<std::pair<std::string, std::string>> headers = {}) {
  outbound::response r;
  r.kind = outbound::result_kind::answered;
  r.status = status;
  r.headers = std::move(headers);
  r.body = std::move(body);
  return r;
}

inline outbound::response failed(outbound::result_kind kind, std::string error, bool timed_out = false) {
  outbound::response r;
  r.kind = kind;
  r.error = std::move(error);
  r.timed_out = timed_out;
  return r;
}

/// Plays the engine: takes each request, lets the gate decide as the engine does, and answers from the script
/// in order. A request that the script does not expect fails the test.
class scripted_io final : public io {
 public:
  std::deque<outbound::response> script;
  std::vector<outbound::request> seen;
  std::vector<rate_window> rates;
  timestamp clock = timestamp{seconds{1'800'000'000}}; // 2027-01-15T08:00:00Z
  bool hold = false;                                   // keep the answers until `deliver`
  std::vector<std::function<void()>> held;
  std::function<outbound::response(const outbound::request&)> respond; // instead of a script

  void start(outbound::request what, std::function<void(outbound::response)> done) override {
    seen.push_back(what);
    outbound::response r;
    if (what.gate && !what.gate->release()) {
      const bool revoked = what.gate->now() == outbound::send_gate::state::revoked;
      r = failed(revoked ? outbound::result_kind::revoked : outbound::result_kind::not_sent,
                 "the gate said no");
    } else if (respond) {
      r = respond(what);
    } else if (script.empty()) {
      CAF_ERROR("unexpected request " << what.url);
      r = failed(outbound::result_kind::not_sent, "the script has ended");
    } else {
      r = std::move(script.front());
      script.pop_front();
    }
    if (hold) {
      held.push_back([done = std::move(done), r]() mutable { done(std::move(r)); });
    } else {
      done(std::move(r));
    }
  }
  timestamp now() const override { return clock; }
  void saw_rate(const rate_window& window) override { rates.push_back(window); }

  /// Lets every answer that was kept back arrive, in order.
  void deliver() {
    auto ready = std::move(held);
    held.clear();
    for (auto& one : ready) one();
  }
};

/// Runs a task that needs nobody else, and answers its value.
template <class T>
T run(task<T> t) {
  std::optional<T> value;
  std::exception_ptr error;
  bool done = false;
  t.start([&](std::optional<T> v, std::exception_ptr e) {
    value = std::move(v);
    error = e;
    done = true;
  });
  if (error) std::rethrow_exception(error);
  if (!done || !value) CAF_FAIL("the task did not finish");
  return std::move(*value);
}

inline std::shared_ptr<outbound::send_gate> open_gate() {
  return std::make_shared<outbound::send_gate>([] { return true; });
}

inline boost::json::object object(std::string_view text) { return boost::json::parse(text).as_object(); }

/// First header line that begins with "Name: ", its value; empty when there is none.
inline std::string header_of(const outbound::request& r, std::string_view name) {
  for (const auto& line : r.headers)
    if (line.size() > name.size() + 2 && line.compare(0, name.size(), name) == 0 && line[name.size()] == ':')
      return line.substr(name.size() + 2);
  return {};
}

/// A text post that differs from test to test only in what matters there.
inline publication a_post(std::string text) {
  publication p;
  p.delivery_id = derived_uuid("delivery");
  p.idempotency_key = "key-1";
  p.text = std::move(text);
  p.scheduled_for = timestamp{seconds{1'800'000'000}};
  return p;
}

inline image a_picture(std::string alt = "A red square") {
  image i;
  i.path = "media/3f/3fa9.png";
  i.content_type = "image/png";
  i.file_name = "square.png";
  i.alt = std::move(alt);
  i.bytes = 1234;
  i.width = 640;
  i.height = 480;
  return i;
}

} // namespace troupe::platforms::testing
