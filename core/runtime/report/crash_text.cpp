#include "core/runtime/report/crash_text.hpp"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>

#include "core/base/messages/standard_error.hpp"
#include "core/packet/packet.hpp"
#include "core/runtime/engine/worker.hpp"

namespace ixyflow {

namespace {

constexpr std::uint32_t kShownPackets = 4;
constexpr std::uint32_t kShownBytes = 64;

/// A line or two on their way to stderr, in a buffer of fixed size.
class Text {
 public:
  Text& operator<<(std::string_view text) noexcept {
    const std::size_t count = std::min(text.size(), buffer_.size() - length_);
    std::copy_n(text.begin(), count, buffer_.begin() + length_);
    length_ += count;
    return *this;
  }
  Text& operator<<(std::uint64_t number) noexcept { return put(number, 10); }
  Text& hex(std::uint64_t number) noexcept { return put(number, 16); }
  Text& byte(std::uint8_t value) noexcept {
    constexpr std::string_view kDigits = "0123456789abcdef";
    return *this << kDigits.substr(value >> 4, 1) << kDigits.substr(value & 15, 1);
  }
  void write() noexcept {
    write_last_words({buffer_.data(), length_});
    length_ = 0;
  }

 private:
  Text& put(std::uint64_t number, int base) noexcept {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
    return *this << std::string_view(digits.data(), end);
  }

  std::array<char, 1024> buffer_;
  std::size_t length_ = 0;
};

/// Copies memory that may not be there: the kernel says so instead of raising another signal.
bool copy_safely(void* to, const void* from, std::size_t bytes) noexcept {
  const iovec local{to, bytes};
  const iovec remote{const_cast<void*>(from), bytes};
  return ::process_vm_readv(::getpid(), &local, 1, &remote, 1, 0) == static_cast<ssize_t>(bytes);
}

void write_packet(std::uint32_t number, const Packet* packet) noexcept {
  Text text;
  text << "  packet " << number << ": ";
  alignas(Packet) std::array<std::byte, sizeof(Packet)> metadata;
  std::array<std::uint8_t, kShownBytes> bytes;
  bool readable = copy_safely(metadata.data(), packet, sizeof(Packet));
  // The copy tells where the frame is and how long.
  const auto& copy = *reinterpret_cast<const Packet*>(metadata.data());
  const std::uint32_t shown = std::min(readable ? copy.length() : 0, kShownBytes);
  readable = readable && copy_safely(bytes.data(), copy.data(), shown);
  if (!readable) {
    text << "cannot be read\n";
    return text.write();
  }
  text << std::uint64_t{copy.length()} << " bytes:";
  for (std::uint32_t i = 0; i < shown; ++i) (text << " ").byte(bytes[i]);
  text << (copy.length() > shown ? " ...\n" : "\n");
  text.write();
}

Text& describe(Text& text, const Worker& worker, const Node* node) noexcept {
  text << "ixyflow: core '" << worker.name() << "'";
  return node == nullptr ? text : text << ", element '" << node->description().name << "'";
}

void write_crash(Text& text, const char* signal, std::optional<const void*> address) noexcept {
  text << ": crashed by " << signal;
  if (address) (text << " at 0x").hex(reinterpret_cast<std::uintptr_t>(*address));
  text << "\n";
  text.write();
}

void write_terminate(Text& text, const char* what) noexcept {
  text << ": an exception where none may leave: " << what << "\n";
  text.write();
}

void write_packets(const Node* node) noexcept {
  if (node == nullptr) return;
  const Batch& batch = node->batch_at_work();
  Text text;
  text << "  it worked on " << std::uint64_t{batch.size()} << " packets" << (batch.empty() ? "\n" : ":\n");
  text.write();
  for (std::uint32_t i = 0; i < std::min(batch.size(), kShownPackets); ++i) write_packet(i + 1, batch[i]);
}

}  // namespace

void write_crash_report(const Worker& worker, const char* signal,
                        std::optional<const void*> address) noexcept {
  const Node* node = worker.active_node();
  Text text;
  write_crash(describe(text, worker, node), signal, address);
  write_packets(node);
}

void write_terminate_report(const Worker& worker, const char* what) noexcept {
  const Node* node = worker.active_node();
  Text text;
  write_terminate(describe(text, worker, node), what);
  write_packets(node);
}

void write_crash_report(const char* owner, const char* signal, std::optional<const void*> address) noexcept {
  Text text;
  write_crash(text << "ixyflow: " << owner, signal, address);
}

void write_terminate_report(const char* owner, const char* what) noexcept {
  Text text;
  write_terminate(text << "ixyflow: " << owner, what);
}

void write_hang_report(const char* owner) noexcept {
  Text text;
  text << "ixyflow: " << owner << ": it does not come back, and so the run can do nothing else\n";
  text.write();
}

}  // namespace ixyflow
