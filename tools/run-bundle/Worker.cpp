//===- Worker.cpp - Runs of cases in a process ----------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Worker.h"
#include "CaseRunner.h"
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace llamir;

//===----------------------------------------------------------------------===//
// The child
//===----------------------------------------------------------------------===//

/// Runs the cases from `first` on and writes their results to a pipe, up to the
/// first one that failed: a device may not run anything more for this process.
[[noreturn]] static void work(const std::vector<Library> &libraries,
                              const std::vector<CaseId> &cases, size_t first,
                              int pipe) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::unique_ptr<CaseRunner> runner;
  int32_t loaded = -1;
  for (size_t i = first; i < cases.size(); ++i) {
    CaseId id = cases[i];
    if (!runner || id.library != loaded) {
      runner.reset(); // Its memory is for the next one.
      runner = std::make_unique<CaseRunner>(libraries[id.library]);
      loaded = id.library;
    }
    CaseResult result =
        runner->run(getFunction(libraries, id), getCase(libraries, id));
    if (write(pipe, &result, sizeof(result)) != sizeof(result) ||
        result.status == CaseResult::Failed)
      break;
    // A wrong kernel may have written anywhere.
    if (result.status == CaseResult::Wrong)
      runner.reset();
  }
  // Without destructors: a device that failed may not let go of its memory.
  _exit(0);
}

//===----------------------------------------------------------------------===//
// The parent
//===----------------------------------------------------------------------===//

namespace {
struct Child {
  pid_t process;
  int pipe;
};
} // namespace

static Child start(const std::vector<Library> &libraries,
                   const std::vector<CaseId> &cases, size_t first) {
  int ends[2];
  if (pipe(ends) != 0)
    return {-1, -1};
  pid_t process = fork();
  if (process == 0) {
    close(ends[0]);
    work(libraries, cases, first, ends[1]);
  }
  close(ends[1]);
  return {process, ends[0]};
}

static CaseResult makeFailure(const std::string &text) {
  CaseResult result;
  result.status = CaseResult::Failed;
  snprintf(result.message, sizeof(result.message), "%s", text.c_str());
  return result;
}

/// Ends a child, and says how it ended.
static std::string end(const Child &child) {
  kill(child.process, SIGKILL);
  int status = 0;
  close(child.pipe);
  waitpid(child.process, &status, 0);
  if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
    return "its process was ended: " + std::string(strsignal(WTERMSIG(status)));
  return "its process ended";
}

/// Waits for the next result. False if there is none: the child ended, or took
/// too long, as `result` says then.
static bool receive(const Child &child, int seconds, CaseResult &result) {
  pollfd waiting = {child.pipe, POLLIN, 0};
  int ready;
  do
    ready = poll(&waiting, 1, seconds * 1000);
  while (ready < 0 && errno == EINTR);
  if (ready > 0 && read(child.pipe, &result, sizeof(result)) == sizeof(result))
    return true;
  std::string how = end(child);
  result = makeFailure(
      ready == 0 ? "it took more than " + std::to_string(seconds) + " s" : how);
  return false;
}

void llamir::runCases(const std::vector<Library> &libraries,
                      const std::vector<CaseId> &cases, int secondsOfCase,
                      std::function<void(size_t, const CaseResult &)> done) {
  for (size_t next = 0; next < cases.size();) {
    Child child = start(libraries, cases, next);
    if (child.process < 0) {
      done(next++, makeFailure("there is no process to run it"));
      continue;
    }
    bool runs = true;
    while (runs && next < cases.size()) {
      CaseResult result;
      runs = receive(child, secondsOfCase, result);
      done(next++, result);
      // After a failure the child ends by itself.
      if (runs &&
          (result.status == CaseResult::Failed || next == cases.size())) {
        end(child);
        runs = false;
      }
    }
  }
}
