#include "core/sandbox/call_filter.hpp"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "core/os/file_descriptor.hpp"
#include "core/sandbox/lax.hpp"

namespace ixyflow {

namespace {

struct Release {
  void operator()(void* context) const noexcept { seccomp_release(context); }
};
using Context = std::unique_ptr<void, Release>;

/// Collects rules; the first error counts.
class Rules {
 public:
  explicit Rules(scmp_filter_ctx context) : context_(context) {}

  void allow(const AllowedCall& call) {
    if (call.any)
      add(SCMP_ACT_ALLOW, call.name, nullptr);
    else
      allow_if(call.name, call.argument, call.mask, call.value);
  }
  void allow_if(const char* name, unsigned argument, std::uint64_t mask, std::uint64_t value) {
    const scmp_arg_cmp condition{argument, SCMP_CMP_MASKED_EQ, mask, value};
    add(SCMP_ACT_ALLOW, name, &condition);
  }
  void fail_with(int error, const char* name) {
    add(SCMP_ACT_ERRNO(static_cast<std::uint32_t>(error)), name, nullptr);
  }
  void allow_skipped() {
    seccomp_attr_set(context_, SCMP_FLTATR_API_TSKIP, 1);
    if (error_ == 0) error_ = -seccomp_rule_add(context_, SCMP_ACT_ALLOW, -1, 0);
  }
  [[nodiscard]] int error() const noexcept { return error_; }

 private:
  void add(std::uint32_t action, const char* name, const scmp_arg_cmp* condition) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number < 0 || error_ != 0) return;  // not on this architecture
    error_ = -seccomp_rule_add_array(context_, action, number, condition != nullptr ? 1 : 0, condition);
  }

  scmp_filter_ctx context_;
  int error_ = 0;
};

int add_rules(scmp_filter_ctx context, ThreadRole role, std::optional<pid_t> may_kill) {
  Rules rules(context);
  for (const AllowedCall& call : allowed_calls(role)) rules.allow(call);
  for (const SelfCall& call : calls_on_oneself())
    rules.allow_if(call.name, call.argument, 0xffff'ffff, static_cast<std::uint64_t>(::getpid()));
  if (may_kill) rules.allow_if("kill", 0, 0xffff'ffff, static_cast<std::uint64_t>(*may_kill));
  // What a debugger skips has this number; strace lets calls fail so.
  rules.allow_skipped();
  // Its arguments stand in memory, where a filter does not see them; the C library then takes the older call.
  rules.fail_with(ENOSYS, "clone3");
  return rules.error();
}

/// The program that libseccomp makes of the rules. It comes through a pipe, which has room for the longest.
int export_program(scmp_filter_ctx context, std::vector<sock_filter>& program) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return errno;
  const FileDescriptor from(ends[0]);
  const FileDescriptor to(ends[1]);
  if (const int error = seccomp_export_bpf(context, to.get()); error != 0) return -error;
  program.resize(BPF_MAXINSNS);
  const ssize_t bytes = ::read(from.get(), program.data(), program.size() * sizeof(sock_filter));
  if (bytes < 0) return errno;
  program.resize(static_cast<std::size_t>(bytes) / sizeof(sock_filter));
  return 0;
}

}  // namespace

CallFilter::CallFilter(ThreadRole role, std::optional<pid_t> may_kill) {
  const Context context(seccomp_init(kLaxSandbox ? SCMP_ACT_ALLOW : SCMP_ACT_TRAP));
  if (context == nullptr) {
    error_ = ENOMEM;
    return;
  }
  // A binary tree instead of a chain: most calls are found in a few steps.
  seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  if (!kLaxSandbox) error_ = add_rules(context.get(), role, may_kill);
  if (error_ == 0) error_ = export_program(context.get(), program_);
}

int CallFilter::apply(Reach reach) const noexcept {
  if (error_ != 0) return error_;
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  const sock_fprog program{static_cast<unsigned short>(program_.size()),
                           const_cast<sock_filter*>(program_.data())};
  // Older kernels would else slow the thread down with mitigations that it has no use for.
  unsigned flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
  if (reach == Reach::all_threads) flags |= SECCOMP_FILTER_FLAG_TSYNC;
  const long result = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
  if (result == 0) return 0;
  return result > 0 ? EBUSY : errno;  // above 0 it is a thread that has a filter of its own
}

}  // namespace ixyflow
