#include "tests/simulation/memory_rows.hpp"

#include <algorithm>
#include <map>

// The steps of a delivery, as actors/content/store_flight.cpp takes them. Held to one contract with it:
// contract_test.cpp.
namespace troupe::test {

namespace {

memory_answer arm(const memory_call& call) {
  unnested u(call);
  memory_answer out;
  for (std::size_t i = 0; i < u.size(); ++i) {
    auto* d = next_version(call, u, i, "scheduled");
    if (!d) continue;
    d->state = "sending";
    ++d->attempt;
    if (!d->first_sending_us) d->first_sending_us = call.now_us;
    d->send_not_after_us = call.now_us + u.number(i, 2) * 1'000;
    d->call_deadline_us = call.now_us + (u.number(i, 2) + u.number(i, 3)) * 1'000;
    d->next_us.reset();
    log(call, *d, "scheduled", "sending", d->epoch, "due");
    auto& p = call.rows.posts.at(d->post);
    out.push_back({std::to_string(i + 1), std::to_string(d->version), std::to_string(d->attempt),
                   text_of(d->send_not_after_us), d->text ? d->text : p.text, d->title ? d->title : p.title,
                   p.language, d->media ? d->media : p.media, d->options, d->remote_handle, d->key});
  }
  return out;
}

memory_answer transition(const memory_call& call) {
  unnested u(call);
  memory_answer out;
  for (std::size_t i = 0; i < u.size(); ++i) {
    auto* d = next_version(call, u, i, u.text(i, 2));
    if (!d) continue;
    auto repeat = u.maybe(i, 14);
    d->state = u.text(i, 3);
    d->is_open = u.yes(i, 4);
    if (repeat) {
      ++d->attempt;
      d->call_deadline_us = std::max(d->call_deadline_us.value_or(0), call.now_us + *repeat * 1'000);
    }
    d->next_us = u.maybe(i, 7);
    overlay(d->remote_id, u.at(i, 8));
    overlay(d->permalink, u.at(i, 9));
    d->error_kind = u.at(i, 10);
    d->error_detail = u.at(i, 11);
    d->burnt += u.number(i, 12);
    if (auto at = u.maybe(i, 13)) d->published_us = at;
    log(call, *d, u.text(i, 2), d->state, d->epoch, u.text(i, 5));
    out.push_back({std::to_string(i + 1), std::to_string(d->version), std::to_string(d->attempt),
                   repeat ? text_of(d->call_deadline_us) : std::nullopt});
  }
  return out;
}

memory_answer published(const memory_call& call) {
  unnested u(call);
  memory_answer out;
  for (std::size_t i = 0; i < u.size(); ++i) {
    auto* d = next_version(call, u, i, "sending");
    if (!d) continue;
    d->state = "published";
    d->is_open = false;
    d->next_us.reset();
    overlay(d->remote_id, u.at(i, 2));
    overlay(d->permalink, u.at(i, 3));
    d->error_kind = d->error_detail = std::nullopt;
    d->published_us = u.number(i, 4);
    log(call, *d, "sending", "published", d->epoch, "published");
    out.push_back(
        {std::to_string(i + 1), std::to_string(d->version), std::to_string(d->attempt), std::nullopt});
  }
  return out;
}

memory_answer prepared(const memory_call& call) {
  unnested u(call);
  memory_answer out;
  for (std::size_t i = 0; i < u.size(); ++i) {
    auto* d = next_version(call, u, i, "scheduled");
    if (!d) continue;
    d->remote_handle = u.at(i, 2);
    out.push_back({std::to_string(i + 1), std::to_string(d->version)});
  }
  return out;
}

} // namespace

memory_statement flight_twin(std::string_view name) {
  static const memory_twins known{{"delivery_arm", arm},
                                  {"delivery_transition", transition},
                                  {"delivery_published", published},
                                  {"delivery_prepared", prepared}};
  return twin_in(known, name);
}

} // namespace troupe::test
