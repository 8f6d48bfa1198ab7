#pragma once

#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/os/bound_socket.hpp"
#include "tools/ixgbe-model/card/bus/device.hpp"
#include "tools/ixgbe-model/server/channel.hpp"
#include "tools/ixgbe-model/server/guest_memory_map.hpp"
#include "tools/ixgbe-model/server/interrupt_lines.hpp"
#include "tools/ixgbe-model/server/regions.hpp"
#include "tools/ixgbe-model/server/version.hpp"

namespace ixyflow::model {

/// Serves one device to one driver at a time over vfio-user (version 0.1). When a driver goes, in whatever
/// way, its memory is unmapped and the device is reset, and the next one may come. A driver that breaks the
/// protocol loses its connection, and one line in the log says why. Model thread only.
class Server final : private DmaMessages {
 public:
  /// Listens at `path`. Errors: those of BoundSocket and SharedRegisters.
  static Result<std::unique_ptr<Server>> create(const std::string& path, const DeviceOptions& options);
  ~Server() override;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // What the device is made with.
  [[nodiscard]] GuestMemory& memory() noexcept { return memory_; }
  [[nodiscard]] Interrupts& interrupts() noexcept { return interrupts_; }
  [[nodiscard]] std::span<std::byte> registers() const noexcept { return regions_.registers(); }

  /// The device that is served, which outlives the serving. Before the first `serve`.
  void attach(Device& device);

  /// Takes in who wants in, and answers one message: between two of them the device must be polled, or time
  /// would stand still for a driver that reads a register ten times until a bit changes. Never waits, except
  /// for answers to the device's own DMA messages. True when something was done.
  bool serve();

  /// Adds what is to be waited for.
  void add_descriptors(std::vector<pollfd>& to) const;
  /// Something is to be done that no descriptor tells of.
  [[nodiscard]] bool urgent() const noexcept {
    return client_ != nullptr &&
           (!client_->problem.empty() || !client_->deferred.empty() || memory_.vanished());
  }
  [[nodiscard]] bool connected() const noexcept { return client_ != nullptr; }
  [[nodiscard]] const std::string& path() const noexcept { return socket_.path(); }
  /// "key value" lines.
  [[nodiscard]] std::string status() const;

 private:
  /// The conversation with one driver.
  struct Client {
    explicit Client(FileDescriptor socket) : channel(std::move(socket)) {}
    Channel channel;
    std::optional<Channel> twin;           ///< for our commands, when the driver wants them there
    std::optional<ClientVersion> version;  ///< after the first message
    std::deque<Message> deferred;          ///< came while an answer was waited for
    std::uint16_t next_id = 0;
    std::string problem;  ///< why it has to go
  };

  Server(BoundSocket socket, const DeviceOptions& options, SharedRegisters registers);

  bool accept_client();
  bool next_message(Message& message);
  void let_go(const std::string& why);
  void end(std::string why);

  // Messages (server_commands.cpp): 0, or an errno for the reply.
  void handle(Message& message);
  int perform(Message& message);
  int agree_on_version(const Message& message);
  int device_info(const Message& message);
  int region_info(const Message& message);
  int irq_info(const Message& message);
  int set_irqs(Message& message);
  int map_dma(Message& message);
  int unmap_dma(const Message& message);
  int access_region(const Message& message, bool write);
  int write_many(const Message& message);
  bool sane(const vfio_user::RegionAccess& access);
  void reply(const Message& to, int error);

  // Memory that is reached by messages (server_dma.cpp).
  bool dma_read(std::uint64_t address, std::span<std::byte> to) noexcept override;
  bool dma_write(std::uint64_t address, std::span<const std::byte> from) noexcept override;
  bool exchange(vfio_user::Command command, const vfio_user::DmaAccess& access,
                std::span<const std::byte> data, std::span<std::byte> to);
  bool wait_for_reply(Channel& channel, const vfio_user::Header& sent, Message& answer);

  BoundSocket socket_;
  InterruptLines interrupts_;
  GuestMemoryMap memory_{*this};
  Regions regions_;
  Device* device_ = nullptr;
  std::unique_ptr<Client> client_;
  std::vector<std::byte> answer_;  ///< what the reply under way carries
  int answer_fd_ = -1;             ///< and the descriptor that goes with it
  FileDescriptor twin_end_;        ///< the driver's end of a twin socket, until it is sent
  std::uint64_t clients_ = 0;      ///< that have come so far
  std::uint64_t messages_ = 0;
};

}  // namespace ixyflow::model
