#include "net/bridge/session.hpp"

#include "net/bridge/io_loop.hpp"
#include "net/bridge/problem.hpp"
#include "net/bridge/proxy_protocol.hpp"
#include "net/bridge/reply_writer.hpp"
#include "net/bridge/spool.hpp"

#include <algorithm>
#include <cstring>

namespace troupe::bridge {

namespace asio = boost::asio;

namespace {

constexpr std::size_t small_buffer = 4 * 1024;
constexpr std::size_t large_buffer = 64 * 1024;
constexpr std::chrono::seconds linger_time{2}; // a client may read our last answer while it still sends
constexpr std::size_t linger_bytes = 4 * 1024 * 1024; // of what it still sends

} // namespace

session::session(io_loop& loop, tcp_socket socket, const asio::ip::address& peer, bool admitted)
    : loop_(loop), state_(loop.state()), stream_(std::move(socket)), peer_(peer), admitted_(admitted),
      reader_(loop.state().settings.max_header_bytes) {}

session::~session() { drop_queue(); }

void session::start() {
  auto& settings = state_.settings;
  phase_deadline_ = clock::now() + settings.header_timeout;
  peer_trusted_ = state_.trusted.contain(peer_);
  if (!admitted_) return tell_and_close(problem({ec::overloaded, "All connections are in use."}));
  state_.counters->connections.fetch_add(1, std::memory_order_relaxed);
  if (settings.proxy_protocol && peer_trusted_) return read_more();
  begin_after_proxy();
}

/// The peer is known by now. A trusted proxy stands for many clients, so only the total counts it.
void session::begin_after_proxy() {
  peer_trusted_ = state_.trusted.contain(peer_);
  peer_text_ = peer_.to_string();
  has_address_place_ = !peer_trusted_ && state_.connections.add_address(peer_);
  if (!peer_trusted_ && !has_address_place_) {
    state_.counters->connections_refused.fetch_add(1, std::memory_order_relaxed);
    return tell_and_close(problem(too_many_connections(), {}));
  }
  if (!state_.tls) return begin_serving();
  phase_ = phase::handshake;
  auto early = unread();
  stream_.async_handshake(*state_.tls, asio::const_buffer(early.data(), early.size()),
                          [self = shared_from_this()](boost::system::error_code failed, std::size_t used) {
                            if (self->phase_ != phase::handshake) return;
                            self->in_begin_ += used;
                            if (failed) return self->end();
                            self->begin_serving();
                          });
}

void session::begin_serving() {
  phase_ = phase::serving;
  advance();
}

void session::read_proxy_header() {
  auto found = parse_proxy_header(unread());
  if (found.outcome == proxy_header::state::need_more) return read_more();
  if (found.outcome == proxy_header::state::malformed) {
    state_.counters->bad_requests.fetch_add(1, std::memory_order_relaxed);
    return end();
  }
  in_begin_ += found.size;
  if (found.source) peer_ = plain_address(*found.source);
  begin_after_proxy();
}

void session::make_room() {
  if (in_begin_ == in_end_) in_begin_ = in_end_ = 0;
  bool much =
      stage_ == stage::body && (reader_.head().chunked || reader_.head().content_length > large_buffer / 4);
  auto wanted = much ? large_buffer : small_buffer;
  if (in_end_ == 0 && in_size_ != wanted && (in_size_ < wanted || !much)) {
    in_ = std::make_unique_for_overwrite<char[]>(wanted);
    in_size_ = wanted;
  }
  if (in_end_ < in_size_) return;
  auto kept = in_end_ - in_begin_;
  if (in_begin_ < in_size_ / 2) { // more than half of it is unread: the header limit bounds this growth
    auto larger = std::make_unique_for_overwrite<char[]>(in_size_ * 2);
    std::memcpy(larger.get(), in_.get() + in_begin_, kept);
    in_ = std::move(larger);
    in_size_ *= 2;
  } else {
    std::memmove(in_.get(), in_.get() + in_begin_, kept);
  }
  in_begin_ = 0;
  in_end_ = kept;
}

void session::read_more() {
  if (reading_ || eof_ || phase_ == phase::ended) return;
  make_room();
  reading_ = true;
  stream_.async_read_some(asio::mutable_buffer(in_.get() + in_end_, in_size_ - in_end_),
                          [self = shared_from_this()](const boost::system::error_code& failed,
                                                      std::size_t count) { self->on_read(failed, count); });
}

void session::on_read(const boost::system::error_code& failed, std::size_t count) {
  reading_ = false;
  if (phase_ == phase::ended) return;
  if (failed) {
    if (failed == asio::error::eof || failed == asio::ssl::error::stream_truncated) return ended_by_peer();
    return end();
  }
  state_.counters->bytes_in.fetch_add(count, std::memory_order_relaxed);
  in_end_ += count;
  switch (phase_) {
  case phase::proxy: return read_proxy_header();
  case phase::serving: return advance();
  case phase::lingering:
    lingered_ += count;
    in_begin_ = in_end_ = 0;
    if (lingered_ > linger_bytes) return end();
    return read_more();
  case phase::handshake:
  case phase::ended: return; // not reached: the handshake reads by itself
  }
}

/// The client sends no more, yet it may still read: what it asked for completely is answered.
void session::ended_by_peer() {
  eof_ = true;
  if (phase_ != phase::serving || stream_body_) return end(); // who only listens, and hangs up, is gone
  no_more_ = true;
  if (stage_ == stage::body) return refuse(malformed("The connection ended before the body was complete."));
  if (stage_ == stage::head && reader_.started())
    return refuse(malformed("The connection ended before the header was complete."));
  if (stage_ == stage::head || stage_ == stage::discard) stage_ = stage::stopped;
  advance();
}

void session::tell_and_close(const reply& r) {
  if (state_.tls) return end();
  append_reply(out_, r, {{}, true, false, false});
  count_response(r.status);
  phase_ = phase::serving;
  stage_ = stage::stopped;
  no_more_ = closing_ = input_left_ = true;
  flush();
}

/// All answers are written. The socket is closed for sending, then what still comes is thrown away for a
/// while: closing it with unread bytes would reset the connection and may cost the client our last answer.
void session::finish() {
  if (phase_ != phase::serving) return;
  phase_ = phase::lingering;
  phase_deadline_ = clock::now() + linger_time;
  if (stream_.secure() && !input_left_) {
    stream_.async_shutdown_tls([self = shared_from_this()](boost::system::error_code) { self->end(); });
    return;
  }
  boost::system::error_code ignored;
  if (!stream_.secure()) stream_.socket().shutdown(asio::socket_base::shutdown_send, ignored);
  if (eof_) return end();
  in_begin_ = in_end_ = 0;
  if (!reading_) read_more();
}

void session::end() noexcept {
  if (phase_ == phase::ended) return;
  phase_ = phase::ended;
  boost::system::error_code ignored;
  stream_.socket().close(ignored);
  drop_queue();
  current_.reset();
  file_.reset();
  if (streaming_) streaming_->owner = nullptr;
  streaming_.reset();
  stream_body_.reset();
  if (has_address_place_) state_.connections.remove_address(peer_);
  if (admitted_) state_.connections.remove();
  loop_.remove(*this);
}

void session::drain() {
  if (draining_ || phase_ == phase::ended) return;
  draining_ = true;
  if (phase_ != phase::serving) return phase_ == phase::lingering ? void() : end();
  if (stream_body_) {
    stream_body_->close();
    return wake();
  }
  bool idle = queue_count_ == 0 && stage_ == stage::head && !reader_.started() && out_.empty() && !writing_;
  boost::system::error_code ignored;
  if (idle && stream_.socket().available(ignored) == 0) end();
}

void session::tick(clock::time_point now) {
  auto timed_out = [&] { state_.counters->timeouts.fetch_add(1, std::memory_order_relaxed); };
  switch (phase_) {
  case phase::ended: return;
  case phase::lingering:
    if (now >= phase_deadline_) end();
    return;
  case phase::proxy:
  case phase::handshake:
    if (now < phase_deadline_) return;
    timed_out();
    return end();
  case phase::serving: break;
  }
  if (writing_ && now >= write_deadline_) {
    timed_out();
    return end();
  }
  bool answers = false;
  for (std::size_t i = 0; i < queue_count_; ++i) {
    exchange& e = *queue_at(i);
    if (!e.dispatched || e.answered || now < e.deadline) continue;
    timed_out();
    take_answer(e,
                problem({ec::timed_out, "No answer came within the time a request may take."}, e.request_id));
    answers = true;
  }
  if (answers) return advance();
  if (stage_ == stage::head && now >= phase_deadline_ && !head_blocked()) {
    if (reader_.started()) {
      timed_out();
      return refuse(request_timeout("The header took too long."));
    }
    if (queue_count_ == 0 && out_.empty() && !writing_) {
      if (requests_ == 0) timed_out();
      return end();
    }
  }
  if ((stage_ == stage::body || stage_ == stage::discard) && now >= body_deadline()) {
    timed_out();
    if (stage_ == stage::body) return refuse(request_timeout("The body took too long."));
    end();
  }
}

void session::push(std::shared_ptr<exchange> e) {
  e->owner = this;
  queue_at(queue_count_) = std::move(e);
  ++queue_count_;
}

void session::drop_queue() noexcept {
  for (; queue_count_ > 0; --queue_count_) {
    auto& e = queue_at(0);
    e->owner = nullptr;
    e.reset();
    queue_head_ = (queue_head_ + 1) % queue_.size();
  }
}

} // namespace troupe::bridge
