#include "core/os/vanishing_memory.hpp"

#include <linux/memfd.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "core/os/file_descriptor.hpp"

using namespace ixyflow;

namespace {

constexpr std::size_t kPage = 4096;

/// A mapped file, watched, that can be cut under its mapping.
struct MappedFile {
  explicit MappedFile(std::size_t size, std::size_t page = kPage) : bytes(size) {
    REQUIRE(::ftruncate(file.get(), static_cast<off_t>(size)) == 0);
    void* address = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    REQUIRE(address != MAP_FAILED);
    memory = static_cast<std::byte*>(address);
    watch = std::make_unique<VanishingMemory>(std::span(memory, size), gone, page);
  }
  ~MappedFile() {
    watch.reset();
    ::munmap(memory, bytes);
  }
  [[nodiscard]] volatile unsigned& word(std::size_t offset) const {
    return *reinterpret_cast<volatile unsigned*>(memory + offset);
  }

  std::size_t bytes;
  FileDescriptor file{::memfd_create("test", MFD_CLOEXEC)};
  std::byte* memory = nullptr;
  std::atomic<bool> gone{false};
  std::unique_ptr<VanishingMemory> watch;
};

/// As long as it lives, faults are asked about.
class Handler {
 public:
  Handler() {
    struct sigaction action = {};
    action.sa_sigaction = [](int, siginfo_t* info, void*) {
      if (!catch_vanished(info->si_addr)) ::_exit(99);
    };
    action.sa_flags = SA_SIGINFO;
    ::sigaction(SIGBUS, &action, &before_);
  }
  ~Handler() { ::sigaction(SIGBUS, &before_, nullptr); }

 private:
  struct sigaction before_ = {};
};

}  // namespace

TEST_CASE("Memory whose file was cut reads as all ones from the first access on") {
  const Handler handler;
  const MappedFile file(4 * kPage);
  file.word(0) = 1;
  file.word(3 * kPage) = 3;
  REQUIRE(::ftruncate(file.file.get(), kPage) == 0);
  CHECK(file.word(0) == 1);
  CHECK_FALSE(file.gone);
  CHECK(file.word(3 * kPage) == 0xffffffff);
  CHECK(file.gone);
  file.word(2 * kPage + 8) = 5;
  CHECK(file.word(2 * kPage + 8) == 5);
  CHECK(file.word(2 * kPage) == 0xffffffff);
  CHECK(file.word(0) == 1);
}

TEST_CASE("A page that vanishes is replaced as a whole, as a huge page must be") {
  const Handler handler;
  const MappedFile file(4 * kPage, 2 * kPage);
  file.word(0) = 1;
  file.word(2 * kPage) = 2;
  REQUIRE(::ftruncate(file.file.get(), 3 * kPage) == 0);
  CHECK(file.word(3 * kPage) == 0xffffffff);
  CHECK(file.word(2 * kPage) == 0xffffffff);
  CHECK(file.word(0) == 1);
}

TEST_CASE("Memory in huge pages whose file was cut reads as all ones") {
  constexpr std::size_t kHuge = std::size_t{2} << 20;
  const Handler handler;
  const FileDescriptor file(::memfd_create("test", MFD_CLOEXEC | MFD_HUGETLB | MFD_HUGE_2MB));
  if (!file.open() || ::ftruncate(file.get(), kHuge) != 0) {
    WARN("no huge pages: not tried");
    return;
  }
  void* address = ::mmap(nullptr, kHuge, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (address == MAP_FAILED) {
    WARN("no huge pages are free: not tried");
    return;
  }
  std::atomic<bool> gone{false};
  {
    const VanishingMemory watch(std::span(static_cast<std::byte*>(address), kHuge), gone, kHuge);
    auto* const word = static_cast<volatile unsigned*>(address) + 5000;
    *word = 1;
    REQUIRE(::ftruncate(file.get(), 0) == 0);
    CHECK(*word == 0xffffffff);
    CHECK(gone);
  }
  ::munmap(address, kHuge);
}

TEST_CASE("Only watched memory is caught") {
  std::vector<std::byte> other(kPage);
  CHECK_FALSE(catch_vanished(nullptr));
  CHECK_FALSE(catch_vanished(other.data()));
  MappedFile file(kPage);
  CHECK_FALSE(catch_vanished(file.memory + kPage));
  CHECK_FALSE(catch_vanished(file.memory - 1));
  file.watch.reset();
  CHECK_FALSE(catch_vanished(file.memory));
  CHECK_FALSE(file.gone);
}

TEST_CASE("Memory of a device that is known to be gone becomes all ones, that of others stays") {
  const MappedFile gone(5 * kPage);
  const MappedFile large((3U << 20) + kPage);
  const MappedFile other(kPage);
  gone.word(kPage) = 1;
  other.word(0) = 7;
  make_vanish(gone.gone);
  make_vanish(large.gone);
  for (std::size_t offset = 0; offset < gone.bytes; offset += 512) CHECK(gone.word(offset) == 0xffffffff);
  CHECK(large.word(large.bytes - 8) == 0xffffffff);
  CHECK(large.word(2U << 20) == 0xffffffff);
  CHECK(other.word(0) == 7);
  gone.word(0) = 9;
  CHECK(large.word(0) == 0xffffffff);
  CHECK(gone.word(kPage) == 0xffffffff);
}

TEST_CASE("More memory than can be watched is not watched, and makes no harm") {
  std::vector<std::unique_ptr<MappedFile>> files;
  for (int i = 0; i < 300; ++i) files.push_back(std::make_unique<MappedFile>(kPage));
  make_vanish(files[0]->gone);
  CHECK(files[0]->word(0) == 0xffffffff);
  make_vanish(files[299]->gone);
  CHECK(files[299]->word(0) == 0);
}
