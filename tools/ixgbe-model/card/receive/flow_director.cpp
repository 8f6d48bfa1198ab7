#include "tools/ixgbe-model/card/receive/flow_director.hpp"

#include <algorithm>

#include "tools/ixgbe-model/card/registers/bits.hpp"

namespace ixyflow::model {

namespace {

using bits::field;
namespace fdircmd = bits::fdircmd;
namespace fdirctrl = bits::fdirctrl;

constexpr Nanoseconds kInitTime = 100'000;
constexpr std::uint32_t kMemory = 3;     // FDIRCTRL.PBALLOC: 0 is off
constexpr std::size_t kFilters = 8'192;  // as many exact ones as the card has with most of its memory

enum Command : std::uint8_t { kNone, kAdd, kRemove, kQuery };

}  // namespace

FlowDirector::FlowDirector(RegisterFile& file, Statistics& statistics)
    : file_(file), statistics_(statistics) {
  for (const std::uint32_t offset : {reg::kFdirCtrl, reg::kFdirCmd, reg::kFdirFree})
    file_.owned({offset}, *this);
  filters_.reserve(kFilters);
}

void FlowDirector::reset() noexcept {
  on_ = false;
  filters_.clear();
}

bool FlowDirector::exact() const noexcept {
  return (file_.get(reg::kFdirCtrl) & fdirctrl::kPerfect) != 0;
}

// FDIRCTRL.Flex_Offset, in words from the beginning of the frame.
std::size_t FlowDirector::flexible_bytes_at() const noexcept {
  return 2 * std::size_t{field(file_.get(reg::kFdirCtrl), 16, 5)};
}

FlowMasks FlowDirector::masks() const noexcept {
  return {.fields = file_.get(reg::kFdirM),
          .source = file_.get(reg::kFdirSip4M),
          .destination = file_.get(reg::kFdirDip4M),
          .tcp_ports = file_.get(reg::kFdirTcpM),
          .udp_ports = file_.get(reg::kFdirUdpM)};
}

const FlowFilter* FlowDirector::find(std::span<const std::byte> frame, const FrameInfo& info) const noexcept {
  if (!on_ || filters_.empty()) return nullptr;
  const Flow flow = flow_of(frame, info, flexible_bytes_at());
  if (!flow.ip) return nullptr;
  return exact() ? find_exact(flow) : find_signature(flow);
}

const FlowFilter* FlowDirector::find_exact(const Flow& flow) const noexcept {
  const FlowMasks now = masks();
  const auto found =
      std::ranges::find_if(filters_, [&](const auto& entry) { return matches(entry.second, flow, now); });
  return found == filters_.end() ? nullptr : &found->second;
}

const FlowFilter* FlowDirector::find_signature(const Flow& flow) const noexcept {
  const auto found = filters_.find(hash_of(flow, file_.get(reg::kFdirHashKey)) |
                                   hash_of(flow, file_.get(reg::kFdirSignatureKey)) << 16);
  return found == filters_.end() || found->second.type() != flow.type() ? nullptr : &found->second;
}

void FlowDirector::choose(std::span<const std::byte> frame, const FrameInfo& info,
                          Choice& choice) const noexcept {
  if (choice.by_filter) return;
  const FlowFilter* const filter = find(frame, info);
  if (filter == nullptr) return;
  choice.by_filter = choice.flow_matched = true;
  choice.dropped = (filter->command & fdircmd::kDrop) != 0;
  if ((filter->command & fdircmd::kQueueEnable) != 0) choice.queue = field(filter->command, 16, 7);
  if ((file_.get(reg::kFdirCtrl) & fdirctrl::kReport) == 0) return;
  choice.rss_type = kMatchedType;
  choice.hash = filter->hash;
}

void FlowDirector::count(const FrameInfo& info, const Choice& choice) noexcept {
  if (!on_ || info.l4 == 0) return;
  statistics_.add(choice.flow_matched ? Count::flow_director_matches : Count::flow_director_misses);
}

std::uint32_t FlowDirector::read_register(std::uint32_t offset) noexcept {
  const std::uint32_t value = file_.get(offset);
  if (offset == reg::kFdirFree) return static_cast<std::uint32_t>(kFilters - filters_.size());
  if (offset == reg::kFdirCtrl && on_ && now_ - started_at_ >= kInitTime) return value | fdirctrl::kInitDone;
  return value;
}

void FlowDirector::add(const FlowFilter& filter) noexcept {
  if (filters_.size() < kFilters || filters_.contains(filter.hash))
    filters_.insert_or_assign(filter.hash, filter);
}

// All commands are done at once: CMD reads 0, and a query has its answer.
void FlowDirector::perform(std::uint32_t command) noexcept {
  const FlowFilter filter{.hash = file_.get(reg::kFdirHash),
                          .command = command,
                          .source = file_.get(reg::kFdirIpSa),
                          .destination = file_.get(reg::kFdirIpDa),
                          .ports = file_.get(reg::kFdirPort),
                          .vlan_and_flexible = file_.get(reg::kFdirVlan)};
  std::uint32_t answer = command & ~(fdircmd::kCommand | fdircmd::kValid);
  switch (static_cast<Command>(command & fdircmd::kCommand)) {
    case kAdd:
      add(filter);
      break;
    case kRemove:
      filters_.erase(filter.hash);
      break;
    case kQuery:
      if (filters_.contains(filter.hash)) answer |= fdircmd::kValid;
      break;
    case kNone:
      if ((command & fdircmd::kClearTable) != 0) filters_.clear();
      break;
  }
  file_.set(reg::kFdirCmd, answer);
}

void FlowDirector::write_register(std::uint32_t offset, std::uint32_t value) noexcept {
  if (offset == reg::kFdirCmd) {
    perform(value);
  } else if (offset == reg::kFdirCtrl) {
    file_.set(offset, value & ~fdirctrl::kInitDone);
    on_ = (value & kMemory) != 0;
    filters_.clear();
    started_at_ = now_;
  }
}

}  // namespace ixyflow::model
