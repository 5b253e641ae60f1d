//===- HalideCodegen.cpp - From libHalide's objects to machine code ------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// libHalide's lowering and its LLVM can end the process on an assertion. Code
// is therefore generated in child processes, one for each pipeline and as many
// at a time as there are processors; a child sends its files through a
// temporary folder and its last words through a file in it.
//
//===----------------------------------------------------------------------===//

#include "llamir/Target/HalideCodegen.h"
#include "HalideScheduleTranslation.h"
#include "llamir/Conversion/HostSignature.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Threading.h"
#include <csignal>
#include <fcntl.h>
#include <map>
#include <sys/wait.h>
#include <unistd.h>

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

StringRef KernelCode::get(KernelOutput kind) const {
  for (const auto &[outputKind, bytes] : outputs)
    if (outputKind == kind)
      return bytes;
  return {};
}

StringRef llamir::getFileExtension(KernelOutput kind) {
  switch (kind) {
  case KernelOutput::Object:
    return ".o";
  case KernelOutput::Assembly:
    return ".s";
  case KernelOutput::LLVMAssembly:
    return ".ll";
  case KernelOutput::Stmt:
    return ".stmt";
  case KernelOutput::Html:
    return ".stmt.html";
  }
  llvm_unreachable("unknown output");
}

static Halide::OutputFileType toHalide(KernelOutput kind) {
  switch (kind) {
  case KernelOutput::Object:
    return Halide::OutputFileType::object;
  case KernelOutput::Assembly:
    return Halide::OutputFileType::assembly;
  case KernelOutput::LLVMAssembly:
    return Halide::OutputFileType::llvm_assembly;
  case KernelOutput::Stmt:
    return Halide::OutputFileType::stmt;
  case KernelOutput::Html:
    return Halide::OutputFileType::stmt_html;
  }
  llvm_unreachable("unknown output");
}

namespace {
/// A folder that is gone when the scope ends.
struct TemporaryFolder {
  SmallString<128> path;
  std::error_code error;
  TemporaryFolder() {
    llvm::sys::path::system_temp_directory(/*ErasedOnReboot=*/true, path);
    llvm::sys::path::append(path, "llamir-XXXXXX");
    if (!mkdtemp(const_cast<char *>(path.c_str())))
      error = std::error_code(errno, std::generic_category());
  }
  ~TemporaryFolder() {
    if (!error)
      (void)llvm::sys::fs::remove_directories(path);
  }
  std::string file(const llvm::Twine &name) const {
    SmallString<128> result(path);
    llvm::sys::path::append(result, name);
    return result.str().str();
  }
};

/// Has a signal do what it does by default, until the scope ends.
class DefaultSignal {
public:
  DefaultSignal(int number) : number(number) {
    struct sigaction action = {};
    action.sa_handler = SIG_DFL;
    sigaction(number, &action, &before);
  }
  ~DefaultSignal() { sigaction(number, &before, nullptr); }

private:
  int number;
  struct sigaction before;
};

/// A child process that generates the code of one pipeline.
struct Job {
  PipelineOp pipeline;
  TranslatedPipeline translated;
  std::string name;
};
} // namespace

static std::string readFile(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  return buffer ? (*buffer)->getBuffer().str() : std::string();
}

/// Runs in the child: writes the outputs and leaves the process.
[[noreturn]] static void generate(Job &job, const Halide::Target &target,
                                  ArrayRef<KernelOutput> outputs,
                                  const TemporaryFolder &folder,
                                  const std::string &index) {
  // What libHalide and its LLVM print goes to the file of last words.
  int words = open(folder.file(index + ".err").c_str(),
                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (words >= 0) {
    dup2(words, STDOUT_FILENO);
    dup2(words, STDERR_FILENO);
  }
  // No stack traces: an abort is expected here.
  for (int number : {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGSYS, SIGTRAP})
    std::signal(number, SIG_DFL);
  // A file that is too large is an error of writing, as on a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  int status = 1;
  try {
    std::map<Halide::OutputFileType, std::string> files;
    for (KernelOutput kind : outputs)
      files[toHalide(kind)] = folder.file(index + getFileExtension(kind));
    job.translated.pipeline.compile_to(files, job.translated.arguments,
                                       job.name, target);
    status = 0;
  } catch (const Halide::Error &error) {
    llvm::StringRef message = error.what();
    if (write(STDERR_FILENO, message.data(), message.size()) < 0)
      status = 2;
  }
  _exit(status);
}

/// The first lines of what a child said, without what tells nothing.
static std::string summarize(StringRef words) {
  SmallVector<StringRef> lines;
  words.split(lines, '\n', -1, /*KeepEmpty=*/false);
  if (lines.size() > 8)
    lines.truncate(8);
  return llvm::join(lines, "\n");
}

LogicalResult llamir::compilePipelines(ArrayRef<PipelineOp> pipelines,
                                       const TargetInfo &target,
                                       ArrayRef<KernelOutput> outputs,
                                       SmallVectorImpl<KernelCode> &code,
                                       StringRef prefix,
                                       std::function<void(size_t)> progress) {
  TemporaryFolder folder;
  if (folder.error)
    return PipelineOp(pipelines.front()).emitError()
           << "cannot make the temporary folder " << folder.path << ": "
           << folder.error.message();
  DefaultSignal childrenAreWaitedFor(SIGCHLD);
  Halide::Target halideTarget;
  std::vector<Job> jobs;
  for (PipelineOp pipeline : pipelines) {
    FailureOr<TranslatedPipeline> translated =
        translateToHalide(pipeline, target.name);
    if (failed(translated))
      return failure();
    jobs.push_back({pipeline, *translated,
                    getCIdentifier((prefix + pipeline.getSymName()).str())});
  }
  if (jobs.empty())
    return success();
  if (failed(guard(*jobs.front().pipeline, [&]() -> LogicalResult {
        halideTarget = Halide::Target(target.halideTarget)
                           .with_feature(Halide::Target::NoRuntime)
                           .with_feature(Halide::Target::NoBoundsQuery);
        return success();
      })))
    return failure();

  // Children by process id; `next` is the first job without one.
  std::map<pid_t, size_t> running;
  size_t next = 0, done = 0;
  size_t limit =
      std::max(1u, llvm::hardware_concurrency().compute_thread_count());
  std::vector<std::string> problems(jobs.size());
  while (done < jobs.size()) {
    while (next < jobs.size() && running.size() < limit) {
      pid_t child = fork();
      if (child == 0)
        generate(jobs[next], halideTarget, outputs, folder,
                 std::to_string(next));
      if (child < 0)
        return jobs[next].pipeline.emitError()
               << "cannot start a process: " << strerror(errno);
      running[child] = next++;
    }
    int status = 0;
    pid_t child = waitpid(-1, &status, 0);
    if (child < 0 && errno == EINTR)
      continue;
    if (child < 0)
      return PipelineOp(pipelines.front()).emitError()
             << "cannot wait for a process: " << strerror(errno);
    auto found = running.find(child);
    if (found == running.end())
      continue;
    size_t index = found->second;
    running.erase(found);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      problems[index] =
          summarize(readFile(folder.file(llvm::Twine(index) + ".err")));
      if (WIFSIGNALED(status))
        problems[index] += " (libHalide ended with signal " +
                           std::to_string(WTERMSIG(status)) + ")";
      // It has no words where there is no space for them either.
      if (problems[index].empty())
        problems[index] =
            "nothing could be written to " + folder.path.str().str();
    }
    ++done;
    if (progress)
      progress(done);
  }

  bool anyProblem = false;
  for (auto [job, problem] : llvm::zip(jobs, problems))
    if (!problem.empty()) {
      job.pipeline.emitError() << "Halide: " << problem;
      anyProblem = true;
    }
  if (anyProblem)
    return failure();
  for (auto [index, job] : llvm::enumerate(jobs)) {
    KernelCode kernel;
    kernel.name = job.name;
    for (KernelOutput kind : outputs) {
      std::string path =
          folder.file(llvm::Twine(index) + getFileExtension(kind));
      auto buffer = llvm::MemoryBuffer::getFile(path);
      if (!buffer)
        return job.pipeline.emitError()
               << path << ": " << buffer.getError().message();
      kernel.outputs.push_back({kind, (*buffer)->getBuffer().str()});
    }
    code.push_back(std::move(kernel));
  }
  return success();
}

LogicalResult llamir::verifyWithHalide(PipelineOp pipeline,
                                       const TargetInfo &target) {
  return success(succeeded(translateToHalide(pipeline, target.name)));
}
