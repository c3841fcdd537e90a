#include "system/node/metrics.hpp"

#include "system/node/version.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <vector>

namespace troupe::node {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily family(std::string name, std::string help, MetricType type) {
  MetricFamily f;
  f.name = "troupe_" + std::move(name);
  f.help = std::move(help);
  f.type = type;
  return f;
}

ClientMetric labelled(const char* label, std::string value) {
  ClientMetric m;
  m.label.push_back({label, std::move(value)});
  return m;
}

MetricFamily counter(std::string name, std::string help, const char* label,
                     std::vector<std::pair<std::string, std::uint64_t>> values) {
  auto f = family(std::move(name), std::move(help), MetricType::Counter);
  for (auto& [text, value] : values) {
    auto m = label ? labelled(label, text) : ClientMetric{};
    m.counter.value = static_cast<double>(value);
    f.metric.push_back(std::move(m));
  }
  return f;
}

MetricFamily gauge(std::string name, std::string help, double value) {
  auto f = family(std::move(name), std::move(help), MetricType::Gauge);
  ClientMetric m;
  m.gauge.value = value;
  f.metric.push_back(std::move(m));
  return f;
}

MetricFamily lateness(const publish_metrics& p) {
  auto f = family("delivery_lateness_seconds", "From the due time to the network's receipt.",
                  MetricType::Histogram);
  ClientMetric m;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < p.lateness.size(); ++i) {
    total += p.lateness[i].load();
    bool bounded = i < publish_metrics::lateness_bounds_ms.size();
    auto bound = bounded ? static_cast<double>(publish_metrics::lateness_bounds_ms[i]) / 1000.0
                         : std::numeric_limits<double>::infinity();
    m.histogram.bucket.push_back({total, bound});
  }
  m.histogram.sample_count = total;
  m.histogram.sample_sum = static_cast<double>(p.lateness_sum_ms.load()) / 1000.0;
  f.metric.push_back(std::move(m));
  return f;
}

} // namespace

std::string metrics_text(const metric_sources& from) {
  std::vector<MetricFamily> all;
  auto& core = *from.core;
  auto& p = core.publish_counters();
  all.push_back(counter("deliveries_total", "Steps of deliveries by where they led.", "to",
                        {{"sending", p.armed},
                         {"published", p.published},
                         {"failed", p.failed},
                         {"in_doubt", p.in_doubt},
                         {"needs_review", p.needs_review},
                         {"recalled", p.recalled},
                         {"rescheduled", p.rescheduled},
                         {"repeated", p.repeats}}));
  all.push_back(counter("writes_refused_total", "Writes of deliveries that the fence or a version refused.",
                        nullptr, {{"", p.writes_refused}}));
  all.push_back(counter("receipts_kept_total", "Receipts kept because the outcome could not be written.",
                        nullptr, {{"", p.receipts_kept}}));
  all.push_back(counter("duplicates_detected_total",
                        "Deliveries that a network turned out to show more than once.", nullptr,
                        {{"", p.duplicates}}));
  all.push_back(lateness(p));
  all.push_back(gauge("send_window_in_use", "Deliveries between arming and their stored outcome.",
                      core.window().in_use()));
  all.push_back(gauge("outbound_in_flight", "Outgoing HTTP requests under way.",
                      static_cast<double>(core.outbound_engine().in_flight())));
  all.push_back(gauge("outbound_queued", "Outgoing HTTP requests that wait for a slot.",
                      static_cast<double>(core.outbound_engine().queued())));
  all.push_back(gauge("database_queued", "Batches waiting or in flight at the database.",
                      static_cast<double>(core.database().queued())));
  all.push_back(gauge("database_connections_up", "Open database connections.",
                      static_cast<double>(core.database().connections_up())));
  all.push_back(
      gauge("lease_held", "1 while this node may dispatch.", core.ownership().may_dispatch() ? 1 : 0));
  all.push_back(gauge("lease_renewal_delay_seconds", "How long the last renewal took.",
                      static_cast<double>(core.ownership().last_renewal_delay().count()) / 1000.0));
  all.push_back(gauge("incarnation", "Number of this run of the node.",
                      static_cast<double>(core.ownership().incarnation())));
  if (auto* front = from.front.load()) {
    auto& h = front->counters();
    all.push_back(counter("http_responses_total", "Answers by class of status.", "class",
                          {{"2xx", h.responses_2xx},
                           {"3xx", h.responses_3xx},
                           {"4xx", h.responses_4xx},
                           {"5xx", h.responses_5xx}}));
    all.push_back(counter("http_requests_total", "Requests received.", nullptr, {{"", h.requests}}));
    all.push_back(counter("http_connections_refused_total", "Connections beyond a limit.", nullptr,
                          {{"", h.connections_refused}}));
    all.push_back(counter("http_received_bytes_total", "Bytes received.", nullptr, {{"", h.bytes_in}}));
    all.push_back(counter("http_sent_bytes_total", "Bytes sent.", nullptr, {{"", h.bytes_out}}));
    all.push_back(counter("http_timeouts_total", "Requests and connections that ran into a deadline.",
                          nullptr, {{"", h.timeouts}}));
    all.push_back(
        gauge("http_in_flight", "Requests being worked on.", static_cast<double>(h.in_flight.load())));
    all.push_back(gauge("http_connections", "Open connections.", static_cast<double>(h.connections.load())));
  }
  if (from.tokens) {
    auto& t = from.tokens->counters();
    all.push_back(counter("access_tokens_total", "Access tokens by how they were judged.", "verdict",
                          {{"cached", t.hits}, {"verified", t.verified}, {"refused", t.refused}}));
  }
  if (from.feed) {
    auto& e = from.feed->counters();
    all.push_back(
        gauge("event_streams", "Open streams of live events.", static_cast<double>(e.listeners.load())));
    all.push_back(counter("events_sent_total", "Live events sent, one per stream that got it.", nullptr,
                          {{"", e.sent}}));
    all.push_back(counter("events_replayed_total",
                          "Of these, those that were missed and sent again from the table.", nullptr,
                          {{"", e.replayed}}));
    all.push_back(counter("event_streams_ended_total", "Streams by why they did not go on.", "reason",
                          {{"too_slow", e.dropped}, {"refused", e.refused}, {"reset", e.resets}}));
    all.push_back(counter("event_polls_total", "Looks at the outbox by how they ended.", "outcome",
                          {{"answered", e.polls - e.polls_failed}, {"failed", e.polls_failed}}));
    all.push_back(gauge("event_lag_seconds", "From the writing of the event sent last to its sending.",
                        static_cast<double>(e.lag_us.load()) / 1e6));
  }
  if (from.redis)
    all.push_back(gauge("redis_up",
                        "1 while Redis serves rate limits and caches, 0 while the process serves itself.",
                        from.redis->shared() ? 1 : 0));
  auto info = family("build_info", "Version of this node.", MetricType::Gauge);
  auto m = labelled("version", version);
  m.gauge.value = 1;
  info.metric.push_back(std::move(m));
  all.push_back(std::move(info));
  return prometheus::TextSerializer{}.Serialize(all);
}

} // namespace troupe::node
