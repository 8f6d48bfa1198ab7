#include "drivers/bus/region.hpp"

#include <fmt/format.h>
#include <linux/vfio.h>
#include <unistd.h>

#include <cstring>
#include <optional>

namespace ixyflow::drivers {

namespace {

constexpr std::uint64_t kPage = 4096;
constexpr unsigned kMostCapabilities = 16;
constexpr std::uint32_t kMostAreas = 64;

/// struct vfio_region_info_cap_sparse_mmap without the areas that follow it.
struct SparseHeader {
  vfio_info_cap_header header;
  std::uint32_t areas;
  std::uint32_t reserved;
};
static_assert(sizeof(SparseHeader) == sizeof(vfio_region_info_cap_sparse_mmap));

/// A T at `offset`; none if it does not stand there whole.
template <class T>
std::optional<T> read_at(std::span<const std::byte> bytes, std::size_t offset) {
  if (offset > bytes.size() || sizeof(T) > bytes.size() - offset) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

/// Where the capability that lists areas begins; 0: there is none. None: the list of capabilities is damaged.
std::optional<std::size_t> find_sparse(std::span<const std::byte> info, std::uint32_t first) {
  std::size_t offset = first;
  for (unsigned i = 0; offset != 0; ++i) {
    const auto header = read_at<vfio_info_cap_header>(info, offset);
    if (!header || i == kMostCapabilities) return std::nullopt;
    if (header->id == VFIO_REGION_INFO_CAP_SPARSE_MMAP) return offset;
    offset = header->next;
  }
  return 0;
}

bool good_area(const vfio_region_sparse_mmap_area& area, std::uint64_t size) {
  return area.offset % kPage == 0 && area.size % kPage == 0 && area.offset <= size &&
         area.size <= size - area.offset;
}

/// What is wrong with the areas, or "".
std::string read_areas(std::span<const std::byte> info, std::size_t capability, Region& region) {
  const auto header = read_at<SparseHeader>(info, capability);
  if (!header) return "is cut";
  if (header->areas > kMostAreas)
    return fmt::format("has {} areas; at most {} are allowed", header->areas, kMostAreas);
  for (std::uint32_t i = 0; i < header->areas; ++i) {
    const auto area = read_at<vfio_region_sparse_mmap_area>(
        info, capability + sizeof(*header) + i * sizeof(vfio_region_sparse_mmap_area));
    if (!area) return "is cut";
    if (!good_area(*area, region.size))
      return fmt::format(
          "has an area of {:#x} bytes at {:#x}, which is not whole pages of a region of {:#x} bytes",
          static_cast<std::uint64_t>(area->size), static_cast<std::uint64_t>(area->offset), region.size);
    if (area->size != 0) region.areas.push_back({.offset = area->offset, .size = area->size});
  }
  return "";
}

}  // namespace

Result<Region> parse_region(std::span<const std::byte> info, std::string_view whose) {
  const auto fixed = read_at<vfio_region_info>(info, 0);
  if (!fixed)
    return fail(ExitCode::unavailable, fmt::format("{} describes a region in too few bytes", whose));
  Region region{.size = fixed->size, .file_offset = fixed->offset};
  if ((fixed->flags & VFIO_REGION_INFO_FLAG_MMAP) == 0 || region.size == 0) return region;
  const bool capabilities = (fixed->flags & VFIO_REGION_INFO_FLAG_CAPS) != 0;
  const auto sparse = capabilities ? find_sparse(info, fixed->cap_offset) : 0;
  if (!sparse)
    return fail(
        ExitCode::unavailable,
        fmt::format("{} describes region {} with a damaged list of capabilities", whose, fixed->index));
  if (*sparse == 0) {
    if (const std::uint64_t whole = region.size / kPage * kPage; whole != 0)
      region.areas.push_back({.offset = 0, .size = whole});
    return region;
  }
  if (const std::string wrong = read_areas(info, *sparse, region); !wrong.empty())
    return fail(ExitCode::unavailable,
                fmt::format("{} describes region {} with a list of areas to map that {}", whose, fixed->index,
                            wrong));
  return region;
}

Result<void> check_bar(const Region& region, unsigned index, std::size_t minimum, std::string_view whose) {
  if (region.size == 0) return fail(ExitCode::unavailable, fmt::format("{} has no BAR {}", whose, index));
  if (region.size < minimum || region.size > kLargestBar)
    return fail(ExitCode::unavailable,
                fmt::format("{} has a BAR {} of {:#x} bytes; {:#x} to {:#x} are allowed", whose, index,
                            region.size, minimum, kLargestBar));
  // Where registers lie in a mapping, and what an address in memory is to a card, is counted in pages.
  if (const long page = ::sysconf(_SC_PAGESIZE); page != static_cast<long>(kPage))
    return fail(
        ExitCode::unavailable,
        fmt::format("{} cannot be driven: this kernel's pages have {} bytes, and only pages of {} are "
                    "supported",
                    whose, page, kPage));
  return {};
}

}  // namespace ixyflow::drivers
