#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "core/os/file_descriptor.hpp"
#include "core/os/passed_descriptors.hpp"
#include "drivers/virtio/socket/protocol.hpp"

namespace ixyflow::drivers::vhost_user {

using Time = std::chrono::steady_clock::time_point;

/// One message, with the descriptors that came along.
struct Message {
  Header header;
  alignas(8) std::array<std::byte, kMaxPayload> payload{};
  PassedDescriptors fds;

  /// The payload as T; what the message is shorter by is 0.
  template <class T>
  [[nodiscard]] T as() const noexcept {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= kMaxPayload);
    T value;
    std::memcpy(&value, payload.data(), sizeof value);
    return value;
  }
};

/// What a message to be sent consists of.
struct Outgoing {
  Request request{};
  std::uint32_t flags = 0;  ///< beside the version
  std::span<const std::byte> payload;
  std::span<const int> fds;
};

/// The vhost-user messages of one connected stream socket, for either end. Nothing blocks but `wait`. What
/// the other end sends is believed in nothing: the first message that is none ends the conversation, and so
/// does one that takes too long.
class Channel {
 public:
  /// How long the other end may take to finish a message that it has begun, or to read one of ours.
  static constexpr std::chrono::milliseconds kPatience{2000};

  explicit Channel(FileDescriptor socket) noexcept : socket_(std::move(socket)) {}

  enum class Next : std::uint8_t { message, none, ended };
  /// The next whole message. `ended`: there will be none any more; `problem` says why.
  Next receive(Message& message, Time now);

  /// Sends a message, as much as the other end takes now; the rest goes with `flush`. False: the conversation
  /// has ended.
  bool send(const Outgoing& message, Time now);
  /// Sends what waits. False: the conversation has ended.
  bool flush(Time now);
  [[nodiscard]] bool waiting() const noexcept { return !output_.empty(); }

  /// Waits until there is something to receive or, with something waiting, room to send; at most until
  /// `deadline`, or until the TimeBudget is used up. Leaves a fiber.
  void wait(Time deadline) const noexcept;

  /// Ends the conversation, with what was wrong in words that follow "the peer ": only the first counts.
  bool end(std::string problem);
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  /// What was wrong; empty when the other end has simply closed, or is there.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  [[nodiscard]] int fd() const noexcept { return socket_.get(); }

 private:
  enum class Part : std::uint8_t { whole, later, ended };
  Part fill(std::span<std::byte> part, std::size_t& have, Time now);
  bool check_header();

  FileDescriptor socket_;
  Message incoming_;
  std::size_t header_bytes_ = 0;
  std::size_t payload_bytes_ = 0;
  Time incoming_since_;  ///< when the first byte of an unfinished message came
  std::vector<std::byte> output_;
  Time output_since_;
  bool ended_ = false;
  std::string problem_;
};

/// What is wrong with a message that should be a request, in words that follow "the front end "; "" when it
/// has the shape that it should have.
std::string mistake_in_request(const Message& message);

}  // namespace ixyflow::drivers::vhost_user
