#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

/// A body that goes on while there is something to say: server-sent events. Its two ends know each other and
/// nothing else; either may go first.
namespace troupe::bridge {

struct stream_state;

/// The end of who speaks. Thread-safe.
class body_writer {
 public:
  explicit body_writer(std::shared_ptr<stream_state> s) : state_(std::move(s)) {}
  ~body_writer(); // finish()
  body_writer(const body_writer&) = delete;
  body_writer& operator=(const body_writer&) = delete;

  /// Hands a piece over; false when the stream is over: it was finished, the client is gone, or more than the
  /// limit waits for a client that does not read.
  bool write(std::string_view piece);
  /// The body ends once everything written has been sent.
  void finish();
  bool over() const;
  bool too_slow() const; // over because the client did not keep up
  /// Runs once when the client is gone or too slow, on whatever thread notices; at once if that is so
  /// already.
  void when_gone(std::function<void()> f);

 private:
  std::shared_ptr<stream_state> state_;
};

/// The end of the connection, which a reply carries. One thread; letting go of it tells the writer that the
/// client is gone.
class body_reader {
 public:
  explicit body_reader(std::shared_ptr<stream_state> s) : state_(std::move(s)) {}
  ~body_reader();
  body_reader(const body_reader&) = delete;
  body_reader& operator=(const body_reader&) = delete;

  enum class state { open, finished, broken };
  /// Moves what waits to the end of `out`. `finished`: that was all; `broken`: end the connection.
  state take(std::string& out);
  /// `wake` is called, from any thread, when there is something to take; once for many pieces.
  void attach(std::function<void()> wake);
  /// The listener is closing: the writer may say no more, what waits is sent.
  void close();

 private:
  std::shared_ptr<stream_state> state_;
};

struct body_stream {
  std::shared_ptr<body_writer> writer;
  std::shared_ptr<body_reader> reader;
  /// `limit`: bytes that may wait for the client.
  static body_stream make(std::size_t limit);
};

} // namespace troupe::bridge
