#pragma once

#include <poll.h>

#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/os/bound_socket.hpp"

namespace ixyflow::model {

/// A UNIX stream socket that takes lines of text, each a command, and gives one line for each: "ok", "ok
/// ANSWER" or "error: WHY". An answer of several lines has "; " between them. Model thread only; nothing
/// blocks.
class ControlSocket {
 public:
  static constexpr std::size_t kMostClients = 8;
  static constexpr std::size_t kLongestLine = 4096;
  using Answer = std::function<Result<std::string>(std::string_view)>;

  /// Errors: those of BoundSocket.
  static Result<ControlSocket> open(const std::string& path, Answer answer);

  /// Takes in who wants in, and answers what was asked.
  void serve();
  void add_descriptors(std::vector<pollfd>& to) const;
  [[nodiscard]] const std::string& path() const noexcept { return socket_.path(); }

 private:
  struct Client {
    FileDescriptor socket;
    std::string input;
    std::string output;
    bool over = false;
  };

  ControlSocket(BoundSocket socket, Answer answer) : socket_(std::move(socket)), answer_(std::move(answer)) {}
  void accept_clients();
  void read(Client& client);
  void answer_lines(Client& client);
  static void write(Client& client);

  BoundSocket socket_;
  Answer answer_;
  std::list<Client> clients_;
};

}  // namespace ixyflow::model
