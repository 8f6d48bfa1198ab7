#include "tools/ixgbe-model/card/receive/queue_choice.hpp"

#include <array>
#include <cstring>

#include "tools/ixgbe-model/card/registers/bits.hpp"

namespace ixyflow::model {

namespace {

using bits::field;
namespace mrqc = bits::mrqc;

/// MRQC.MRQE values under which frames are spread by their hash (8.2.3.7.12): plain, and together with DCB or
/// pools.
constexpr bool rss_enabled(std::uint32_t mode) noexcept {
  return mode == 0x1 || mode == 0x4 || mode == 0x5 || mode == 0xA || mode == 0xB;
}

constexpr std::uint32_t kRetaEntries = 128;

/// RSS types of the descriptor (7.1.6.2).
enum class RssType : std::uint8_t {
  kNone = 0,
  kTcpIpv4 = 1,
  kIpv4 = 2,
  kTcpIpv6 = 3,
  kIpv6 = 5,
  kUdpIpv4 = 7,
  kUdpIpv6 = 8,
};

/// The function that is used: the first that is enabled and fits (7.1.2.8).
RssType function_for(const FrameInfo& info, std::uint32_t functions) noexcept {
  const auto enabled = [functions](std::uint32_t bit) { return (functions & bit) != 0; };
  if (info.has(packet_type::kIpv4)) {
    if (info.has(packet_type::kTcp) && enabled(mrqc::kTcpIpv4)) return RssType::kTcpIpv4;
    if (info.has(packet_type::kUdp) && enabled(mrqc::kUdpIpv4)) return RssType::kUdpIpv4;
    return enabled(mrqc::kIpv4) ? RssType::kIpv4 : RssType::kNone;
  }
  if (info.has(packet_type::kIpv6)) {
    if (info.has(packet_type::kTcp) && enabled(mrqc::kTcpIpv6)) return RssType::kTcpIpv6;
    if (info.has(packet_type::kUdp) && enabled(mrqc::kUdpIpv6)) return RssType::kUdpIpv6;
    return enabled(mrqc::kIpv6) ? RssType::kIpv6 : RssType::kNone;
  }
  return RssType::kNone;
}

}  // namespace

QueueChoice::QueueChoice(RegisterFile& file) : file_(file) {
  file_.plain({reg::kMrqc});
  file_.plain(reg::kReta);
  file_.owned(reg::kRssrk, *this);
  file_.owned(reg::kEtqf, *this);
  file_.plain(reg::kEtqs);
}

std::uint32_t QueueChoice::read_register(std::uint32_t offset) noexcept {
  return file_.get(offset);
}

void QueueChoice::write_register(std::uint32_t offset, std::uint32_t value) noexcept {
  file_.set(offset, value);
  key_changed_ = true;
  ether_filters_ = false;
  for (std::uint32_t i = 0; i < reg::kEtqf.count; ++i)
    ether_filters_ |= (file_.get(reg::kEtqf.at(i)) & bits::etqf::kEnable) != 0;
}

void QueueChoice::load_key() noexcept {
  std::array<std::uint8_t, Toeplitz::kKeyBytes> key;
  for (std::uint32_t i = 0; i < key.size(); ++i)
    key[i] = static_cast<std::uint8_t>(file_.get(reg::kRssrk.at(i / 4)) >> (8 * (i % 4)));
  toeplitz_.set_key(key);
  key_changed_ = false;
}

bool QueueChoice::match_ether_type(const FrameInfo& info, Choice& choice) const noexcept {
  for (std::uint32_t i = 0; i < reg::kEtqf.count; ++i) {
    const std::uint32_t filter = file_.get(reg::kEtqf.at(i));
    if ((filter & bits::etqf::kEnable) == 0 || field(filter, 0, 16) != info.ether_type) continue;
    choice.ether_filter = static_cast<std::uint8_t>(i);
    const std::uint32_t target = file_.get(reg::kEtqs.at(i));
    if ((target & bits::etqs::kQueueEnable) != 0) choice.queue = field(target, 16, 7);
    return true;
  }
  return false;
}

void QueueChoice::hash(std::span<const std::byte> frame, const FrameInfo& info, std::uint32_t functions,
                       Choice& choice) noexcept {
  const RssType type = function_for(info, functions);
  if (type == RssType::kNone) return;
  const bool v4 = info.has(packet_type::kIpv4);
  const std::size_t addresses = v4 ? 8 : 32;
  std::array<std::byte, Toeplitz::kMaxInput> input;
  std::memcpy(input.data(), &frame[info.l3 + (v4 ? 12U : 8U)], addresses);
  std::size_t bytes = addresses;
  if (type != RssType::kIpv4 && type != RssType::kIpv6) {
    std::memcpy(&input[bytes], &frame[info.l4], 4);  // source and destination port
    bytes += 4;
  }
  choice.rss_type = static_cast<std::uint8_t>(type);
  choice.hash = toeplitz_.hash(std::span(input).first(bytes));
  const std::uint32_t entry = choice.hash % kRetaEntries;
  choice.queue = field(file_.get(reg::kReta.at(entry / 4)), 8 * (entry % 4), 4);
}

Choice QueueChoice::choose(std::span<const std::byte> frame, const FrameInfo& info) noexcept {
  Choice choice;
  if (ether_filters_ && match_ether_type(info, choice)) return choice;
  const std::uint32_t control = file_.get(reg::kMrqc);
  if (!rss_enabled(field(control, 0, 4))) return choice;
  if (key_changed_) load_key();
  hash(frame, info, control, choice);
  return choice;
}

}  // namespace ixyflow::model
