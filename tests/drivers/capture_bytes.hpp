#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace ixyflow::test {

/// Bytes of a capture, put together number by number.
class CaptureBytes {
 public:
  explicit CaptureBytes(bool swapped = false) : swapped_(swapped) {}

  CaptureBytes& u16(std::uint16_t value) { return number(swapped_ ? std::byteswap(value) : value); }
  CaptureBytes& u32(std::uint32_t value) { return number(swapped_ ? std::byteswap(value) : value); }
  CaptureBytes& raw(const std::vector<std::uint8_t>& bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  CaptureBytes& zeros(std::size_t count) { return raw(std::vector<std::uint8_t>(count)); }

  /// pcap: the file header.
  CaptureBytes& pcap(std::uint32_t magic = 0xa1b2c3d4, std::uint32_t link_type = 1,
                     std::uint32_t snap_length = 65535) {
    return u32(magic).u16(2).u16(4).u32(0).u32(0).u32(snap_length).u32(link_type);
  }
  /// pcap: a packet of `size` bytes, all equal to its size.
  CaptureBytes& record(std::uint32_t seconds, std::uint32_t fraction, std::uint32_t size,
                       std::uint32_t original = 0) {
    return u32(seconds)
        .u32(fraction)
        .u32(size)
        .u32(original != 0 ? original : size)
        .raw(std::vector<std::uint8_t>(size, static_cast<std::uint8_t>(size)));
  }

  /// pcapng: a block around `body`, which is padded.
  CaptureBytes& block(std::uint32_t type, const CaptureBytes& body) {
    const std::size_t padding = (4 - body.bytes_.size() % 4) % 4;
    const auto length = static_cast<std::uint32_t>(12 + body.bytes_.size() + padding);
    return u32(type).u32(length).raw(body.bytes_).zeros(padding).u32(length);
  }
  CaptureBytes& section() {
    return block(0x0a0d0d0a, like().u32(0x1a2b3c4d).u16(1).u16(0).u32(~0U).u32(~0U));
  }
  CaptureBytes& interface(std::uint16_t link_type = 1, const CaptureBytes* options = nullptr) {
    CaptureBytes body = like().u16(link_type).u16(0).u32(65535);
    if (options != nullptr) body.raw(options->bytes_);
    return block(1, body);
  }
  CaptureBytes& packet(std::uint32_t interface, std::uint64_t ticks, std::uint32_t size) {
    return block(6, like()
                        .u32(interface)
                        .u32(static_cast<std::uint32_t>(ticks >> 32))
                        .u32(static_cast<std::uint32_t>(ticks))
                        .u32(size)
                        .u32(size)
                        .raw(std::vector<std::uint8_t>(size, static_cast<std::uint8_t>(size))));
  }

  /// Nothing yet, in the same byte order.
  [[nodiscard]] CaptureBytes like() const { return CaptureBytes(swapped_); }
  [[nodiscard]] const std::vector<std::uint8_t>& bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::vector<std::uint8_t>& bytes() noexcept { return bytes_; }

  std::string write(const std::string& path) const { return write_file(path, bytes_); }
  static std::string write_file(const std::string& path, const std::vector<std::uint8_t>& bytes) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return path;
  }

 private:
  template <class T>
  CaptureBytes& number(T value) {
    std::uint8_t raw_bytes[sizeof value];
    std::memcpy(raw_bytes, &value, sizeof value);
    bytes_.insert(bytes_.end(), raw_bytes, raw_bytes + sizeof value);
    return *this;
  }

  bool swapped_;
  std::vector<std::uint8_t> bytes_;
};

inline std::vector<std::uint8_t> read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace ixyflow::test
