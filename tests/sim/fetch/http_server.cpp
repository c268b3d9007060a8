#include "tests/sim/fetch/http_server.hpp"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace gradwire {

namespace asio = boost::asio;
using asio::ip::tcp;

HttpServer::HttpServer(std::map<std::string, HttpReply> replies)
    : replies_(std::move(replies)),
      acceptor_(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
  accept();
  thread_ = std::thread([this] { context_.run(); });
}

HttpServer::~HttpServer() {
  context_.stop();
  thread_.join();
}

std::string HttpServer::url(const std::string& path) const {
  return fmt::format("http://127.0.0.1:{}{}", acceptor_.local_endpoint().port(), path);
}

std::vector<std::string> HttpServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void HttpServer::accept() {
  acceptor_.async_accept([this](const boost::system::error_code& error, tcp::socket socket) {
    if (!error) serve(std::move(socket));
    accept();
  });
}

void HttpServer::serve(tcp::socket socket) {
  boost::system::error_code error;  // a client that leaves early is no concern of the server's
  std::string request;
  asio::read_until(socket, asio::dynamic_buffer(request), "\r\n\r\n", error);
  const std::size_t begin = request.find(' ') + 1;
  const std::string path = request.substr(begin, request.find(' ', begin) - begin);
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(path);
  }
  const auto found = replies_.find(path);
  const HttpReply reply =
      found == replies_.end() ? HttpReply{.status = 404, .body = "none"} : found->second;
  if (reply.stands_still) {
    standing_still_.push_back(std::move(socket));
    return;
  }
  std::string text =
      fmt::format("HTTP/1.1 {} Status\r\nConnection: close\r\n{}", reply.status, reply.headers);
  if (reply.with_length) text += fmt::format("Content-Length: {}\r\n", reply.body.size());
  text += "\r\n" + reply.body.substr(0, reply.body.size() - reply.missing);
  asio::write(socket, asio::buffer(text), error);
  socket.shutdown(tcp::socket::shutdown_both, error);
}

}  // namespace gradwire
