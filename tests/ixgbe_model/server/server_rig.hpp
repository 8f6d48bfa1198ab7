#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/os/file_descriptor.hpp"
#include "drivers/bus/vfio_user/protocol.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tools/ixgbe-model/server/server.hpp"

namespace ixyflow::test {

namespace vu = ixyflow::vfio_user;
using Payload = std::vector<std::byte>;

/// A device that only remembers what was done to it. Its registers keep what is written.
class FakeDevice final : public model::Device {
 public:
  std::uint32_t read(std::uint32_t offset) noexcept override { return registers[offset]; }
  void write(std::uint32_t offset, std::uint32_t value) noexcept override {
    registers[offset] = value;
    written.push_back({offset, value});
    if (on_write) on_write(offset);
  }
  void reset() noexcept override {
    ++resets;
    registers.clear();
  }
  void set_bus_master(bool on) noexcept override { bus_master = on; }
  void intx_unmasked() noexcept override { ++unmasked; }

  std::map<std::uint32_t, std::uint32_t> registers;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> written;
  std::function<void(std::uint32_t)> on_write;
  int resets = 0;
  int unmasked = 0;
  bool bus_master = false;
};

/// The bytes of a structure of the protocol.
template <class T>
Payload bytes_of(const T& value) {
  const auto bytes = std::as_bytes(std::span(&value, 1));
  return {bytes.begin(), bytes.end()};
}
Payload operator+(Payload one, const Payload& other);
Payload text_bytes(std::string_view text);
inline constexpr std::uint32_t kReadWrite = vu::kDmaReadable | vu::kDmaWritable;
/// The body of DMA_MAP; without a descriptor beside it the region is reached by messages.
Payload region(std::uint64_t address, std::uint64_t size, std::uint32_t flags = kReadWrite,
               std::uint64_t offset = 0);
/// The structure at the start of a payload, which must be long enough.
template <class T>
T parse(const Payload& payload, std::size_t offset = 0) {
  T value;
  if (payload.size() < offset + sizeof value) throw std::runtime_error("the reply is too short");
  std::copy_n(payload.begin() + static_cast<std::ptrdiff_t>(offset), sizeof value,
              std::as_writable_bytes(std::span(&value, 1)).begin());
  return value;
}

/// A message as it came from the server.
struct Answer {
  vu::Header header;
  Payload payload;
  std::vector<FileDescriptor> fds;
};

/// A client that says exactly what the test wants it to.
class ScriptedClient {
 public:
  explicit ScriptedClient(const std::string& path);
  explicit ScriptedClient(FileDescriptor socket) : socket_(std::move(socket)) {}

  void send_raw(const Payload& bytes, const std::vector<int>& fds = {}) const;
  void send(vu::Command command, const Payload& body = {}, const std::vector<int>& fds = {},
            std::uint32_t flags = 0, std::uint16_t id = 7) const;
  /// The next message; none when nothing comes within `milliseconds`, or the connection has ended.
  [[nodiscard]] std::optional<Answer> receive(int milliseconds = 0) const;
  /// Whether the server has closed the connection.
  [[nodiscard]] bool ended() const;
  [[nodiscard]] int fd() const { return socket_.get(); }

 private:
  FileDescriptor socket_;
};

/// A server with a fake device and one client, all in the test's thread.
struct ServerRig {
  explicit ServerRig(model::DeviceOptions options = {});

  /// Connects a client, which has said its version unless `greet` is false.
  ScriptedClient connect(bool greet = true, const std::string& capabilities = "");
  /// What the server answers; an error of the protocol is an exception.
  Answer call(const ScriptedClient& client, vu::Command command, const Payload& body = {},
              const std::vector<int>& fds = {});
  /// The errno of the answer; 0: it was done.
  int error_of(const ScriptedClient& client, vu::Command command, const Payload& body = {},
               const std::vector<int>& fds = {});
  /// Lets the server do all that it has to do.
  void serve();

  std::uint32_t read(const ScriptedClient& client, std::uint32_t region, std::uint64_t offset,
                     std::uint32_t bytes = 4);
  void write(const ScriptedClient& client, std::uint32_t region, std::uint64_t offset, std::uint32_t value,
             std::uint32_t bytes = 4);

  TemporaryFolder folder;
  std::string path = folder / "card.sock";
  FakeDevice device;
  std::unique_ptr<model::Server> server;
};

/// A file of `bytes` bytes in memory.
FileDescriptor memory_file(std::size_t bytes);
/// Open descriptors of this process.
std::size_t open_descriptors();

inline constexpr std::uint32_t kBar0 = 0;
inline constexpr std::uint32_t kBar4 = 4;
inline constexpr std::uint32_t kConfig = 7;

}  // namespace ixyflow::test
