#include "tools/ixgbe-model/server/regions.hpp"

#include <linux/vfio.h>

#include <algorithm>
#include <cstring>

namespace ixyflow::model {
namespace {

static_assert(Regions::kCount == VFIO_PCI_NUM_REGIONS);

constexpr std::uint32_t kRegisters = VFIO_PCI_BAR0_REGION_INDEX;
constexpr std::uint32_t kVectors = VFIO_PCI_BAR4_REGION_INDEX;
constexpr std::uint32_t kConfig = VFIO_PCI_CONFIG_REGION_INDEX;
constexpr std::size_t kWord = 4;

/// The capability that says which pages of BAR0 can be mapped.
struct MappablePages {
  vfio_info_cap_header header;
  std::uint32_t count;
  std::uint32_t reserved;
  std::array<vfio_region_sparse_mmap_area, kMappedPages.size()> areas;
};
static_assert(sizeof(MappablePages) == 16 + 16 * kMappedPages.size());

MappablePages mappable_pages() {
  MappablePages pages{};
  pages.header.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP;
  pages.header.version = 1;
  pages.count = kMappedPages.size();
  for (std::size_t i = 0; i < kMappedPages.size(); ++i)
    pages.areas[i] = {kMappedPages[i].offset, kMappedPages[i].bytes};
  return pages;
}

void append(std::vector<std::byte>& to, const auto& value) {
  const std::size_t before = to.size();
  to.resize(before + sizeof value);
  std::memcpy(to.data() + before, &value, sizeof value);
}

}  // namespace

Regions::Regions(const DeviceOptions& options, InterruptLines& interrupts, SharedRegisters registers)
    : map_queues_(options.map_queues),
      interrupts_(interrupts),
      registers_(std::move(registers)),
      config_(options) {
  clear_vectors();
  config_.hand_over();
}

std::uint64_t Regions::size_of(std::uint32_t index) noexcept {
  switch (index) {
    case kRegisters:
      return kBar0Bytes;
    case kVectors:
      return kMsixBarBytes;
    case kConfig:
      return PciConfig::kBytes;
    default:
      return 0;
  }
}

std::vector<std::byte> Regions::info(std::uint32_t index, std::uint32_t room, int& fd) const {
  const bool mapped = index == kRegisters && map_queues_;
  vfio_user::RegionInfo info{.argsz = sizeof info, .index = index, .size = size_of(index)};
  if (info.size != 0) info.flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
  std::vector<std::byte> reply;
  fd = -1;
  if (mapped) {
    info.argsz += sizeof(MappablePages);
    info.flags |= VFIO_REGION_INFO_FLAG_MMAP;
  }
  const bool whole = mapped && room >= info.argsz;
  if (whole) {
    info.flags |= VFIO_REGION_INFO_FLAG_CAPS;
    info.cap_offset = sizeof info;
    fd = registers_.fd();
  }
  append(reply, info);
  if (whole) append(reply, mappable_pages());
  return reply;
}

bool Regions::inside(const vfio_user::RegionAccess& access) noexcept {
  const std::uint64_t size = access.region < kCount ? size_of(access.region) : 0;
  return access.offset <= size && access.count <= size - access.offset;
}

void Regions::read(const vfio_user::RegionAccess& access, std::span<std::byte> to) noexcept {
  if (access.region == kConfig) {
    config_.read(static_cast<std::uint32_t>(access.offset), to);
  } else if (!config_.memory_enabled()) {
    std::ranges::fill(to, std::byte{0xff});  // nobody answers at the BARs
  } else if (access.region == kRegisters) {
    read_registers(access.offset, to);
  } else {
    const std::uint64_t pending = interrupts_.pending();
    std::memcpy(vectors_.data() + kMsixPendingBits, &pending, sizeof pending);
    std::memcpy(to.data(), vectors_.data() + access.offset, to.size());
  }
}

void Regions::write(const vfio_user::RegionAccess& access, std::span<const std::byte> from) noexcept {
  if (access.region == kConfig)
    write_config(static_cast<std::uint32_t>(access.offset), from);
  else if (!config_.memory_enabled())
    return;
  else if (access.region == kRegisters)
    write_registers(access.offset, from);
  else if (access.offset + from.size() <= kMsixVectors * 16)  // the pending bits cannot be written
    std::memcpy(vectors_.data() + access.offset, from.data(), from.size());
}

void Regions::read_registers(std::uint64_t offset, std::span<std::byte> to) noexcept {
  while (!to.empty()) {
    const std::size_t skip = offset % kWord;
    const std::size_t bytes = std::min(kWord - skip, to.size());
    const std::uint32_t value = device_->read(static_cast<std::uint32_t>(offset - skip));
    std::memcpy(to.data(), std::as_bytes(std::span(&value, 1)).data() + skip, bytes);
    to = to.subspan(bytes);
    offset += bytes;
  }
}

void Regions::write_registers(std::uint64_t offset, std::span<const std::byte> from) noexcept {
  if (offset % kWord != 0) return;
  for (; from.size() >= kWord; from = from.subspan(kWord), offset += kWord) {
    std::uint32_t value = 0;
    std::memcpy(&value, from.data(), kWord);
    device_->write(static_cast<std::uint32_t>(offset), value);
  }
}

void Regions::write_config(std::uint32_t offset, std::span<const std::byte> from) noexcept {
  if (config_.write(offset, from)) reset_device();
  if (config_.bus_master() == bus_master_) return;
  bus_master_ = config_.bus_master();
  device_->set_bus_master(bus_master_);
}

void Regions::reset() noexcept {
  config_.hand_over();
  reset_device();
}

void Regions::reset_device() noexcept {
  bus_master_ = false;
  device_->reset();
  device_->set_bus_master(false);
  interrupts_.reset();
  clear_vectors();
}

Result<void> Regions::renew() {
  auto renewed = registers_.renew();
  reset();
  return renewed;
}

/// After a reset every vector is masked (PCI 3.0, 6.8.2.9).
void Regions::clear_vectors() noexcept {
  vectors_.fill(std::byte{0});
  for (std::size_t i = 0; i < kMsixVectors; ++i) vectors_[i * 16 + 12] = std::byte{1};
}

}  // namespace ixyflow::model
