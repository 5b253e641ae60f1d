//===- HalideCodegen.cpp - From libHalide's objects to machine code -------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// libHalide's lowering and its LLVM can end the process on an assertion. Code
// is therefore generated in child processes, one for each pipeline and as many
// at a time as there are processors. A child writes its code and its last words
// to files in memory, and ends when its parent does: nothing is left behind.
//
//===----------------------------------------------------------------------===//

#include "llamir/Target/HalideCodegen.h"
#include "DeviceCode.h"
#include "HalideTranslation.h"
#include "MachineCode.h"
#include "StoresPastCaches.h"
#include "llamir/Conversion/HostToLLVM/HostSignature.h"
#include "llamir/Support/LibraryPages.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Threading.h"
#include <csignal>
#include <map>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

namespace {
/// A file in memory, without a name: a child that was started after it was made
/// writes it, and the parent reads it.
class MemoryFile {
public:
  /// One that is not open.
  MemoryFile() = default;
  /// One that is open, unless the system has none left.
  static MemoryFile create() {
    MemoryFile file;
    file.descriptor = memfd_create("llamir", MFD_CLOEXEC);
    return file;
  }
  MemoryFile(MemoryFile &&other)
      : descriptor(std::exchange(other.descriptor, -1)) {}
  MemoryFile &operator=(MemoryFile &&other) {
    std::swap(descriptor, other.descriptor);
    return *this;
  }
  ~MemoryFile() {
    if (isOpen())
      close(descriptor);
  }
  bool isOpen() const { return descriptor >= 0; }
  int get() const { return descriptor; }
  /// The path for a process that has the file.
  std::string getPath() const {
    return "/proc/self/fd/" + std::to_string(descriptor);
  }
  llvm::ErrorOr<std::string> read() const {
    auto buffer = llvm::MemoryBuffer::getOpenFile(descriptor, getPath(),
                                                  /*FileSize=*/-1);
    if (!buffer)
      return buffer.getError();
    return (*buffer)->getBuffer().str();
  }

private:
  int descriptor = -1;
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

/// A pipeline whose code a child process generates.
class Job {
public:
  Job(PipelineOp pipeline, TranslatedPipeline translated, std::string name,
      const TargetInfo &info)
      : pipeline(pipeline), translated(std::move(translated)), info(info) {
    code.name = std::move(name);
  }

  /// Starts the child. An error says that the system lacks what it takes.
  std::error_code start(const Halide::Target &target,
                        ArrayRef<KernelOutput> outputs);
  /// Takes what the child left, which ended with that status.
  void finish(int status);

  PipelineOp pipeline;
  pid_t child = -1;
  KernelCode code;
  /// Why there is no code; empty when there is.
  std::string problem;
  /// The system had no room for the code, which has nothing to do with this
  /// pipeline.
  bool lacksRoom = false;

private:
  [[noreturn]] void generate(const Halide::Target &target);
  /// Lowers the pipeline, and writes libHalide's own texts of it.
  void lower(const Halide::Target &target);
  /// Writes what LLVM makes of the lowered pipeline.
  llvm::Error writeCode();
  llvm::Error writeDeviceCode(const llvm::Module &module, KernelOutput kind,
                              llvm::raw_ostream &stream);

  TranslatedPipeline translated;
  const TargetInfo &info;
  std::vector<std::pair<KernelOutput, MemoryFile>> files;
  /// The lowered pipeline as LLVM's bitcode, and what the child says.
  MemoryFile bitcode, words;
};
} // namespace

std::error_code Job::start(const Halide::Target &target,
                           ArrayRef<KernelOutput> outputs) {
  words = MemoryFile::create();
  bitcode = MemoryFile::create();
  files.clear();
  for (KernelOutput kind : outputs)
    files.emplace_back(kind, MemoryFile::create());
  auto isOpen = [](auto &file) { return file.second.isOpen(); };
  pid_t parent = getpid();
  if (words.isOpen() && bitcode.isOpen() && llvm::all_of(files, isOpen))
    child = fork();
  if (child == 0) {
    // The parent may have ended before the system knew what that means.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
      _exit(1);
    generate(target);
  }
  return child < 0 ? llvm::errnoAsErrorCode() : std::error_code();
}

/// Runs in the child: writes the outputs and leaves the process.
void Job::generate(const Halide::Target &target) {
  dup2(words.get(), STDOUT_FILENO);
  dup2(words.get(), STDERR_FILENO);
  // No stack traces: an abort is expected here.
  for (int number : {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGSYS, SIGTRAP})
    std::signal(number, SIG_DFL);
  // LLVM ends the process on some errors: what the parent has to do at its end
  // is not for a child.
  std::atexit([] { _exit(1); });
  // A file that is too large is an error of writing, as on a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  int status = 0;
  try {
    lower(target);
  } catch (const Halide::Error &error) {
    llvm::errs() << "Halide: " << error.what();
    _exit(1);
  }
  // What libHalide had in memory is not needed any more.
  translated = TranslatedPipeline();
  dropLibraryPages();
  if (llvm::Error error = writeCode()) {
    llvm::errs() << "LLVM: " << llvm::toString(std::move(error));
    status = 1;
  }
  _exit(status);
}

void Job::lower(const Halide::Target &target) {
  std::map<Halide::OutputFileType, std::string> paths;
  for (const auto &[kind, file] : files)
    if (kind == KernelOutput::Stmt)
      paths[Halide::OutputFileType::stmt] = file.getPath();
    else if (kind == KernelOutput::Html)
      paths[Halide::OutputFileType::stmt_html] = file.getPath();
    else
      paths[Halide::OutputFileType::bitcode] = bitcode.getPath();
  translated.pipeline.compile_to(paths, translated.arguments, code.name,
                                 target);
}

/// Makes up for what libHalide says of instructions.
/// - Prefetches are for the second-level cache. libHalide marks what they fetch
///   as used once, so that it passes that cache by on Intel, where memory is
///   then read at a third of its rate.
/// - Conversions of types round. libHalide lets LLVM contract all arithmetic,
///   which would then leave out a rounding to f16 that is widened again.
static void correctInstructions(llvm::Module &module) {
  llvm::Constant *secondLevel =
      llvm::ConstantInt::get(llvm::Type::getInt32Ty(module.getContext()), 2);
  for (llvm::Function &function : module)
    for (llvm::Instruction &instruction : llvm::instructions(function)) {
      if (llvm::isa<llvm::FPTruncInst, llvm::FPExtInst>(instruction))
        instruction.copyFastMathFlags(llvm::FastMathFlags());
      auto *call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
      if (call && call->getIntrinsicID() == llvm::Intrinsic::prefetch)
        call->setArgOperand(2, secondLevel);
    }
}

llvm::Error Job::writeDeviceCode(const llvm::Module &module, KernelOutput kind,
                                 llvm::raw_ostream &stream) {
  llvm::Expected<StringRef> source = findDeviceCode(module);
  if (!source)
    return source.takeError();
  if (kind == KernelOutput::SPIRV) {
    stream << *source;
    return llvm::Error::success();
  }
  StringRef text = source->rtrim('\0');
  if (kind == KernelOutput::OpenCL) {
    stream << text;
    return llvm::Error::success();
  }
  llvm::Expected<std::string> made = makeCudaOutput(kind, text, info);
  if (!made)
    return made.takeError();
  stream << *made;
  return llvm::Error::success();
}

llvm::Error Job::writeCode() {
  llvm::Expected<MachineCode> machine =
      MachineCode::create(Contraction::Allowed);
  if (!machine)
    return machine.takeError();
  llvm::ErrorOr<std::string> bytes = bitcode.read();
  if (!bytes)
    return llvm::errorCodeToError(bytes.getError());
  for (const auto &[kind, file] : files) {
    if (!isMachineCode(kind) && !isDeviceCode(kind))
      continue;
    llvm::LLVMContext context;
    llvm::Expected<std::unique_ptr<llvm::Module>> module =
        llvm::parseBitcodeFile({*bytes, code.name}, context);
    if (!module)
      return module.takeError();
    llvm::raw_fd_ostream stream(file.get(), /*shouldClose=*/false);
    if (isDeviceCode(kind)) {
      if (llvm::Error error = writeDeviceCode(**module, kind, stream))
        return error;
    } else {
      correctInstructions(**module);
      storePastCaches(**module);
      if (llvm::Error error = machine->write(**module, kind, stream))
        return error;
    }
    stream.flush();
    if (std::error_code error = stream.error()) {
      stream.clear_error();
      return llvm::errorCodeToError(error);
    }
  }
  return llvm::Error::success();
}

/// What a child that failed said, as far as it is of use, and how it ended.
static std::string describe(StringRef words, int status) {
  SmallVector<StringRef> lines;
  words.split(lines, '\n', -1, /*KeepEmpty=*/false);
  if (lines.size() > 8)
    lines.truncate(8);
  std::string signal;
  if (WIFSIGNALED(status)) {
    int number = WTERMSIG(status);
    signal = "code generation ended by signal " + std::to_string(number) +
             ", " + strsignal(number);
    lines.push_back(signal);
  }
  return llvm::join(lines, "\n");
}

void Job::finish(int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    for (const auto &[kind, file] : files) {
      llvm::ErrorOr<std::string> bytes = file.read();
      if (bytes)
        code.outputs.push_back({kind, std::move(*bytes)});
      else
        problem = "cannot read the code: " + bytes.getError().message();
    }
  } else {
    llvm::ErrorOr<std::string> said = words.read();
    std::string description = describe(said ? *said : "", status);
    // It has no words where there is no room for them either.
    lacksRoom = description.empty();
    problem = lacksRoom ? "there is no room to write code in; is there a limit "
                          "on the size of files?"
                        : description;
  }
  files.clear();
  words = MemoryFile();
  bitcode = MemoryFile();
}

/// Runs the jobs, as many at a time as there are processors.
static LogicalResult run(MutableArrayRef<Job> jobs,
                         const Halide::Target &target,
                         ArrayRef<KernelOutput> outputs,
                         const std::function<void(size_t)> &progress) {
  DefaultSignal childrenAreWaitedFor(SIGCHLD);
  size_t limit =
      std::max(1u, llvm::hardware_concurrency().compute_thread_count());
  std::map<pid_t, Job *> running;
  size_t done = 0;
  for (Job *next = jobs.begin(); done < jobs.size();) {
    while (next != jobs.end() && running.size() < limit) {
      if (std::error_code error = next->start(target, outputs)) {
        // A child that ends gives back what it took.
        if (!running.empty())
          break;
        return next->pipeline.emitError()
               << "cannot start a process: " << error.message();
      }
      running[next->child] = next;
      ++next;
    }
    int status = 0;
    pid_t child = waitpid(-1, &status, 0);
    if (child < 0 && errno != EINTR)
      return jobs.front().pipeline.emitError()
             << "cannot wait for a process: " << strerror(errno);
    auto found = running.find(child);
    if (found == running.end())
      continue;
    found->second->finish(status);
    running.erase(found);
    ++done;
    if (progress)
      progress(done);
  }
  return success();
}

LogicalResult llamir::compilePipelines(ArrayRef<PipelineOp> pipelines,
                                       const TargetInfo &target,
                                       ArrayRef<KernelOutput> outputs,
                                       SmallVectorImpl<KernelCode> &code,
                                       StringRef prefix,
                                       std::function<void(size_t)> progress) {
  std::vector<Job> jobs;
  for (PipelineOp pipeline : pipelines) {
    FailureOr<TranslatedPipeline> translated =
        translateToHalide(pipeline, target, prefix);
    if (failed(translated))
      return failure();
    jobs.emplace_back(pipeline, std::move(*translated),
                      getCIdentifier((prefix + pipeline.getSymName()).str()),
                      target);
  }
  Halide::Target halideTarget =
      Halide::Target(target.halideTarget)
          .with_feature(Halide::Target::NoRuntime)
          .with_feature(Halide::Target::NoBoundsQuery);
  if (failed(run(jobs, halideTarget, outputs, progress)))
    return failure();
  bool anyProblem = false;
  for (Job &job : jobs) {
    if (job.problem.empty())
      continue;
    job.pipeline.emitError() << job.problem;
    anyProblem = true;
    if (job.lacksRoom)
      break;
  }
  if (anyProblem)
    return failure();
  for (Job &job : jobs)
    code.push_back(std::move(job.code));
  return success();
}
