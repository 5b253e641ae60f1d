//===- Process.cpp - What the driver needs of its process -----------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Process.h"
#include "Messages.h"
#include "llamir/Support/LibraryPages.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/WithColor.h"
#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace llamir;

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

// The loader touches most pages of the libraries to relocate them, then their
// constructors run and touch the others. In between, an executable has a say.
// A sanitizer is not ready for that yet.
#if !__has_feature(address_sanitizer)
[[gnu::section(".preinit_array"),
  gnu::used]] static void (*const beforeConstructors)() = dropLibraryPages;
#endif

/// The number of kB behind a name in a file of /proc; 0 where it is not there.
static uint64_t readKilobytes(llvm::StringRef text, llvm::StringRef name) {
  llvm::StringRef rest = text.split(("\n" + name + ":").str()).second.ltrim();
  uint64_t kilobytes = 0;
  return rest.consumeInteger(10, kilobytes) ? 0 : kilobytes;
}

/// Lets the allocation fail that is more than the machine has: by default it
/// succeeds, and the system kills the process when it uses the memory.
static void limitMemory() {
  auto machine = llvm::MemoryBuffer::getFileAsStream("/proc/meminfo");
  auto process = llvm::MemoryBuffer::getFileAsStream("/proc/self/status");
  rlimit limit;
  if (!machine || !process || getrlimit(RLIMIT_DATA, &limit) != 0)
    return;
  llvm::StringRef text = (*machine)->getBuffer();
  uint64_t available = readKilobytes(text, "MemAvailable");
  if (available == 0)
    return;
  uint64_t used = readKilobytes((*process)->getBuffer(), "VmData");
  limit.rlim_cur = std::min<rlim_t>(
      limit.rlim_cur,
      1024 * (used + available + readKilobytes(text, "SwapFree")));
  setrlimit(RLIMIT_DATA, &limit);
}

//===----------------------------------------------------------------------===//
// The end
//===----------------------------------------------------------------------===//

static pid_t driver;

/// Ends the process without its destructors, which might allocate. A child has
/// inherited the list of temporary files, but they are its parent's.
[[noreturn]] static void leave() {
  if (getpid() == driver)
    llvm::sys::RunInterruptHandlers();
  _exit(1);
}

static void leaveWithoutMemory(void *, const char *, bool) {
  (void)fail("there is not enough memory");
  leave();
}

static void leaveAfterFatalError(void *, const char *reason, bool) {
  (void)fail(reason);
  leave();
}

//===----------------------------------------------------------------------===//
// The beginning
//===----------------------------------------------------------------------===//

/// Takes the places of standard streams that the program was started without,
/// so that no file that it opens gets what is printed. Nothing can be read from
/// them or written to them.
static void occupyStandardStreams() {
  for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(stream, F_GETFD) < 0)
      open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/// What must be before LLVM does anything. Gives the signals that whoever
/// started the program, such as nohup, wants ignored.
static llvm::SmallVector<int> prepareStart() {
  occupyStandardStreams();
  llvm::SmallVector<int> ignored;
  for (int number : {SIGHUP, SIGINT, SIGTERM}) {
    struct sigaction action;
    if (sigaction(number, nullptr, &action) == 0 &&
        action.sa_handler == SIG_IGN)
      ignored.push_back(number);
  }
  return ignored;
}

Process::Process(int &argc, char **&argv)
    : ignored(prepareStart()), init(argc, argv) {
  driver = getpid();
  // LLVM's handler would remove the temporary files, and then go on.
  for (int number : ignored)
    std::signal(number, SIG_IGN);
  // A file that is too large is an error of writing, as on a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  if (std::getenv("NO_COLOR"))
    llvm::WithColor::setAutoDetectFunction(
        [](const llvm::raw_ostream &) { return false; });
  llvm::install_bad_alloc_error_handler(leaveWithoutMemory);
  llvm::install_fatal_error_handler(leaveAfterFatalError);
  limitMemory();
}
