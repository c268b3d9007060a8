// A web server on 127.0.0.1 that misbehaves as a test tells it to.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace gradwire {

struct HttpReply {
  int status = 200;
  std::string body{};
  std::string headers{};      ///< whole lines, besides Content-Length
  bool with_length = true;    ///< otherwise the end of the connection ends the body
  std::size_t missing = 0;    ///< bytes of the body that are declared but do not come
  bool stands_still = false;  ///< accepts the request and never answers
};

class HttpServer {
 public:
  /// Replies by path, "/mnist/file"; every other path gives 404.
  explicit HttpServer(std::map<std::string, HttpReply> replies);
  ~HttpServer();

  /// "http://127.0.0.1:PORT" followed by the path.
  std::string url(const std::string& path) const;

  /// The paths that were asked for, in order.
  std::vector<std::string> requests() const;

 private:
  void accept();
  void serve(boost::asio::ip::tcp::socket socket);

  std::map<std::string, HttpReply> replies_;
  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::vector<boost::asio::ip::tcp::socket> standing_still_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

}  // namespace gradwire
