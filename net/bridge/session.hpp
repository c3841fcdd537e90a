#pragma once

#include "net/bridge/body_decoder.hpp"
#include "net/bridge/connection_stream.hpp"
#include "net/bridge/head_reader.hpp"
#include "net/bridge/inbox.hpp"
#include "net/bridge/router.hpp"

#include <array>
#include <memory>
#include <string>

namespace troupe::bridge {

class io_loop;
struct server_state;
class spool_file;

/// One connection, on one I/O thread for its whole life.
///
///   proxy header -> TLS handshake -> serving -> lingering -> ended
///
/// While serving, bytes go through `stage`: a head is read; it is held until it may be worked on; its body is
/// read, streamed to a file or skipped. Each request has an exchange in the queue from its head on; answers
/// leave from the front of the queue, so they keep the order of the requests whatever order handlers answer
/// in.
class session : public std::enable_shared_from_this<session> {
 public:
  using clock = std::chrono::steady_clock;

  /// `admitted`: it has a place in the connection table; otherwise it only tells that the server is full.
  session(io_loop& loop, tcp_socket socket, const boost::asio::ip::address& peer, bool admitted);
  ~session();

  void start();
  void drain();                     // finish what is open, then close
  void end() noexcept;              // close at once
  void tick(clock::time_point now); // look at the deadlines
  void take_answer(exchange& to, reply r);
  void wake(); // answers, or pieces of a stream, have come
  bool admitted() const noexcept { return admitted_; }

  /// The exchange whose handler is running on this thread, or nullptr.
  static const exchange* handling() noexcept;

  std::size_t place = 0; // in the loop's list

 private:
  enum class phase : std::uint8_t { proxy, handshake, serving, lingering, ended };
  enum class stage : std::uint8_t { head, held, body, discard, spooling, stopped };

  // session.cpp: the life of the connection
  void begin_after_proxy();
  void begin_serving();
  void read_proxy_header();
  void read_more();
  void on_read(const boost::system::error_code& failed, std::size_t count);
  void make_room();
  void ended_by_peer();
  void tell_and_close(const reply& r);
  void finish();
  std::string_view unread() const noexcept { return {in_.get() + in_begin_, in_end_ - in_begin_}; }

  // session_read.cpp: bytes to requests
  void advance();
  bool step();
  bool wants_bytes() const noexcept;
  bool head_blocked() const noexcept;
  bool read_head();
  bool may_begin() const noexcept;
  void begin();
  std::shared_ptr<exchange> open_exchange();
  void know_client(request& req) const;
  void refuse_early(reply r, bool close);
  void next_request();
  bool read_body();
  void take_piece(std::string_view piece, bool last);
  void piece_spooled(bool ok, bool last);
  void dispatch();
  void refuse(const refusal& why);
  void stop_reading();
  clock::time_point body_deadline() const;

  // session_write.cpp: answers to bytes
  void collect();
  void flush();
  void write_rest(std::size_t from);
  void wrote(const boost::system::error_code& failed, std::size_t count);
  void count_response(int status);
  void begin_stream(const std::shared_ptr<exchange>& e);
  bool take_from_stream();

  std::shared_ptr<exchange>& queue_at(std::size_t i) noexcept {
    return queue_[(queue_head_ + i) % queue_.size()];
  }
  const exchange& queue_at(std::size_t i) const noexcept {
    return *queue_[(queue_head_ + i) % queue_.size()];
  }
  void push(std::shared_ptr<exchange> e);
  void drop_queue() noexcept;

  static constexpr std::size_t most_pipelined = 16;

  io_loop& loop_;
  server_state& state_;
  connection_stream stream_;
  boost::asio::ip::address peer_;
  std::string peer_text_;
  bool peer_trusted_ = false;
  bool admitted_;
  bool has_address_place_ = false;

  phase phase_ = phase::proxy;
  stage stage_ = stage::head;
  bool reading_ = false, writing_ = false, advancing_ = false;
  bool draining_ = false;
  bool no_more_ = false;    // takes no further request
  bool closing_ = false;    // the last answer is in out_
  bool input_left_ = false; // a request was refused before all of it was read
  bool eof_ = false;

  std::unique_ptr<char[]> in_;
  std::size_t in_size_ = 0, in_begin_ = 0, in_end_ = 0;
  std::string out_, writing_out_;
  std::shared_ptr<body_reader> stream_body_; // set while the last answer is a stream
  std::shared_ptr<exchange> streaming_;      // whose answer it is
  bool chunked_ = false;
  std::size_t lingered_ = 0;

  head_reader reader_;
  body_decoder decoder_;
  const router::match* route_ = nullptr;
  std::shared_ptr<exchange> current_; // whose body is being read
  std::shared_ptr<spool_file> file_;
  std::array<std::shared_ptr<exchange>, most_pipelined + 1> queue_;
  std::size_t queue_head_ = 0, queue_count_ = 0;
  int requests_ = 0;

  clock::time_point phase_deadline_; // proxy, handshake, lingering; while serving: of head or keep-alive
  clock::time_point body_started_;
  clock::time_point write_deadline_;
};

} // namespace troupe::bridge
