// All fuzz targets in one program. tools/fuzz calls it under clang's libFuzzer; in every other build it has
// targets read their seeds and what was found once, which is a test for each of them.

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "core/base/messages/log.hpp"
#include "tests/fuzz/target.hpp"

namespace ixyflow::fuzz {
namespace {

constexpr const char* kUsage =
    "usage: test_fuzz list                       names of all targets\n"
    "       test_fuzz longest TARGET             the most bytes of an input\n"
    "       test_fuzz seeds TARGET FOLDER        writes inputs to begin with\n"
    "       test_fuzz words TARGET FILE          writes a dictionary\n"
    "       test_fuzz replay TARGET [PATH...]    has it read its seeds, and files or all files of folders\n"
    "  or with IXYFLOW_FUZZ=TARGET in the environment, in a build for it, what libFuzzer takes\n";

/// The target of this name; ends the program when there is none.
Target find(const std::string& name) {
  for (const Target& target : targets())
    if (target.name == name) return target;
  std::fprintf(stderr, "there is no fuzz target '%s'; `test_fuzz list` has their names\n", name.c_str());
  std::exit(2);
}

void write_seeds(const Target& target, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  std::size_t number = 0;
  target.seeds([&](std::string_view seed) {
    std::ofstream(folder / fmt::format("seed-{:04}", number++), std::ios::binary)
        << seed.substr(0, target.longest);
  });
}

/// In libFuzzer's form (https://llvm.org/docs/LibFuzzer.html#dictionaries): one word in quotes on each line.
void write_words(const Target& target, const std::filesystem::path& path) {
  std::ofstream file(path);
  std::set<std::string, std::less<>> known;
  if (target.words == nullptr) return;
  target.words([&](std::string_view word) {
    if (word.empty() || word.size() > 60 || !known.emplace(word).second) return;
    file << '"';
    for (const char c : word) file << fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    file << "\"\n";
  });
}

void replay_file(const Target& target, const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  expect(file.is_open(), path.string() + " can be read");
  const std::vector<char> content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  // An allocation to the byte, which AddressSanitizer watches.
  const std::vector<std::uint8_t> input(content.begin(), content.end());
  std::fprintf(stderr, "%s\n", path.c_str());
  target.run(input);
}

void replay(const Target& target, const std::vector<std::string>& paths) {
  std::size_t seeds = 0;
  target.seeds([&](std::string_view seed) {
    const std::string_view short_seed = seed.substr(0, target.longest);
    target.run(std::vector<std::uint8_t>(short_seed.begin(), short_seed.end()));
    ++seeds;
  });
  expect(seeds > 0, "there are seeds");
  for (const std::string& path : paths)
    if (!std::filesystem::is_directory(path))
      replay_file(target, path);
    else
      for (const auto& entry : std::filesystem::directory_iterator(path)) replay_file(target, entry.path());
}

int usage() {
  std::fputs(kUsage, stderr);
  return 2;
}

int run_command(const std::vector<std::string>& arguments) {
  const std::string command = arguments.empty() ? "" : arguments[0];
  if (command == "list") {
    for (const Target& target : targets()) fmt::print("{}\n", target.name);
    return 0;
  }
  if (arguments.size() < 2) return usage();
  const Target target = find(arguments[1]);
  if (command == "longest")
    fmt::print("{}\n", target.longest);
  else if (command == "replay")
    replay(target, {arguments.begin() + 2, arguments.end()});
  else if (command == "seeds" && arguments.size() == 3)
    write_seeds(target, arguments[2]);
  else if (command == "words" && arguments.size() == 3)
    write_words(target, arguments[2]);
  else
    return usage();
  return 0;
}

}  // namespace
}  // namespace ixyflow::fuzz

#ifdef IXYFLOW_LIBFUZZER
extern "C" int LLVMFuzzerRunDriver(int* count, char*** arguments,
                                   int (*run)(const std::uint8_t* data, std::size_t size));
#endif

int main(int count, char** arguments) {
  using namespace ixyflow::fuzz;
  // Servers tell of every peer that they send away.
  ixyflow::set_log_level(ixyflow::LogLevel::error);
#ifdef IXYFLOW_LIBFUZZER
  // In the environment, because libFuzzer starts itself again with its own arguments alone.
  if (const char* name = std::getenv("IXYFLOW_FUZZ")) {
    static const Target chosen = find(name);
    return LLVMFuzzerRunDriver(&count, &arguments, [](const std::uint8_t* data, std::size_t size) {
      chosen.run({data, size});
      return 0;
    });
  }
#endif
  return run_command({arguments + 1, arguments + count});
}
