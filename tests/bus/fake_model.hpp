#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/os/file_descriptor.hpp"
#include "drivers/bus/vfio_user/protocol.hpp"
#include "tests/support/temporary_folder.hpp"

namespace ixyflow::test {

/// A message from the client and what the model answers. A test may change everything of the answer.
struct ModelExchange {
  vfio_user::Header request;
  std::vector<std::byte> body;
  std::vector<FileDescriptor> fds;  ///< that came with the request

  vfio_user::Header reply;  ///< its size is filled in when it is 0
  std::vector<std::byte> reply_body;
  std::vector<int> reply_fds;
  bool answer = true;                 ///< send the reply at all
  bool hang_up = false;               ///< end the connection instead of an answer
  std::size_t cut = ~std::size_t{0};  ///< bytes of the reply that are sent before it ends
  int socket = -1;                    ///< for what does not fit in here

  [[nodiscard]] vfio_user::Command command() const { return vfio_user::Command{request.command}; }
  /// The start of the request's body.
  template <class T>
  [[nodiscard]] T body_as() const;
};

/// A device model that speaks vfio-user from a thread: a PCI device whose BAR 0 has 16 KiB, the second page
/// of it to be mapped. It is right in everything unless a test says otherwise.
class FakeModel {
 public:
  using Twist = std::function<void(ModelExchange&)>;

  static constexpr std::size_t kBarSize = 0x4000;
  static constexpr std::uint32_t kMappedPage = 0x1000;
  static constexpr std::uint32_t kMapped = kMappedPage + 0x10;  ///< a register that can be mapped
  static constexpr std::uint32_t kTrapped = 0x2000;             ///< one that cannot
  static constexpr std::uint64_t kRegionInFile = 0x10000;       ///< where BAR 0 begins in its file
  static constexpr unsigned kVectors = 4;

  /// Serves; `twist` changes what is answered and runs on the model's thread.
  explicit FakeModel(Twist twist = {});
  ~FakeModel();
  FakeModel(const FakeModel&) = delete;
  FakeModel& operator=(const FakeModel&) = delete;

  [[nodiscard]] std::string device() const { return "vfio-user:" + path_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  /// Commands that came, in order.
  [[nodiscard]] std::vector<vfio_user::Command> seen() const;
  /// The command register of the configuration space.
  [[nodiscard]] std::uint16_t command_register() const;
  /// The file of BAR 0, and a register of the page that can be mapped.
  [[nodiscard]] int bar_file() const { return bar_file_.get(); }
  [[nodiscard]] volatile std::uint32_t& mapped_register(std::uint32_t offset);
  /// What the client has given the model to map, and eventfds by MSI-X vector.
  struct Memory {
    vfio_user::DmaMap map;
    int fd;
  };
  [[nodiscard]] std::vector<Memory> memory() const;
  [[nodiscard]] int interrupt(unsigned vector) const;
  /// Ends the connection and stops listening.
  void end();

 private:
  void serve();
  void talk(int socket);
  bool receive(int socket, ModelExchange& exchange);
  void answer(ModelExchange& exchange);
  void access(ModelExchange& exchange, bool write);
  void describe_region(ModelExchange& exchange);
  void remember_memory(ModelExchange& exchange);
  void send(ModelExchange& exchange);

  TemporaryFolder folder_;
  std::string path_;
  Twist twist_;
  FileDescriptor listener_;
  FileDescriptor stop_;
  FileDescriptor bar_file_;
  std::byte* bar_ = nullptr;
  std::array<std::byte, 256> config_{};
  mutable std::mutex mutex_;
  std::vector<vfio_user::Command> seen_;
  std::vector<Memory> memory_;
  std::vector<FileDescriptor> kept_;
  std::array<int, kVectors> interrupts_{};
  std::thread thread_;
};

/// Open descriptors of this process.
std::size_t open_descriptors();

}  // namespace ixyflow::test
