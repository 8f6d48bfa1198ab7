#include <algorithm>
#include <chrono>
#include <cstring>

#include "tools/ixgbe-model/server/server.hpp"

namespace ixyflow::model {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using vfio_user::Command;

/// How long a driver may take for one access to its memory; the device stands still meanwhile.
constexpr milliseconds kDmaPatience{2000};
/// Messages of the driver that may arrive in between.
constexpr std::size_t kMostDeferred = 4096;

}  // namespace

bool Server::dma_read(std::uint64_t address, std::span<std::byte> to) noexcept {
  while (!to.empty()) {
    if (client_ == nullptr || !client_->version) return false;
    const std::size_t bytes = std::min<std::uint64_t>(to.size(), client_->version->max_transfer);
    if (!exchange(Command::dma_read, {.address = address, .count = bytes}, {}, to.first(bytes))) return false;
    to = to.subspan(bytes);
    address += bytes;
  }
  return true;
}

bool Server::dma_write(std::uint64_t address, std::span<const std::byte> from) noexcept {
  while (!from.empty()) {
    if (client_ == nullptr || !client_->version) return false;
    const std::size_t bytes = std::min<std::uint64_t>(from.size(), client_->version->max_transfer);
    if (!exchange(Command::dma_write, {.address = address, .count = bytes}, from.first(bytes), {}))
      return false;
    from = from.subspan(bytes);
    address += bytes;
  }
  return true;
}

/// One message and its answer. What goes wrong for good ends the connection at the next `serve`.
bool Server::exchange(Command command, const vfio_user::DmaAccess& access, std::span<const std::byte> data,
                      std::span<std::byte> to) {
  Client& client = *client_;
  if (!client.problem.empty()) return false;
  Channel& channel = client.twin ? *client.twin : client.channel;
  const vfio_user::Header header{.id = client.next_id++, .command = static_cast<std::uint16_t>(command)};
  Message answer;
  if (channel.waiting()) channel.wait(static_cast<int>(kDmaPatience.count()));
  if (!channel.flush() || channel.waiting() ||
      !channel.send({.header = header, .body = std::as_bytes(std::span(&access, 1)), .data = data})) {
    end("it does not take messages for its memory");
    return false;
  }
  if (!wait_for_reply(channel, header, answer)) return false;
  if ((answer.header.flags & vfio_user::kError) != 0) return false;
  if (to.empty()) return true;
  vfio_user::DmaAccess done;
  if (answer.payload.size() != sizeof done + to.size()) {
    end("an answer about its memory has the wrong size");
    return false;
  }
  std::memcpy(to.data(), answer.payload.data() + sizeof done, to.size());
  return true;
}

bool Server::wait_for_reply(Channel& channel, const vfio_user::Header& sent, Message& answer) {
  const auto until = steady_clock::now() + kDmaPatience;
  while (client_->deferred.size() < kMostDeferred) {
    const auto next = channel.flush() ? channel.receive(answer) : Channel::Next::ended;
    if (next == Channel::Next::ended) {
      end(channel.problem().empty() ? "it went away in the middle of an access to its memory"
                                    : channel.problem());
      return false;
    }
    if (next == Channel::Next::none) {
      const auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now());
      if (left <= milliseconds(0)) break;
      channel.wait(static_cast<int>(left.count()));
    } else if (!answer.is_reply()) {
      client_->deferred.push_back(std::move(answer));
    } else if (answer.header.id != sent.id || answer.header.command != sent.command) {
      end("it answered something that was not asked");
      return false;
    } else {
      return true;
    }
  }
  end("it does not answer messages for its memory");
  return false;
}

}  // namespace ixyflow::model
