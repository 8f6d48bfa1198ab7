#include "tools/ixgbe-model/card/receive/flow_director.hpp"

#include "tools/ixgbe-model/card/registers/bits.hpp"

namespace ixyflow::model {

namespace {

constexpr Nanoseconds kInitTime = 100'000;
constexpr std::uint32_t kMemory = 3;      // FDIRCTRL.PBALLOC: 0 is off
constexpr std::uint32_t kCommand = 3;     // FDIRCMD.CMD: add, remove or query; 0 when done
constexpr std::uint32_t kFilters = 8192;  // FDIRFREE: room that is never used up

}  // namespace

FlowDirector::FlowDirector(RegisterFile& file, Statistics& statistics)
    : file_(file), statistics_(statistics) {
  for (const std::uint32_t offset : {reg::kFdirCtrl, reg::kFdirCmd, reg::kFdirFree})
    file_.owned({offset}, *this);
}

void FlowDirector::reset() noexcept {
  on_ = false;
}

void FlowDirector::look(const FrameInfo& info) noexcept {
  if (on_ && info.l4 != 0) statistics_.add(Count::flow_director_misses);
}

std::uint32_t FlowDirector::read_register(std::uint32_t offset) noexcept {
  const std::uint32_t value = file_.get(offset);
  if (offset == reg::kFdirFree) return kFilters;
  if (offset == reg::kFdirCtrl && on_ && now_ - started_at_ >= kInitTime)
    return value | bits::fdirctrl::kInitDone;
  return value;
}

void FlowDirector::write_register(std::uint32_t offset, std::uint32_t value) noexcept {
  if (offset == reg::kFdirCmd) {
    file_.set(offset, value & ~kCommand);  // done at once; a query finds no filter
  } else if (offset == reg::kFdirCtrl) {
    file_.set(offset, value & ~bits::fdirctrl::kInitDone);
    on_ = (value & kMemory) != 0;
    started_at_ = now_;
  }
}

}  // namespace ixyflow::model
