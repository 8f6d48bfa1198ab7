#include <fmt/format.h>
#include <linux/vfio.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "tools/ixgbe-model/server/server.hpp"

namespace ixyflow::model {
namespace {

using vfio_user::Command;

/// The structure that a message begins with; false when the message is too short for it.
bool take(const Message& message, auto& value) {
  if (message.payload.size() < sizeof value) return false;
  std::memcpy(&value, message.payload.data(), sizeof value);
  return true;
}

std::vector<std::byte> bytes_of(const auto& value) {
  const auto bytes = std::as_bytes(std::span(&value, 1));
  return {bytes.begin(), bytes.end()};
}

/// One write of a region_write_multi message.
struct SmallWrite {
  vfio_user::RegionAccess access;
  std::array<std::byte, 8> data;
};
static_assert(sizeof(SmallWrite) == 24);

}  // namespace

void Server::handle(Message& message) {
  ++messages_;
  answer_.clear();
  answer_fd_ = -1;
  if (message.is_reply()) return end("a reply came that nobody waited for");
  const bool first = !client_->version.has_value();
  if (first != (message.header.command == static_cast<std::uint16_t>(Command::version)))
    return end(first ? "its first message is not its version" : "its version came twice");
  const int error = perform(message);
  if (client_->problem.empty()) reply(message, error);
}

int Server::perform(Message& message) {
  switch (static_cast<Command>(message.header.command)) {
    case Command::version:
      return agree_on_version(message);
    case Command::dma_map:
      return map_dma(message);
    case Command::dma_unmap:
      return unmap_dma(message);
    case Command::device_get_info:
      return device_info(message);
    case Command::device_get_region_info:
      return region_info(message);
    case Command::device_get_irq_info:
      return irq_info(message);
    case Command::device_set_irqs:
      return set_irqs(message);
    case Command::region_read:
      return access_region(message, false);
    case Command::region_write:
      return access_region(message, true);
    case Command::region_write_multi:
      return write_many(message);
    case Command::device_reset:
      regions_.reset();
      return 0;
    case Command::device_get_region_io_fds:
      return ENOTSUP;
    default:
      break;
  }
  // Device features and migration (16 to 18) are asked for by clients that can do without.
  if (message.header.command >= 16 && message.header.command <= 18) return ENOTSUP;
  end(fmt::format("there is no command {}", message.header.command));
  return EINVAL;
}

int Server::agree_on_version(const Message& message) {
  auto client = parse_version(message.payload);
  if (!client) {
    end(client.error().text);
    reply(message, EINVAL);
    return EINVAL;
  }
  std::array<int, 2> ends{};
  const bool twin = client->twin_socket &&
                    ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0;
  if (twin) {
    client_->twin.emplace(FileDescriptor(ends[0]));
    twin_end_ = FileDescriptor(ends[1]);
    answer_fd_ = twin_end_.get();
  }
  answer_ = bytes_of(vfio_user::Version{.major = vfio_user::kMajor, .minor = client->minor});
  for (const char letter : version_text(*client, twin)) answer_.push_back(static_cast<std::byte>(letter));
  client_->version = *client;
  return 0;
}

int Server::device_info(const Message& message) {
  vfio_user::DeviceInfo info;
  if (!take(message, info) || info.argsz < sizeof info) return EINVAL;
  answer_ = bytes_of(vfio_user::DeviceInfo{.argsz = sizeof info,
                                           .flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET,
                                           .regions = Regions::kCount,
                                           .irqs = InterruptLines::kCounts.size()});
  return 0;
}

int Server::region_info(const Message& message) {
  vfio_user::RegionInfo info;
  if (!take(message, info) || info.argsz < sizeof info || info.index >= Regions::kCount) return EINVAL;
  answer_ = regions_.info(info.index, info.argsz, answer_fd_);
  return 0;
}

int Server::irq_info(const Message& message) {
  vfio_user::IrqInfo info;
  if (!take(message, info) || info.argsz < sizeof info || info.index >= InterruptLines::kCounts.size())
    return EINVAL;
  answer_ = bytes_of(InterruptLines::info(info.index));
  return 0;
}

int Server::set_irqs(Message& message) {
  vfio_user::IrqSet request;
  if (!take(message, request)) return EINVAL;
  const int error = interrupts_.set(request, std::span(message.payload).subspan(sizeof request), message.fds);
  if (interrupts_.take_intx_unmasked()) device_->intx_unmasked();
  return error;
}

int Server::map_dma(Message& message) {
  vfio_user::DmaMap request;
  if (!take(message, request) || request.argsz < sizeof request || message.fds.size() > 1) return EINVAL;
  return memory_.map(request, message.fds.empty() ? FileDescriptor() : std::move(message.fds.front()));
}

int Server::unmap_dma(const Message& message) {
  vfio_user::DmaUnmap request;
  if (!take(message, request) || request.argsz < sizeof request) return EINVAL;
  answer_ = bytes_of(request);
  if (request.flags == vfio_user::kUnmapAll) {
    if (request.address != 0 || request.size != 0) return EINVAL;
    memory_.unmap_all();
    return 0;
  }
  return request.flags != 0 ? EINVAL : memory_.unmap(request.address, request.size);
}

/// Whether the range is one at all.
bool Server::sane(const vfio_user::RegionAccess& access) {
  if (access.offset <= std::numeric_limits<std::uint64_t>::max() - access.count) return true;
  end(fmt::format("{} bytes at {:#x} of a region are beyond the last address", access.count, access.offset));
  return false;
}

int Server::access_region(const Message& message, bool write) {
  vfio_user::RegionAccess access;
  if (!take(message, access) || !sane(access) || access.count > vfio_user::kMaxTransfer) return EINVAL;
  const auto data = std::span(message.payload).subspan(sizeof access);
  if (write && data.size() != access.count) {
    end(fmt::format("a write says that it has {} bytes, and has {}", access.count, data.size()));
    return EINVAL;
  }
  if (!Regions::inside(access)) return EINVAL;
  answer_ = bytes_of(access);
  if (write) {
    regions_.write(access, data);
  } else {
    answer_.resize(sizeof access + access.count);
    regions_.read(access, std::span(answer_).subspan(sizeof access));
  }
  return 0;
}

int Server::write_many(const Message& message) {
  std::uint64_t count = 0;
  if (!client_->version->write_multiple || !take(message, count)) return EINVAL;
  const auto writes = std::span(message.payload).subspan(sizeof count);
  if (count != writes.size() / sizeof(SmallWrite) || writes.size() % sizeof(SmallWrite) != 0) {
    end(fmt::format("{} writes were announced in {} bytes", count, writes.size()));
    return EINVAL;
  }
  for (std::size_t i = 0; i < count; ++i) {
    SmallWrite one;
    std::memcpy(&one, writes.data() + i * sizeof one, sizeof one);
    if (!sane(one.access) || one.access.count > one.data.size() || !Regions::inside(one.access))
      return EINVAL;
    regions_.write(one.access, std::span(one.data).first(one.access.count));
  }
  answer_ = bytes_of(count);
  return 0;
}

void Server::reply(const Message& to, int error) {
  const FileDescriptor twin_end = std::move(twin_end_);  // the driver has a copy of its own, or wants none
  if ((to.header.flags & vfio_user::kNoReply) != 0) return;
  vfio_user::Header header = to.header;
  header.flags = vfio_user::kTypeReply | (error != 0 ? vfio_user::kError : 0);
  header.error = static_cast<std::uint32_t>(error);
  if (error != 0)
    client_->channel.send({.header = header});
  else
    client_->channel.send({.header = header, .body = answer_, .fd = answer_fd_});
}

}  // namespace ixyflow::model
