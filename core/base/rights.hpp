#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ixyflow {

/// What part of a process still needs of the machine once it works. All else can be taken from it.
struct Rights {
  std::vector<std::string> reads;    ///< files that are opened again, and folders with all that is in them
  std::vector<std::string> writes;   ///< the same, to read and write
  std::vector<std::string> removes;  ///< files that are removed at the end: sockets
  std::vector<std::string> meets;    ///< UNIX sockets of others that are gone to again
  std::uint64_t capabilities = 0;    ///< bit n: the capability with that number, capabilities(7)

  void add(const Rights& other) {
    const auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
    append(reads, other.reads);
    append(writes, other.writes);
    append(removes, other.removes);
    append(meets, other.meets);
    capabilities |= other.capabilities;
  }
};

}  // namespace ixyflow
