#include "core/sandbox/system_calls.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <linux/vfio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

// The lists, by thread role, in one place. They come from running all tests with the rest refused; the names
// are the kernel's, and those that an architecture does not have are passed over.

namespace ixyflow {

namespace {

/// All that the C and C++ libraries do for any thread, and work on descriptors that are open.
constexpr std::array kEveryone{
    // Memory, time, threads.
    "brk", "munmap", "mremap", "madvise", "membarrier", "mincore", "msync", "mlock", "mlock2", "munlock",
    "memfd_create", "getrandom", "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep",
    "gettimeofday", "time", "futex", "sched_yield", "sched_getaffinity", "getcpu", "set_robust_list",
    "get_robust_list", "set_tid_address", "rseq", "restart_syscall", "exit", "exit_group", "getpid", "gettid",
    "getppid",
    // Signals to oneself.
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "sigaltstack",
    // Descriptors.
    "read", "readv", "pread64", "preadv", "preadv2", "write", "writev", "pwrite64", "pwritev", "pwritev2",
    "lseek", "close", "fstat", "fstatfs", "ftruncate", "fallocate", "fsync", "fdatasync", "dup", "dup2",
    "dup3", "poll", "ppoll", "select", "pselect6", "eventfd2", "pipe2", "epoll_create1", "epoll_ctl",
    "epoll_wait", "epoll_pwait",
    // Looking at files, which opens none.
    "stat", "lstat", "newfstatat", "statx", "access", "faccessat", "faccessat2", "readlink", "readlinkat",
    "getdents64", "getcwd", "getxattr",
    // Who and where one is.
    "getuid", "geteuid", "getgid", "getegid", "uname", "getrlimit", "getrusage", "sysinfo"};

/// Peers, on sockets that somebody else opened.
constexpr std::array kPeers{"sendmsg", "recvmsg", "sendto", "recvfrom"};

/// Ports and clients that come and go, sockets that are removed at the end, and the restrictions that each
/// thread puts on itself.
constexpr std::array kControl{"open",
                              "openat",
                              "unlink",
                              "unlinkat",
                              "flock",
                              "umask",
                              "connect",
                              "accept",
                              "accept4",
                              "shutdown",
                              "getsockopt",
                              "setsockopt",
                              "getsockname",
                              "getpeername",
                              "wait4",
                              "alarm",
                              "setitimer",
                              "waitid",
                              "sched_setaffinity",
                              "mbind",
                              "get_mempolicy",
                              "set_mempolicy",
                              "capget",
                              "capset",
                              "seccomp",
                              "landlock_restrict_self"};

/// Workers open no file, but for the act with which a crash gives devices back (KernelDriver), in a child.
constexpr std::array kWorker{"open", "openat"};

/// Reading a machine, a bound on how long a plugin takes to load, and making packet memory (`ixyflow test`).
constexpr std::array kLooking{
    "sched_setaffinity", "mbind", "get_mempolicy", "set_mempolicy", "wait4", "capget", "alarm", "setitimer"};

constexpr std::uint64_t kInt = 0xffff'ffff;  // what the kernel sees of an int, whatever stands above it

constexpr AllowedCall only(const char* name, unsigned argument, std::uint64_t mask, std::uint64_t value) {
  return {name, false, argument, mask, value};
}

/// Descriptors: nothing that has the kernel send signals (F_SETOWN).
constexpr std::array kFcntl{F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_ADD_SEALS, F_GET_SEALS};
/// Questions only: TIOCSTI would type into the terminal.
constexpr std::array<std::uint64_t, 4> kIoctl{TCGETS, TIOCGWINSZ, TIOCGPGRP, FIONREAD};
constexpr int kSetVma = 0x53564d41;  // PR_SET_VMA: malloc names its memory
constexpr std::array kPrctl{PR_SET_NAME, PR_GET_NAME, PR_SET_TIMERSLACK, PR_GET_DUMPABLE, kSetVma};
/// What a thread asks for that restricts itself, by libcap-ng.
constexpr std::array kPrctlRestrict{PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS, PR_GET_SECCOMP, PR_CAPBSET_READ,
                                    PR_CAP_AMBIENT,      PR_GET_SECUREBITS,   PR_GET_KEEPCAPS};

constexpr std::uint64_t kNewNamespaces =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
constexpr std::uint64_t kToWrite = O_ACCMODE | O_CREAT | O_TRUNC;

constexpr std::array kOnOneself{SelfCall{"tgkill", 0}, SelfCall{"process_vm_readv", 0}};

template <class Names>
void add_names(std::vector<AllowedCall>& calls, const Names& names) {
  for (const char* name : names) calls.push_back({name});
}

template <class Values>
void add_values(std::vector<AllowedCall>& calls, const char* name, unsigned argument, const Values& values) {
  for (const auto value : values)
    calls.push_back(only(name, argument, kInt, static_cast<std::uint64_t>(value) & kInt));
}

/// Threads whose work is under way load no code any more.
void add_working(std::vector<AllowedCall>& calls) {
  add_names(calls, kPeers);
  // Whoever only looks may share an open file with others, who count on its flags.
  calls.push_back(only("fcntl", 1, kInt, F_SETFL));
  calls.push_back(only("ioctl", 1, kInt, FIONBIO));
  calls.push_back(only("mmap", 2, PROT_EXEC, 0));
  calls.push_back(only("mprotect", 2, PROT_EXEC, 0));
  calls.push_back(only("clone", 0, kNewNamespaces, 0));
  calls.push_back(only("ioctl", 1, 0xff00, VFIO_TYPE << 8));
}

void add_looking(std::vector<AllowedCall>& calls) {
  add_names(calls, std::array{"mmap", "mprotect"});
  add_names(calls, kLooking);
  calls.push_back(only("open", 1, kToWrite, O_RDONLY));
  calls.push_back(only("openat", 2, kToWrite, O_RDONLY));
  calls.push_back(only("clone", 0, kNewNamespaces | CLONE_THREAD, CLONE_THREAD));
}

}  // namespace

std::vector<AllowedCall> allowed_calls(ThreadRole role) {
  std::vector<AllowedCall> calls;
  add_names(calls, kEveryone);
  add_values(calls, "fcntl", 1, kFcntl);
  add_values(calls, "ioctl", 1, kIoctl);
  add_values(calls, "prctl", 0, kPrctl);
  calls.push_back(only("prlimit64", 0, kInt, 0));
  if (role == ThreadRole::looking) {
    add_looking(calls);
    return calls;
  }
  add_working(calls);
  if (role == ThreadRole::worker) {
    add_names(calls, kWorker);
    return calls;
  }
  add_names(calls, kControl);
  add_values(calls, "socket", 0, std::array{AF_UNIX});
  add_values(calls, "socketpair", 0, std::array{AF_UNIX});
  add_values(calls, "prctl", 0, kPrctlRestrict);
  return calls;
}

std::span<const SelfCall> calls_on_oneself() {
  return kOnOneself;
}

}  // namespace ixyflow
