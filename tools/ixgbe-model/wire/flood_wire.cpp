#include <fmt/format.h>

#include <array>
#include <cstring>

#include "tools/ixgbe-model/wire/frame_ring.hpp"
#include "tools/ixgbe-model/wire/wires.hpp"

namespace ixyflow::model {
namespace {

struct FloodOptions {
  std::uint64_t size = 64;  ///< bytes without FCS
  std::uint64_t count = 0;  ///< 0: endless
  std::uint64_t flows = 1;
};

constexpr std::uint64_t kShortest = 60;
constexpr std::uint64_t kMostFlows = 16'384;  ///< as many UDP source ports, from 0x4000 on
constexpr std::size_t kSourcePort = 34;       ///< in a frame
constexpr std::size_t kHeaders = 42;

/// Ethernet, IPv4 (198.18.0.1 to 198.18.0.2, RFC 2544) and UDP without checksum.
std::vector<std::byte> make_frame(std::size_t size) {
  std::array<std::uint8_t, kHeaders> headers{2,  0, 0,   0,  0, 2, 2,    0, 0,  0,  0, 1, 8,   0,
                                             69, 0, 0,   0,  0, 0, 0,    0, 64, 17, 0, 0, 198, 18,
                                             0,  1, 198, 18, 0, 2, 0x40, 0, 0,  9,  0, 0, 0,   0};
  const auto put = [&headers](std::size_t offset, std::size_t value) {
    headers[offset] = static_cast<std::uint8_t>(value >> 8);
    headers[offset + 1] = static_cast<std::uint8_t>(value);
  };
  put(16, size - 14);
  put(38, size - 34);
  std::uint32_t sum = 0;
  for (std::size_t i = 14; i < 34; i += 2) sum += headers[i] * 256U + headers[i + 1];
  sum = (sum & 0xffff) + (sum >> 16);
  put(24, ~(sum + (sum >> 16)) & 0xffff);
  std::vector<std::byte> frame(size);
  std::memcpy(frame.data(), headers.data(), headers.size());
  return frame;
}

class FloodWire final : public Wire {
 public:
  explicit FloodWire(const FloodOptions& options)
      : options_(options), frame_(make_frame(static_cast<std::size_t>(options.size))) {}

  [[nodiscard]] std::span<const std::byte> peek() noexcept override {
    if (options_.count != 0 && given_ >= options_.count) return {};
    return frame_;
  }
  void consume() noexcept override {
    ++given_;
    if (options_.flows == 1) return;
    flow_ = flow_ + 1 < options_.flows ? flow_ + 1 : 0;
    frame_[kSourcePort] = static_cast<std::byte>(0x40 + (flow_ >> 8));
    frame_[kSourcePort + 1] = static_cast<std::byte>(flow_);
  }
  [[nodiscard]] bool patient() const noexcept override { return true; }
  bool send(std::span<const std::byte> frame) noexcept override {
    ++sent_;
    sent_bytes_ += frame.size();
    return true;
  }
  [[nodiscard]] std::string status() const override {
    return fmt::format("wire_given {}\nwire_sent {}\nwire_sent_bytes {}\n", given_, sent_, sent_bytes_);
  }

 private:
  FloodOptions options_;
  std::vector<std::byte> frame_;
  std::uint64_t given_ = 0;
  std::uint64_t flow_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t sent_bytes_ = 0;
};

}  // namespace

Result<std::unique_ptr<Wire>> make_flood_wire(const WireOptions& options, Traffic&) {
  FloodOptions flood;
  if (!options.words.empty())
    return fail(ExitCode::usage, "wire 'flood' takes options only: flood:size=64,count=0,flows=1");
  for (const auto& [key, text] : options.values) {
    Result<std::uint64_t> value = 0;
    if (key == "size")
      flood.size = (value = wire_number("size", text, kShortest, FrameRing::kLongestFrame)).value_or(0);
    else if (key == "count")
      flood.count = (value = wire_number("count", text, 0, ~std::uint64_t{0})).value_or(0);
    else if (key == "flows")
      flood.flows = (value = wire_number("number of flows", text, 1, kMostFlows)).value_or(0);
    else
      return unknown_wire_option("flood", key, {"size", "count", "flows"});
    if (!value) return std::unexpected(value.error());
  }
  return std::make_unique<FloodWire>(flood);
}

}  // namespace ixyflow::model
