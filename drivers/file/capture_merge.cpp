#include "drivers/file/capture_merge.hpp"

#include <algorithm>
#include <utility>

namespace ixyflow::drivers {

using Next = CaptureReader::Next;

Result<std::unique_ptr<CaptureMerge>> CaptureMerge::open(const std::vector<std::string>& paths) {
  auto merge = std::make_unique<CaptureMerge>();
  for (const std::string& path : paths) {
    auto reader = CaptureReader::open(path);
    if (!reader) return std::unexpected(reader.error());
    merge->heads_.push_back({.reader = std::move(*reader), .record = {}});
  }
  return merge;
}

/// Has the head's next record ready, unless it has ended; false when it has nothing yet.
bool CaptureMerge::look(Head& head) noexcept {
  if (head.ready || head.ended) return true;
  const Next next = head.reader->next(head.record);
  head.ready = next == Next::record;
  head.ended = next == Next::end;
  if (head.ready && head.record.timestamp != 0) head.time = head.record.timestamp;
  return next != Next::later;
}

Next CaptureMerge::next(CaptureRecord& record) noexcept {
  if (heads_.size() == 1) return heads_.front().reader->next(record);
  bool all = true;
  for (Head& head : heads_) all = look(head) && all;
  if (!all) return Next::later;
  Head* first = nullptr;
  for (Head& head : heads_)
    if (head.ready && (first == nullptr || head.time < first->time)) first = &head;
  if (first == nullptr) return Next::end;
  first->ready = false;
  record = first->record;
  return Next::record;
}

void CaptureMerge::rewind() noexcept {
  for (Head& head : heads_) {
    head.reader->rewind();
    head.time = 0;
    head.ready = head.ended = false;
  }
}

bool CaptureMerge::has_pipe() const noexcept {
  return std::ranges::any_of(heads_, [](const Head& head) { return head.reader->source().is_pipe(); });
}

bool CaptureMerge::damaged() const noexcept {
  return std::ranges::any_of(heads_,
                             [](const Head& head) { return head.reader->fault() != CaptureFault::none; });
}

std::optional<Error> CaptureMerge::error() const {
  std::optional<Error> error;
  for (const Head& head : heads_) {
    if (head.reader->fault() == CaptureFault::none) continue;
    const Error of_one = head.reader->error();
    error = error ? Error{of_one.code, error->text + "; " + of_one.text} : of_one;
  }
  return error;
}

bool CaptureMerge::is_read(std::uint64_t device, std::uint64_t inode) const noexcept {
  return std::ranges::any_of(
      heads_, [=](const Head& head) { return head.reader->source().is_same_file(device, inode); });
}

const CaptureReader* CaptureMerge::converted() const noexcept {
  const auto found =
      std::ranges::find_if(heads_, [](const Head& head) { return head.reader->converted().has_value(); });
  return found == heads_.end() ? nullptr : found->reader.get();
}

}  // namespace ixyflow::drivers
