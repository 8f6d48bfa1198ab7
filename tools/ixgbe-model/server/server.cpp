#include "tools/ixgbe-model/server/server.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "core/base/messages/log.hpp"

namespace ixyflow::model {

Result<std::unique_ptr<Server>> Server::create(const std::string& path, const DeviceOptions& options) {
  auto registers = SharedRegisters::create();
  if (!registers) return std::unexpected(registers.error());
  auto socket = BoundSocket::open(path, SOCK_STREAM);
  if (!socket) return std::unexpected(socket.error());
  return std::unique_ptr<Server>(new Server(std::move(*socket), options, std::move(*registers)));
}

Server::Server(BoundSocket socket, const DeviceOptions& options, SharedRegisters registers)
    : socket_(std::move(socket)), regions_(options, interrupts_, std::move(registers)) {}

Server::~Server() = default;

void Server::attach(Device& device) {
  device_ = &device;
  regions_.attach(device);
  regions_.reset();
}

bool Server::serve() {
  Message message;
  const bool done = next_message(message);
  if (done) handle(message);
  if (client_ != nullptr && memory_.vanished()) end("a file that it mapped for DMA has become shorter");
  if (client_ != nullptr && !client_->problem.empty()) let_go(client_->problem);
  return accept_client() || done;
}

/// Whether there is a message to be handled. Finds out when the driver has gone.
bool Server::next_message(Message& message) {
  if (client_ == nullptr || !client_->problem.empty()) return false;
  Client& client = *client_;
  // A driver that does not take its replies is not asked for more.
  if (!client.channel.flush()) {
    let_go("");
    return false;
  }
  if (client.channel.waiting()) return false;
  if (!client.deferred.empty()) {
    message = std::move(client.deferred.front());
    client.deferred.pop_front();
    return true;
  }
  const auto next = client.channel.receive(message);
  if (next == Channel::Next::ended) let_go(client.channel.problem());
  return next == Channel::Next::message;
}

/// The connection is to end after what is under way.
void Server::end(std::string why) {
  if (client_ != nullptr && client_->problem.empty()) client_->problem = std::move(why);
}

void Server::let_go(const std::string& why) {
  if (why.empty())
    log(LogLevel::info, fmt::format("{}: the driver has gone", path()));
  else
    log(LogLevel::warning, fmt::format("{}: the driver's connection was ended: {}", path(), why));
  // The device first: it must not touch memory that is gone.
  if (auto renewed = regions_.renew(); !renewed)
    log(LogLevel::warning, fmt::format("{}: {}", path(), renewed.error().text));
  memory_.unmap_all();
  interrupts_.clear();
  client_.reset();
}

/// One driver at a time: who comes while another one is there is turned away.
bool Server::accept_client() {
  FileDescriptor socket(::accept4(socket_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!socket.open()) return false;
  // A driver that ends and comes back at once may be faster than the news of its end.
  if (client_ != nullptr && client_->channel.hung_up()) let_go("");
  if (client_ != nullptr) {
    log(LogLevel::warning, fmt::format("{}: a second driver was turned away", path()));
    return true;
  }
  client_ = std::make_unique<Client>(std::move(socket));
  ++clients_;
  log(LogLevel::info, fmt::format("{}: a driver has come", path()));
  return true;
}

void Server::add_descriptors(std::vector<pollfd>& to) const {
  to.push_back({socket_.fd(), POLLIN, 0});
  if (client_ == nullptr) return;
  to.push_back({client_->channel.fd(), static_cast<short>(client_->channel.waiting() ? POLLOUT : POLLIN), 0});
}

std::string Server::status() const {
  return fmt::format("driver {}\ndrivers_seen {}\nmessages {}\ndma_regions {}\n",
                     connected() ? "connected" : "none", clients_, messages_, memory_.regions());
}

}  // namespace ixyflow::model
