//===- DeviceCode.cpp - Code of devices in kernels ------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceCode.h"
#include "llvm/IR/Constants.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Regex.h"
#include <set>

using namespace llamir;

llvm::Expected<llvm::StringRef>
llamir::findDeviceCode(const llvm::Module &module) {
  for (const llvm::GlobalVariable &global : module.globals()) {
    if (!global.getName().ends_with("_gpu_source_kernels.data") ||
        !global.hasInitializer())
      continue;
    if (auto *data =
            llvm::dyn_cast<llvm::ConstantDataArray>(global.getInitializer()))
      return data->getRawDataValues();
  }
  return llvm::createStringError("the kernel has no code for a device");
}

llvm::SmallVector<llvm::StringRef> llamir::splitSPIRV(llvm::StringRef bytes) {
  // A header of words: the number of modules, and for each its bytes and its
  // name, as words after their number. Then the modules, each behind a header
  // of its own, whose first word is the number of its words.
  size_t words = bytes.size() / 4, at = 0;
  auto read = [&](size_t word) -> uint32_t {
    return word < words
               ? llvm::support::endian::read32le(bytes.data() + 4 * word)
               : 0;
  };
  uint32_t count = read(at++);
  llvm::SmallVector<uint32_t> sizes;
  for (uint32_t i = 0; i < count && at < words; ++i) {
    sizes.push_back(read(at++));
    uint32_t nameWords = read(at);
    at += 1 + size_t(nameWords);
  }
  llvm::SmallVector<llvm::StringRef> modules;
  for (uint32_t size : sizes) {
    modules.push_back(
        bytes.substr(4 * at, size)
            .drop_front(std::min<size_t>(size, 4 * size_t(read(at)))));
    at += size / 4;
  }
  return modules;
}

//===----------------------------------------------------------------------===//
// ptxas
//===----------------------------------------------------------------------===//

namespace {
/// What ptxas made of PTX, and what it said.
struct Assembled {
  std::string cubin, words;
};

/// A file that goes away with its object.
class TemporaryFile {
public:
  static llvm::Expected<TemporaryFile> create(llvm::StringRef extension,
                                              llvm::StringRef content = "") {
    llvm::SmallString<128> path;
    int descriptor = -1;
    if (std::error_code error = llvm::sys::fs::createTemporaryFile(
            "llamir", extension, descriptor, path))
      return llvm::createStringError("cannot make a temporary file: " +
                                     error.message());
    llvm::raw_fd_ostream(descriptor, /*shouldClose=*/true) << content;
    return TemporaryFile(path.str());
  }
  llvm::StringRef getPath() const { return path; }
  std::string read() const {
    auto buffer = llvm::MemoryBuffer::getFile(path);
    return buffer ? (*buffer)->getBuffer().str() : "";
  }

private:
  explicit TemporaryFile(llvm::StringRef name)
      : path(name), remover(std::make_unique<llvm::FileRemover>(name)) {}
  std::string path;
  std::unique_ptr<llvm::FileRemover> remover;
};
} // namespace

static llvm::Expected<Assembled> assemble(llvm::StringRef ptx,
                                          llvm::StringRef architecture) {
  auto program = llvm::sys::findProgramByName("ptxas");
  if (!program)
    program = llvm::sys::findProgramByName("ptxas", {"/usr/local/cuda/bin"});
  if (!program)
    return llvm::createStringError(
        "NVIDIA's assembler ptxas, of the CUDA toolkit, is not in PATH");
  auto source = TemporaryFile::create("ptx", ptx.rtrim('\0'));
  auto output = TemporaryFile::create("cubin");
  auto words = TemporaryFile::create("txt");
  for (auto *file : {&source, &output, &words})
    if (!*file)
      return file->takeError();
  std::string arch = ("-arch=" + architecture).str();
  llvm::StringRef arguments[] = {*program,          "-v", arch,
                                 source->getPath(), "-o", output->getPath()};
  std::optional<llvm::StringRef> redirects[] = {
      llvm::StringRef(), words->getPath(), words->getPath()};
  int status =
      llvm::sys::ExecuteAndWait(*program, arguments, std::nullopt, redirects);
  if (status != 0)
    return llvm::createStringError("ptxas for " + architecture + ": " +
                                   words->read());
  return Assembled{output->read(), words->read()};
}

llvm::Expected<std::string> llamir::assemblePTX(llvm::StringRef ptx,
                                                llvm::StringRef architecture) {
  llvm::Expected<Assembled> assembled = assemble(ptx, architecture);
  if (!assembled)
    return assembled.takeError();
  return std::move(assembled->cubin);
}

/// Reads what `ptxas -v` says of each kernel.
static llvm::json::Object readResources(llvm::StringRef words) {
  llvm::json::Object kernels;
  llvm::json::Object *kernel = nullptr;
  llvm::Regex entry("entry function '([^']*)'"),
      stack("([0-9]+) bytes stack frame, ([0-9]+) bytes spill stores, "
            "([0-9]+) bytes spill loads"),
      registers("Used ([0-9]+) registers"), shared("([0-9]+) bytes smem");
  llvm::SmallVector<llvm::StringRef> lines, found;
  words.split(lines, '\n');
  auto number = [&](size_t index) {
    int64_t value = 0;
    found[index].getAsInteger(10, value);
    return value;
  };
  for (llvm::StringRef line : lines) {
    if (entry.match(line, &found)) {
      // A key of its own: the words are gone before the object is.
      kernels[found[1].str()] = llvm::json::Object{{"shared_bytes", 0}};
      kernel = kernels.getObject(found[1]);
    }
    if (!kernel)
      continue;
    if (stack.match(line, &found)) {
      (*kernel)["stack_bytes"] = number(1);
      (*kernel)["spill_store_bytes"] = number(2);
      (*kernel)["spill_load_bytes"] = number(3);
    }
    if (registers.match(line, &found))
      (*kernel)["registers"] = number(1);
    if (shared.match(line, &found))
      (*kernel)["shared_bytes"] = number(1);
  }
  return kernels;
}

llvm::Expected<std::string> llamir::describeResources(llvm::StringRef ptx) {
  std::set<std::string> architectures;
  for (llvm::StringRef name : getTargetNames()) {
    TargetInfo target = llvm::cantFail(getTarget(name));
    if (target.isCuda())
      architectures.insert(target.getDevice().architecture);
  }
  llvm::json::Object all;
  for (const std::string &architecture : architectures) {
    llvm::Expected<Assembled> assembled = assemble(ptx, architecture);
    if (!assembled)
      return assembled.takeError();
    all[architecture] = readResources(assembled->words);
  }
  return llvm::formatv("{0:2}\n", llvm::json::Value(std::move(all))).str();
}

llvm::Expected<std::string> llamir::makeCudaOutput(KernelOutput kind,
                                                   llvm::StringRef ptx,
                                                   const TargetInfo &target) {
  switch (kind) {
  case KernelOutput::Cubin:
    return assemblePTX(ptx, target.getDevice().architecture);
  case KernelOutput::Resources:
    return describeResources(ptx);
  default:
    return ptx.str();
  }
}
