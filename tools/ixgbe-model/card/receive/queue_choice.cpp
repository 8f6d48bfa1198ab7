#include "tools/ixgbe-model/card/receive/queue_choice.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "tools/ixgbe-model/card/registers/bits.hpp"
#include "tools/ixgbe-model/card/registers/queue_registers.hpp"

namespace ixyflow::model {

namespace {

using bits::field;
namespace mrqc = bits::mrqc;

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

QueueChoice::QueueChoice(RegisterFile& file) : file_(file), tuples_(file) {
  file_.plain({reg::kMrqc});
  file_.plain(reg::kReta);
  file_.owned(reg::kRssrk, *this);
  file_.owned(reg::kEtqf, *this);
  file_.plain(reg::kEtqs);
  file_.plain({reg::kRtrup2tc});
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
    choice.ptp = (filter & bits::etqf::kIeee1588) != 0;
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
}

// RTRUP2TC: three bits for each priority of the tag. What has no tag has priority 0.
std::uint32_t QueueChoice::class_of(const FrameInfo& info) const noexcept {
  const unsigned priority = info.has(packet_type::kVlan) ? info.vlan >> 13 : 0;
  return field(file_.get(reg::kRtrup2tc), 3 * priority, 3);
}

// In a pool, PSRTYPE.RQPL says how many bits of the table's entry count (8.2.3.7.4).
std::uint32_t QueueChoice::hashed_queues(const QueueLayout& layout, std::uint32_t pool) const noexcept {
  if (layout.pool_queues == 0) return layout.hashed;
  return std::min(layout.hashed, 1U << field(file_.get(reg::kPsrtype.at(pool)), 29, 3));
}

Choice QueueChoice::choose(std::span<const std::byte> frame, const FrameInfo& info,
                           std::uint32_t pool) noexcept {
  Choice choice;
  if (ether_filters_ && match_ether_type(info, choice)) return choice;
  spread(frame, info, pool, choice);
  if (const auto queue = tuples_.queue_of(frame, info)) {
    choice.queue = *queue;
    choice.by_filter = true;
  }
  return choice;
}

// The queue that the layout and the hash give a frame, whatever filters say afterwards.
void QueueChoice::spread(std::span<const std::byte> frame, const FrameInfo& info, std::uint32_t pool,
                         Choice& choice) noexcept {
  const std::uint32_t control = file_.get(reg::kMrqc);
  const QueueLayout layout = layout_of(control);
  choice.queue = (pool * layout.pool_queues + class_of(info) * layout.class_queues) % queue::kQueues;
  if (layout.hashed == 0) return;
  if (key_changed_) load_key();
  hash(frame, info, control, choice);
  if (choice.rss_type == 0) return;
  const std::uint32_t entry = choice.hash % kRetaEntries;
  const std::uint32_t redirected = field(file_.get(reg::kReta.at(entry / 4)), 8 * (entry % 4), 4);
  choice.queue += redirected % hashed_queues(layout, pool);
}

}  // namespace ixyflow::model
