#include "net/bridge/io_loop.hpp"
#include "net/bridge/reply_writer.hpp"
#include "net/bridge/session.hpp"

#include <algorithm>

namespace troupe::bridge {

namespace asio = boost::asio;

/// Moves the answers at the front of the queue into the output.
void session::collect() {
  if (stream_body_) return; // nothing comes after it
  while (queue_count_ > 0 && queue_at(0)->answered) {
    auto e = std::move(queue_at(0));
    queue_head_ = (queue_head_ + 1) % queue_.size();
    --queue_count_;
    e->owner = nullptr;
    bool none_begun =
        stage_ == stage::stopped || (stage_ == stage::head && !reader_.started()) || e == current_;
    bool keep_alive = e->keep_alive && !(draining_ && queue_count_ == 0 && none_begun) && !e->answer.stream;
    append_reply(out_, e->answer, {e->request_id, e->http11, keep_alive, e->head_only});
    count_response(e->answer.status);
    if (e->answer.stream && !e->head_only) return begin_stream(e);
    if (!keep_alive) {
      input_left_ = input_left_ || stage_ == stage::discard;
      closing_ = no_more_ = true;
      stage_ = stage::stopped;
      return;
    }
    if (queue_count_ == 0 && stage_ == stage::head && !reader_.started())
      phase_deadline_ = clock::now() + state_.settings.keep_alive_timeout;
  }
}

/// The connection is the stream's from here on: no other request is read, and it ends with it.
void session::begin_stream(const std::shared_ptr<exchange>& e) {
  no_more_ = true;
  stage_ = stage::stopped;
  stream_body_ = std::move(e->answer.stream);
  chunked_ = e->http11;
  streaming_ = e;
  e->owner = this;
  if (draining_) stream_body_->close();
  stream_body_->attach([home = e->home, weak = std::weak_ptr(e)] {
    home->push([weak] {
      if (auto to = weak.lock(); to && to->owner) to->owner->wake();
    });
  });
}

/// Everything that waits becomes one chunk. False: the client did not keep up, and the session has ended.
bool session::take_from_stream() {
  std::string pieces;
  auto state = stream_body_->take(pieces);
  if (state == body_reader::state::broken) {
    end();
    return false;
  }
  if (!pieces.empty()) append_chunk(out_, pieces, chunked_);
  if (state == body_reader::state::open) return true;
  append_last_chunk(out_, chunked_);
  closing_ = true;
  streaming_->owner = nullptr;
  streaming_.reset();
  stream_body_.reset();
  return true;
}

void session::count_response(int status) {
  auto& c = *state_.counters;
  auto& of_class = status < 300   ? c.responses_2xx
                   : status < 400 ? c.responses_3xx
                   : status < 500 ? c.responses_4xx
                                  : c.responses_5xx;
  of_class.fetch_add(1, std::memory_order_relaxed);
}

void session::flush() {
  if (writing_ || phase_ != phase::serving) return;
  if (stream_body_ && !take_from_stream()) return;
  if (!out_.empty()) {
    boost::system::error_code failed;
    auto count = stream_.write_now(asio::const_buffer(out_.data(), out_.size()), failed);
    if (failed) return end();
    state_.counters->bytes_out.fetch_add(count, std::memory_order_relaxed);
    if (count < out_.size()) return write_rest(count);
    out_.clear();
    if (out_.capacity() > 64 * 1024) out_.shrink_to_fit();
  }
  if (closing_ || (eof_ && queue_count_ == 0)) finish();
}

void session::write_rest(std::size_t from) {
  writing_ = true;
  writing_out_.swap(out_);
  out_.clear();
  auto left = writing_out_.size() - from;
  auto earned = left * 1000 / std::max<std::size_t>(state_.settings.min_body_rate, 1);
  write_deadline_ = clock::now() + state_.settings.write_timeout + milliseconds(earned);
  stream_.async_write(asio::const_buffer(writing_out_.data() + from, left),
                      [self = shared_from_this()](const boost::system::error_code& failed,
                                                  std::size_t count) { self->wrote(failed, count); });
}

void session::wrote(const boost::system::error_code& failed, std::size_t count) {
  writing_ = false;
  if (phase_ == phase::ended) return;
  if (failed) return end();
  state_.counters->bytes_out.fetch_add(count, std::memory_order_relaxed);
  writing_out_.clear();
  if (writing_out_.capacity() > 64 * 1024) writing_out_.shrink_to_fit();
  if (stage_ == stage::head && !reader_.started())
    phase_deadline_ = clock::now() + state_.settings.keep_alive_timeout;
  advance();
}

} // namespace troupe::bridge
