// The first look at a plugin's file, before anything of it is loaded: an ELF header, its segments and their
// notes.

#include <elf.h>

#include <cstring>

#include "core/base/interface_note.hpp"
#include "core/plugin/plugin_file.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/fuzz/seed.hpp"

namespace ixyflow::fuzz {
namespace {

void look_at_plugin(Bytes input) {
  static const MemoryFile file;
  file.write(input);
  const std::string why = check_plugin_file(file.fd());
  // The note alone has its name, which has to be in the file.
  const InterfaceNote note;
  const std::string_view name(note.name, sizeof note.name);
  const std::string_view content(reinterpret_cast<const char*>(input.data()), input.size());
  expect(!why.empty() || content.find(name) != std::string_view::npos, "a plugin has a note of ours");
}

/// The smallest file with notes: an ELF header, segments, and what they point at behind them.
std::string elf_with(std::uint32_t version, unsigned segments, std::uint64_t alignment) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_DYN;
  header.e_machine = EM_X86_64;
  header.e_version = EV_CURRENT;
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = static_cast<Elf64_Half>(segments);
  Seed seed;
  seed.put(header);
  InterfaceNote note;
  note.version = version;
  for (unsigned i = 0; i < segments; ++i) {
    Elf64_Phdr segment{};
    segment.p_type = i == 0 ? PT_NOTE : PT_LOAD;
    segment.p_offset = sizeof header + segments * sizeof segment;
    segment.p_filesz = 2 * sizeof note;
    segment.p_align = alignment;
    seed.put(segment);
  }
  return seed.put(note).put(note).content();
}

void plugin_seeds(const Sink& seed) {
  seed(elf_with(kInterfaceVersion, 1, 4));
  seed(elf_with(kInterfaceVersion, 2, 8));
  seed(elf_with(kInterfaceVersion + 1, 1, 4));
}

void plugin_words(const Sink& word) {
  const InterfaceNote note;
  word({reinterpret_cast<const char*>(&note), sizeof note});
  word({note.name, sizeof note.name});
  word("\177ELF");
}

const Registered plugin_target(
    {.name = "plugin", .run = look_at_plugin, .seeds = plugin_seeds, .words = plugin_words, .longest = 1024});

}  // namespace
}  // namespace ixyflow::fuzz
