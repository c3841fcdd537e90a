#include "net/bridge/admission.hpp"
#include "net/bridge/io_loop.hpp"
#include "net/bridge/session.hpp"
#include "net/bridge/spool.hpp"
#include "system/core/ids.hpp"
#include "system/core/log.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace troupe::bridge {

namespace {

constexpr std::size_t most_discarded = 64 * 1024; // of a refused request's body; beyond, the connection ends
constexpr std::size_t most_unsent =
    256 * 1024; // answers that wait for the client; beyond, no request is read
constexpr std::size_t body_reserve = 64 * 1024; // a length is only a promise: memory follows the bytes

thread_local const exchange* handling_now = nullptr;

} // namespace

const exchange* session::handling() noexcept { return handling_now; }

void session::take_answer(exchange& to, reply r) {
  if (to.answered) return; // the deadline was faster
  to.answer = std::move(r);
  to.answered = true;
}

/// Does what the bytes and answers at hand allow, writes, and asks for more bytes when it wants them.
void session::advance() {
  if (advancing_ || phase_ != phase::serving) return;
  advancing_ = true;
  if (stream_body_) { // nothing that comes now will be answered
    lingered_ += in_end_ - in_begin_;
    in_begin_ = in_end_ = 0;
    if (lingered_ > most_discarded) {
      advancing_ = false;
      return end();
    }
  }
  do collect();
  while (step());
  advancing_ = false;
  flush();
  if (phase_ == phase::serving && wants_bytes()) read_more();
}

bool session::wants_bytes() const noexcept {
  if (stream_body_) return true; // only to notice that the client leaves
  if (stage_ == stage::body || stage_ == stage::discard) return true;
  return stage_ == stage::head && (in_begin_ == in_end_ || !head_blocked());
}

void session::wake() {
  auto self = shared_from_this(); // a failed write ends the session
  advance();
}

/// True when something moved, so that another step may follow.
bool session::step() {
  switch (stage_) {
  case stage::head: return read_head();
  case stage::held:
    if (!may_begin()) return false;
    begin();
    return true;
  case stage::body:
  case stage::discard: return read_body();
  case stage::spooling:
  case stage::stopped: return false;
  }
  return false;
}

/// A full queue, a slow reader or a drain keep the next request unread.
bool session::head_blocked() const noexcept {
  return queue_count_ >= most_pipelined || out_.size() + writing_out_.size() > most_unsent || closing_ ||
         (draining_ && queue_count_ > 0 && !reader_.started());
}

bool session::read_head() {
  if (in_begin_ == in_end_ || head_blocked()) return false;
  bool fresh = !reader_.started();
  std::size_t used = 0;
  auto outcome = reader_.feed(unread(), used);
  in_begin_ += used;
  if (fresh && requests_ > 0) phase_deadline_ = clock::now() + state_.settings.header_timeout;
  switch (outcome) {
  case head_reader::state::need_more: return false;
  case head_reader::state::failed: refuse(reader_.error()); return true;
  case head_reader::state::done: stage_ = stage::held; return true;
  }
  return false;
}

/// GETs may be worked on side by side; anything that changes something waits for those before it to be
/// answered, and those after it wait for it.
bool session::may_begin() const noexcept {
  if (queue_count_ == 0) return true;
  if (reader_.head().known != verb::get) return false;
  for (std::size_t i = 0; i < queue_count_; ++i)
    if (!queue_at(i).safe) return false;
  return true;
}

void session::begin() {
  auto& head = reader_.head();
  auto& settings = state_.settings;
  auto& counters = *state_.counters;
  counters.requests.fetch_add(1, std::memory_order_relaxed);
  current_ = open_exchange();
  current_->safe = head.known == verb::get;
  current_->keep_alive = head.keep_alive && ++requests_ < settings.max_requests_per_connection;
  if (!current_->keep_alive) no_more_ = true;
  know_client(head.req);
  head.req.body_size = head.content_length;
  head.req.deadline = clock::now() + settings.request_deadline;
  auto admitted = admit(head, state_.routes);
  if (admitted.refused) return refuse_early(std::move(*admitted.refused), admitted.close);
  route_ = admitted.route;
  if (counters.in_flight.fetch_add(1, std::memory_order_relaxed) >=
      static_cast<std::uint64_t>(settings.max_in_flight)) {
    counters.in_flight.fetch_sub(1, std::memory_order_relaxed);
    return refuse_early(
        problem({ec::overloaded, "As many requests are being worked on as may be."}, current_->request_id),
        false);
  }
  current_->count_in_flight(state_.counters);
  if (state_.check) {
    if (auto refused = state_.check(head.req)) {
      current_->release();
      return refuse_early(std::move(*refused), false);
    }
  }
  decoder_ = body_decoder(head, route_->options.body_limit);
  if (!head.has_body()) return dispatch();
  stage_ = stage::body;
  body_started_ = clock::now();
  if (route_->options.body_to_file)
    file_ = std::make_shared<spool_file>(*state_.files, loop_.mail());
  else
    head.req.body.reserve(std::min<std::size_t>(head.content_length, body_reserve));
  if (head.expects_continue && unread().empty()) out_ += "HTTP/1.1 100 Continue\r\n\r\n";
}

std::shared_ptr<exchange> session::open_exchange() {
  auto& head = reader_.head();
  auto e = std::make_shared<exchange>();
  if (head.req.request_id.empty()) head.req.request_id = to_string(new_uuid(system_now()));
  e->request_id = head.req.request_id;
  e->head_only = head.head_only;
  e->http11 = head.http11;
  e->home = loop_.mail();
  push(e);
  return e;
}

void session::know_client(request& req) const {
  req.secure = stream_.secure();
  req.peer = peer_text_;
  if (!peer_trusted_) return;
  if (auto client = forwarded_client(req.headers, peer_, state_.trusted); client != peer_)
    req.peer = client.to_string();
  if (boost::beast::iequals(req.header("x-forwarded-proto"), "https")) req.secure = true;
}

/// Answers before the body is read. A short body is then skipped; with any other the connection has to end.
void session::refuse_early(reply r, bool close) {
  auto& head = reader_.head();
  if (!head.has_body()) {
    take_answer(*current_, std::move(r));
    return next_request();
  }
  bool skip = !close && !head.chunked && head.content_length <= most_discarded && !head.expects_continue &&
              current_->keep_alive;
  if (!skip) {
    current_->keep_alive = false;
    no_more_ = input_left_ = true;
  }
  take_answer(*current_, std::move(r));
  if (!skip) return next_request();
  decoder_ = body_decoder(head, most_discarded);
  body_started_ = clock::now();
  stage_ = stage::discard;
}

void session::next_request() {
  reader_.reset();
  current_.reset();
  route_ = nullptr;
  stage_ = no_more_ ? stage::stopped : stage::head;
  phase_deadline_ = clock::now() + state_.settings.keep_alive_timeout;
}

bool session::read_body() {
  std::size_t used = 0;
  std::string_view piece;
  auto outcome = decoder_.feed(unread(), used, piece);
  in_begin_ += used;
  bool discard = stage_ == stage::discard;
  switch (outcome) {
  // Only bodies of a known, short length are discarded: the first two concern requests that are read in
  // earnest.
  case body_decoder::state::malformed: refuse(malformed("The chunked body is malformed.")); return true;
  case body_decoder::state::too_large: refuse(body_too_large(route_->options.body_limit)); return true;
  case body_decoder::state::need_more:
    if (used == 0 && eof_ && !discard)
      refuse(malformed("The connection ended before the body was complete."));
    if (used == 0) return false;
    if (!discard && !piece.empty()) take_piece(piece, false);
    return true;
  case body_decoder::state::done:
    if (discard)
      next_request();
    else
      take_piece(piece, true);
    return true;
  }
  return false;
}

void session::take_piece(std::string_view piece, bool last) {
  auto& req = reader_.head().req;
  if (!file_) {
    req.body.append(piece);
    req.body_size = req.body.size();
    if (last) dispatch();
    return;
  }
  req.body_size = decoder_.decoded();
  stage_ = stage::spooling;
  auto done = [weak = weak_from_this(), last](bool ok) {
    if (auto self = weak.lock()) self->piece_spooled(ok, last);
  };
  if (!piece.empty() && last) file_->write(std::string(piece), [](bool) {});
  if (last)
    file_->finish(std::move(done));
  else
    file_->write(std::string(piece), std::move(done));
}

void session::piece_spooled(bool ok, bool last) {
  if (phase_ != phase::serving || stage_ != stage::spooling) return;
  if (!ok) {
    take_answer(*current_, problem({ec::unavailable, "The body could not be stored."}, current_->request_id));
    return stop_reading();
  }
  if (last) {
    reader_.head().req.body_file = file_->release();
    file_.reset();
    dispatch();
  } else {
    stage_ = stage::body;
  }
  advance();
}

void session::dispatch() {
  auto e = current_;
  auto* route = route_;
  auto req = std::move(reader_.head().req);
  e->deadline = clock::now() + state_.settings.request_deadline;
  e->dispatched = true;
  req.deadline = e->deadline;
  next_request();
  auto* outer = std::exchange(handling_now, e.get());
  try {
    route->serve(std::move(req), responder(e));
  } catch (const std::exception& error) {
    log::error("bridge.handler_threw", {{"operation", route->options.operation}, {"error", error.what()}});
    e->answer = problem({ec::internal, {}}, e->request_id);
    e->answered = true;
  }
  handling_now = outer;
}

/// The request cannot be understood, or came too slowly: the answer says why and the connection ends with it.
void session::refuse(const refusal& why) {
  state_.counters->bad_requests.fetch_add(1, std::memory_order_relaxed);
  if (!current_) current_ = open_exchange();
  take_answer(*current_, problem(why, current_->request_id));
  stop_reading();
}

void session::stop_reading() {
  current_->keep_alive = false;
  current_->release();
  no_more_ = true;
  input_left_ = !eof_;
  file_.reset();
  next_request();
  advance();
}

/// The allowance, and then the slowest rate that is put up with.
session::clock::time_point session::body_deadline() const {
  auto earned = decoder_.decoded() * 1000 / std::max<std::size_t>(state_.settings.min_body_rate, 1);
  return body_started_ + state_.settings.body_timeout + milliseconds(earned);
}

} // namespace troupe::bridge
