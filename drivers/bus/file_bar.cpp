#include "drivers/bus/file_bar.hpp"

#include <unistd.h>

#include <bit>
#include <cerrno>

#include "core/base/round_up.hpp"

namespace ixyflow::drivers {

static_assert(std::endian::native == std::endian::little, "registers are little-endian");

int FileBar::map(std::uint32_t offset, std::size_t bytes, std::size_t in_page) {
  const std::size_t pages = round_up(in_page + bytes, kPage);
  MappedArea area(fd_, offset_ + offset, pages, gone_);
  if (!area.mapped()) return errno;
  set_mapped(offset, bytes, area.memory().data() + in_page);
  areas_.push_back(std::move(area));
  return 0;
}

std::uint32_t FileBar::read_trapped(std::uint32_t offset, std::uint32_t bytes) noexcept {
  if (gone_) return ~std::uint32_t{0};
  std::uint32_t value = 0;
  const ssize_t count = ::pread(fd_, &value, bytes, static_cast<off_t>(offset_ + offset));
  if (count == static_cast<ssize_t>(bytes)) return value;
  if (count < 0 && errno == ENODEV) gone_ = true;
  return ~std::uint32_t{0};
}

void FileBar::write_trapped(std::uint32_t offset, std::uint32_t value, std::uint32_t bytes) noexcept {
  if (gone_) return;
  if (::pwrite(fd_, &value, bytes, static_cast<off_t>(offset_ + offset)) < 0 && errno == ENODEV) gone_ = true;
}

}  // namespace ixyflow::drivers
