#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/os/file_descriptor.hpp"
#include "core/os/passed_descriptors.hpp"
#include "drivers/bus/vfio_user/protocol.hpp"

namespace ixyflow::model {

/// One message of the vfio-user protocol, with the descriptors that came along.
struct Message {
  vfio_user::Header header;
  std::vector<std::byte> payload;  ///< what stands behind the header
  std::vector<FileDescriptor> fds;

  [[nodiscard]] bool is_reply() const noexcept {
    return (header.flags & vfio_user::kTypeMask) == vfio_user::kTypeReply;
  }
};

/// What a message to be sent consists of; the header's size is filled in.
struct Outgoing {
  vfio_user::Header header;
  std::span<const std::byte> body;
  std::span<const std::byte> data;  ///< behind the body
  int fd = -1;                      ///< goes along
};

/// The vfio-user messages of one connected stream socket. Nothing blocks but `wait`. What the other side
/// sends is believed in nothing: the first message that is none ends the conversation.
class Channel {
 public:
  explicit Channel(FileDescriptor socket) noexcept : socket_(std::move(socket)) {}

  enum class Next : std::uint8_t { message, none, ended };
  /// The next whole message. `ended`: there will be none any more; `problem` says why.
  Next receive(Message& message);

  /// Sends a message, as much as the other side takes now; the rest goes with `flush`. Not while one waits.
  /// False: the conversation has ended.
  bool send(const Outgoing& message);
  /// Sends what waits. False: the conversation has ended.
  bool flush();
  [[nodiscard]] bool waiting() const noexcept { return !output_.empty(); }

  /// Waits until there is something to receive or, with something waiting, room to send; at most
  /// `milliseconds`.
  void wait(int milliseconds) const noexcept;

  [[nodiscard]] int fd() const noexcept { return socket_.get(); }
  /// Whether the other side has closed the connection, also while there is still something of it to be read.
  [[nodiscard]] bool hung_up() const noexcept;
  /// What was wrong; empty when the other side has simply closed.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

 private:
  enum class Part : std::uint8_t { whole, later, ended };
  Part fill(std::span<std::byte> part, std::size_t& have);
  void wait_for(short events, int milliseconds) const noexcept;
  void take_descriptors(PassedDescriptors& passed);
  bool check_header();
  bool end(std::string problem);

  FileDescriptor socket_;
  Message incoming_;
  std::size_t header_bytes_ = 0;
  std::size_t payload_bytes_ = 0;
  std::vector<std::byte> output_;
  bool ended_ = false;
  std::string problem_;
};

}  // namespace ixyflow::model
