#include "tests/ixgbe_model/server/server_rig.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "core/os/unix_address.hpp"

namespace ixyflow::test {

Payload operator+(Payload one, const Payload& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

Payload region(std::uint64_t address, std::uint64_t size, std::uint32_t flags, std::uint64_t offset) {
  return bytes_of(
      vu::DmaMap{.argsz = 32, .flags = flags, .offset = offset, .address = address, .size = size});
}

Payload text_bytes(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
  return {bytes.begin(), bytes.end()};
}

ScriptedClient::ScriptedClient(const std::string& path)
    : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const auto address = UnixAddress::of(path);
  if (!address || ::connect(socket_.get(), address->get(), address->length) != 0)
    throw std::runtime_error("cannot connect to " + path);
}

void ScriptedClient::send_raw(const Payload& bytes, const std::vector<int>& fds) const {
  iovec place{const_cast<std::byte*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &place;
  message.msg_iovlen = 1;
  std::vector<char> control(CMSG_SPACE(sizeof(int) * std::max<std::size_t>(fds.size(), 1)));
  if (!fds.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
    std::memcpy(CMSG_DATA(rights), fds.data(), sizeof(int) * fds.size());
  }
  if (::sendmsg(socket_.get(), &message, MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
    throw std::runtime_error("not sent");
}

void ScriptedClient::send(vu::Command command, const Payload& body, const std::vector<int>& fds,
                          std::uint32_t flags, std::uint16_t id) const {
  const vu::Header header{.id = id,
                          .command = static_cast<std::uint16_t>(command),
                          .size = static_cast<std::uint32_t>(sizeof(vu::Header) + body.size()),
                          .flags = flags};
  send_raw(bytes_of(header) + body, fds);
}

std::optional<Answer> ScriptedClient::receive(int milliseconds) const {
  pollfd wait{socket_.get(), POLLIN, 0};
  if (::poll(&wait, 1, milliseconds) != 1) return {};
  Answer answer;
  iovec place{&answer.header, sizeof answer.header};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * 16)> control{};
  msghdr message{};
  message.msg_iov = &place;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (::recvmsg(socket_.get(), &message, MSG_WAITALL | MSG_CMSG_CLOEXEC) != sizeof answer.header) return {};
  for (cmsghdr* rights = CMSG_FIRSTHDR(&message); rights != nullptr; rights = CMSG_NXTHDR(&message, rights))
    for (std::size_t i = 0; i < (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int); ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(rights) + i * sizeof fd, sizeof fd);
      answer.fds.emplace_back(fd);
    }
  answer.payload.resize(answer.header.size - sizeof answer.header);
  if (!answer.payload.empty() && ::recv(socket_.get(), answer.payload.data(), answer.payload.size(),
                                        MSG_WAITALL) != static_cast<ssize_t>(answer.payload.size()))
    return {};
  return answer;
}

bool ScriptedClient::ended() const {
  std::byte one{};
  const ssize_t bytes = ::recv(socket_.get(), &one, 1, MSG_DONTWAIT | MSG_PEEK);
  return bytes == 0 || (bytes < 0 && errno == ECONNRESET);
}

ServerRig::ServerRig(model::DeviceOptions options) {
  auto made = model::Server::create(path, options);
  if (!made) throw std::runtime_error(made.error().text);
  server = std::move(*made);
  server->attach(device);
  device.resets = 0;
}

void ServerRig::serve() {
  for (int i = 0; i < 10'000 && (server->serve() || i < 3); ++i) {
  }
}

ScriptedClient ServerRig::connect(bool greet, const std::string& capabilities) {
  ScriptedClient client(path);
  serve();
  if (!greet) return client;
  Payload body = bytes_of(vu::Version{});
  if (!capabilities.empty()) body = body + text_bytes("{\"capabilities\":" + capabilities + "}") + Payload(1);
  call(client, vu::Command::version, body);
  return client;
}

Answer ServerRig::call(const ScriptedClient& client, vu::Command command, const Payload& body,
                       const std::vector<int>& fds) {
  client.send(command, body, fds);
  serve();
  auto answer = client.receive();
  if (!answer) throw std::runtime_error("no answer");
  if (answer->header.id != 7 || answer->header.command != static_cast<std::uint16_t>(command) ||
      (answer->header.flags & vu::kTypeMask) != vu::kTypeReply)
    throw std::runtime_error("this answers something else");
  return std::move(*answer);
}

int ServerRig::error_of(const ScriptedClient& client, vu::Command command, const Payload& body,
                        const std::vector<int>& fds) {
  const Answer answer = call(client, command, body, fds);
  return (answer.header.flags & vu::kError) != 0 ? static_cast<int>(answer.header.error) : 0;
}

std::uint32_t ServerRig::read(const ScriptedClient& client, std::uint32_t region, std::uint64_t offset,
                              std::uint32_t bytes) {
  const vu::RegionAccess access{.offset = offset, .region = region, .count = bytes};
  Answer answer = call(client, vu::Command::region_read, bytes_of(access));
  if (answer.payload.size() != sizeof access + bytes) throw std::runtime_error("not read");
  answer.payload.resize(sizeof access + sizeof(std::uint32_t));
  return parse<std::uint32_t>(answer.payload, sizeof access);
}

void ServerRig::write(const ScriptedClient& client, std::uint32_t region, std::uint64_t offset,
                      std::uint32_t value, std::uint32_t bytes) {
  Payload data = bytes_of(value);
  data.resize(bytes);
  const vu::RegionAccess access{.offset = offset, .region = region, .count = bytes};
  if (error_of(client, vu::Command::region_write, bytes_of(access) + data) != 0)
    throw std::runtime_error("not written");
}

FileDescriptor memory_file(std::size_t bytes) {
  FileDescriptor file(::memfd_create("guest", MFD_CLOEXEC));
  if (::ftruncate(file.get(), static_cast<off_t>(bytes)) != 0) throw std::runtime_error("no memory");
  return file;
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace ixyflow::test
