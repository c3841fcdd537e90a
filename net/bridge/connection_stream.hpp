#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include <memory>
#include <utility>

namespace troupe::bridge {

/// A socket that knows its executor's type: Asio then needs no polymorphic one for each operation.
using tcp_socket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;
using tcp_acceptor =
    boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

/// A connection, in clear or under TLS, so that a session is written once.
class connection_stream {
 public:
  explicit connection_stream(tcp_socket socket) : socket_(std::move(socket)) {}

  tcp_socket& socket() noexcept { return socket_; }
  bool secure() const noexcept { return tls_ != nullptr; }

  /// TLS from here on; `early` are bytes that came with the PROXY header.
  template <class Handler>
  void async_handshake(boost::asio::ssl::context& context, boost::asio::const_buffer early, Handler&& done) {
    tls_ = std::make_unique<boost::asio::ssl::stream<tcp_socket&>>(socket_, context);
    tls_->async_handshake(boost::asio::ssl::stream_base::server, early, std::forward<Handler>(done));
  }

  template <class Handler>
  void async_read_some(boost::asio::mutable_buffer buffer, Handler&& done) {
    if (tls_)
      tls_->async_read_some(buffer, std::forward<Handler>(done));
    else
      socket_.async_read_some(buffer, std::forward<Handler>(done));
  }

  template <class Handler>
  void async_write(boost::asio::const_buffer buffer, Handler&& done) {
    if (tls_)
      boost::asio::async_write(*tls_, buffer, std::forward<Handler>(done));
    else
      boost::asio::async_write(socket_, buffer, std::forward<Handler>(done));
  }

  /// Hands the kernel what it takes at once; 0 under TLS or when it takes nothing.
  std::size_t write_now(boost::asio::const_buffer buffer, boost::system::error_code& ec) {
    if (tls_) return 0;
    auto count = socket_.write_some(buffer, ec);
    if (ec == boost::asio::error::would_block || ec == boost::asio::error::try_again) ec = {};
    return count;
  }

  template <class Handler>
  void async_shutdown_tls(Handler&& done) {
    tls_->async_shutdown(std::forward<Handler>(done));
  }

 private:
  tcp_socket socket_;
  std::unique_ptr<boost::asio::ssl::stream<tcp_socket&>> tls_;
};

} // namespace troupe::bridge
