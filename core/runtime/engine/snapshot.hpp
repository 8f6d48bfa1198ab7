#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ixyflow {

/// The statistics of one worker at one round boundary, in the order in which `list_statistics` lists them.
using Snapshot = std::vector<std::uint64_t>;

/// Reads a snapshot in the order in which it was listed; zeros when there is no more.
class SnapshotReader {
 public:
  explicit SnapshotReader(const Snapshot& snapshot) : snapshot_(snapshot) {}
  std::uint64_t next() { return at_ < snapshot_.size() ? snapshot_[at_++] : 0; }

 private:
  const Snapshot& snapshot_;
  std::size_t at_ = 0;
};

}  // namespace ixyflow
