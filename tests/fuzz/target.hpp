#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

/// What all fuzz targets are made of. README.md of this folder says how they are run, and how to add one.
namespace ixyflow::fuzz {

using Bytes = std::span<const std::uint8_t>;
/// Is given inputs, or words of a dictionary, one at a time.
using Sink = std::function<void(std::string_view)>;

/// Something that reads what others have written.
struct Target {
  std::string_view name;  ///< that of its file
  /// Has one input read. Whatever is in it: no sanitizer complains, every `expect` holds, and nothing is left
  /// that the next input could see.
  void (*run)(Bytes input) = nullptr;
  void (*seeds)(const Sink& seed) = nullptr;  ///< inputs to begin with
  void (*words)(const Sink& word) = nullptr;  ///< what inputs are made of, for a dictionary; or null
  std::size_t longest = 4096;                 ///< bytes of an input
};

/// All targets, in the order of their names.
std::vector<Target> targets();

/// Makes a target known: one at file scope in each file of targets/.
struct Registered {
  explicit Registered(const Target& target);
};

/// Ends the process with these words unless `held`.
void expect(bool held, std::string_view what);

}  // namespace ixyflow::fuzz
