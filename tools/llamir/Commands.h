//===- Commands.h - The commands of the driver ---------------- -*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TOOLS_LLAMIR_COMMANDS_H
#define LLAMIR_TOOLS_LLAMIR_COMMANDS_H

#include "Bench/Phase.h"
#include "Inputs.h"

namespace llamir {

// Each command prints what went wrong and returns the exit status.

/// Writes the IR of a model to `output`, or prints it.
int runImport(const DriverOptions &options, llvm::StringRef input,
              llvm::StringRef output);

/// A file's name and its bytes.
using NamedFile = std::pair<std::string, std::string>;

/// Of packed weights files.
constexpr llvm::StringLiteral weightsExtension = ".weights.safetensors";

struct CompileOptions {
  std::string outputDir;
  /// Print the IR after this stage, and write nothing.
  std::string untilAfter;
  llvm::SmallVector<KernelOutput> outputs; // Of kernels and of the host.
  bool header = false, runtime = false, weights = false;
  std::vector<NamedFile> more; // To be written with them.
};
/// Writes objects and what else a program needs.
int runCompile(const DriverOptions &options, llvm::StringRef input,
               const CompileOptions &compile);

struct BundleOptions {
  std::string outputDir, function;
  /// Dynamic sizes by name that functions are checked and timed with; those
  /// that are left out are 16.
  std::vector<llvm::StringMap<int64_t>> checked, timed;
  /// In place of an input, functions that reach what the device can.
  bool limits = false;
};
/// Writes objects, with what it takes to check and time their functions where
/// there is no compiler.
int runBundle(const DriverOptions &options, llvm::StringRef input,
              const BundleOptions &bundle);

struct RunOptions {
  std::string function, outputDir;
  InputOptions inputs;
  bool check = false;
};
/// Runs a function, and writes its results or prints their shapes.
int runRun(const DriverOptions &options, llvm::StringRef input,
           const RunOptions &run);

struct EvalOptions {
  std::string ids, logits, expected;
  double tolerance = 2e-4;
};
/// Computes the logits of ids, and writes them or compares them with others.
int runEval(const DriverOptions &options, llvm::StringRef input,
            const EvalOptions &eval);

struct BenchOptions {
  std::string function, json;
  /// Programs of bench's own, in place of an input.
  std::string suite;
  std::vector<Phase> phases;
  /// Element types of the weights; as they are if there are none.
  std::vector<std::string> dtypes;
  /// Rounds of measurement; 0 for as many as fit a short time.
  int64_t rounds = 0;
  /// Measure with each fusion off, and with all.
  bool compareFusion = false;
};
/// Times kernels beside the limits of the machine.
int runBench(const DriverOptions &options, llvm::StringRef input,
             const BenchOptions &bench);

/// All of it on one model: writes its kernels to a folder, checks and times
/// them.
int runDemo(const DriverOptions &options, llvm::StringRef input,
            llvm::StringRef outputDir);

/// Writes the files of a compiled session to a folder, all or none.
llvm::LogicalResult writeFiles(Session &session, const CompileOptions &compile);

/// Writes objects for several targets, of which a program chooses one when it
/// runs.
int runCompileForTargets(const DriverOptions &options,
                         llvm::ArrayRef<std::string> targets,
                         llvm::StringRef input, const CompileOptions &compile);

} // namespace llamir

#endif // LLAMIR_TOOLS_LLAMIR_COMMANDS_H
