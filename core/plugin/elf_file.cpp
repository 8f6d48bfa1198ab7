#include "core/plugin/elf_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ranges>
#include <string_view>

namespace ixyflow {
namespace {

constexpr std::size_t kMostEntries = 4096;
constexpr std::size_t kLongestText = 64 * 1024;

std::vector<std::string> split(std::string_view folders) {
  std::vector<std::string> result;
  for (const auto part : folders | std::views::split(':')) result.emplace_back(part.begin(), part.end());
  return result;
}

/// Where in the file lies what is at `address` once it is loaded.
std::optional<std::uint64_t> offset_of(const std::vector<Elf64_Phdr>& segments, std::uint64_t address) {
  for (const Elf64_Phdr& segment : segments)
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
        address - segment.p_vaddr < segment.p_filesz)
      return segment.p_offset + (address - segment.p_vaddr);
  return std::nullopt;
}

std::optional<std::vector<Elf64_Phdr>> read_segments(const ElfFile& file) {
  Elf64_Ehdr header;
  if (!file.read(0, &header, sizeof header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum > ElfFile::kMostSegments)
    return std::nullopt;
  std::vector<Elf64_Phdr> segments(header.e_phnum);
  if (!file.read(header.e_phoff, segments.data(), segments.size() * sizeof(Elf64_Phdr))) return std::nullopt;
  return segments;
}

std::optional<std::vector<Elf64_Dyn>> read_entries(const ElfFile& file,
                                                   const std::vector<Elf64_Phdr>& segments) {
  const auto found = std::ranges::find(segments, Elf64_Word{PT_DYNAMIC}, &Elf64_Phdr::p_type);
  if (found == segments.end()) return std::nullopt;
  std::vector<Elf64_Dyn> entries(std::min(found->p_filesz / sizeof(Elf64_Dyn), kMostEntries));
  if (!file.read(found->p_offset, entries.data(), entries.size() * sizeof(Elf64_Dyn))) return std::nullopt;
  entries.erase(std::ranges::find(entries, Elf64_Sxword{DT_NULL}, &Elf64_Dyn::d_tag), entries.end());
  return entries;
}

}  // namespace

std::uint64_t ElfFile::size() const noexcept {
  struct stat status {};
  return ::fstat(file_, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

bool ElfFile::read(std::uint64_t offset, void* to, std::size_t size) const {
  if (offset > static_cast<std::uint64_t>(INT64_MAX) - size) return false;
  auto* bytes = static_cast<char*>(to);
  while (size > 0) {
    const ssize_t count = ::pread(file_, bytes, size, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes += count;
    offset += static_cast<std::uint64_t>(count);
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

std::optional<std::string> ElfFile::read_text(std::uint64_t offset) const {
  std::string text;
  for (char byte = 0; text.size() < kLongestText; text += byte)
    if (!read(offset + text.size(), &byte, 1))
      return std::nullopt;
    else if (byte == '\0')
      return text;
  return std::nullopt;
}

std::optional<ElfFile::Dynamic> ElfFile::read_dynamic() const {
  const auto segments = read_segments(*this);
  if (!segments) return std::nullopt;
  const auto entries = read_entries(*this, *segments);
  if (!entries) return std::nullopt;
  const auto strings = std::ranges::find(*entries, Elf64_Sxword{DT_STRTAB}, &Elf64_Dyn::d_tag);
  if (strings == entries->end()) return std::nullopt;
  Dynamic dynamic;
  for (const Elf64_Dyn& entry : *entries) {
    const bool library = entry.d_tag == DT_NEEDED || entry.d_tag == DT_FILTER || entry.d_tag == DT_AUXILIARY;
    if (!library && entry.d_tag != DT_RUNPATH && entry.d_tag != DT_RPATH) continue;
    const auto place = offset_of(*segments, strings->d_un.d_ptr + entry.d_un.d_val);
    auto text = place ? read_text(*place) : std::nullopt;
    if (!text) return std::nullopt;
    if (library)
      dynamic.needed.push_back(*std::move(text));
    else
      (entry.d_tag == DT_RUNPATH ? dynamic.run_path : dynamic.old_path) = split(*text);
  }
  return dynamic;
}

}  // namespace ixyflow
