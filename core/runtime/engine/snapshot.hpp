#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ixyflow {

/// The numbers of one worker at one round boundary, in the order in which `list_numbers` lists them.
using Numbers = std::vector<std::uint64_t>;

/// Reads numbers in the order in which they were listed; zeros when there are no more.
class NumberReader {
 public:
  explicit NumberReader(const Numbers& numbers) : numbers_(numbers) {}
  std::uint64_t next() { return at_ < numbers_.size() ? numbers_[at_++] : 0; }

 private:
  const Numbers& numbers_;
  std::size_t at_ = 0;
};

/// a / b; 0 when there is nothing to divide by.
inline double ratio(std::uint64_t a, std::uint64_t b) {
  return b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b);
}

}  // namespace ixyflow
