#include "core/plugin/plugin_file.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "core/base/interface_note.hpp"
#include "core/base/round_up.hpp"
#include "core/plugin/elf_file.hpp"

namespace ixyflow {
namespace {

/// More than any linker writes; a larger number is a damaged file.
constexpr std::size_t kMaxNoteBytes = 1 << 20;

#if defined(__x86_64__)
constexpr Elf64_Half kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half kMachine = EM_AARCH64;
#endif
constexpr unsigned char kByteOrder = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;

std::string check_header(const Elf64_Ehdr& header) {
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != kByteOrder ||
      header.e_machine != kMachine)
    return "it was built for another machine";
  if (header.e_type != ET_DYN) return "it is no shared object";
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0 ||
      header.e_phnum > ElfFile::kMostSegments)
    return "it is damaged";
  return "";
}

/// The interface versions that the notes of one segment name. False when a note does not fit the segment.
bool collect_versions(std::string_view notes, std::size_t alignment, std::vector<std::uint32_t>& versions) {
  const InterfaceNote wanted;
  while (notes.size() >= sizeof(Elf64_Nhdr)) {
    Elf64_Nhdr header;
    std::memcpy(&header, notes.data(), sizeof header);
    if (header.n_namesz > kMaxNoteBytes || header.n_descsz > kMaxNoteBytes) return false;
    const std::size_t content = round_up(sizeof header + header.n_namesz, alignment);
    const std::size_t end = content + header.n_descsz;
    if (end > notes.size()) return false;
    const std::string_view name = notes.substr(sizeof header, header.n_namesz);
    if (header.n_type == wanted.type && name == std::string_view(wanted.name, sizeof wanted.name) &&
        header.n_descsz == sizeof wanted.version) {
      std::uint32_t version;
      std::memcpy(&version, notes.data() + content, sizeof version);
      versions.push_back(version);
    }
    notes.remove_prefix(std::min(round_up(end, alignment), notes.size()));
  }
  return true;
}

std::string check_versions(const std::vector<std::uint32_t>& versions) {
  if (versions.empty()) return "it is no ixyflow plugin: nothing in it is registered (IXYFLOW_ELEMENT)";
  for (const std::uint32_t version : versions)
    if (version != kInterfaceVersion)
      return fmt::format("it was built for version {} of the plugin interface, this is version {}", version,
                         kInterfaceVersion);
  return "";
}

/// Segments and notes. What is cut must not come to the dynamic linker, which maps segments without a look at
/// the file's size and then dies of SIGBUS.
std::string check_segments(const ElfFile& file, const Elf64_Ehdr& header, std::uint64_t file_size) {
  std::vector<std::uint32_t> versions;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    if (header.e_phoff > file_size ||
        !file.read(header.e_phoff + i * sizeof segment, &segment, sizeof segment))
      return "it is damaged";
    if (segment.p_offset > file_size || segment.p_filesz > file_size - segment.p_offset)
      return "it is damaged";
    if (segment.p_type != PT_NOTE) continue;
    if (segment.p_filesz > kMaxNoteBytes) return "it is damaged";
    std::string notes(segment.p_filesz, '\0');
    if (!file.read(segment.p_offset, notes.data(), notes.size()) ||
        !collect_versions(notes, segment.p_align == 8 ? 8 : 4, versions))
      return "it is damaged";
  }
  return check_versions(versions);
}

}  // namespace

std::string check_plugin_file(int descriptor) {
  const ElfFile file(descriptor);
  Elf64_Ehdr header{};
  if (!file.read(0, &header, EI_NIDENT) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
    return "it is no shared object";
  if (header.e_ident[EI_CLASS] == ELFCLASS64 && !file.read(0, &header, sizeof header)) return "it is damaged";
  if (std::string why = check_header(header); !why.empty()) return why;
  return check_segments(file, header, file.size());
}

}  // namespace ixyflow
