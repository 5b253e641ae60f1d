//===- CHeader.cpp - C headers of host functions --------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Runtime/llamir_runtime.h"
#include "llamir/Target/HostCodegen.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace llamir;

static StringRef getCType(Type type) {
  if (type.isF32())
    return "float";
  return type.isInteger(32) ? "int32_t" : "uint16_t";
}

/// "[tokens][4096] of f32".
static void writeShape(const HostArray &array, llvm::raw_ostream &os) {
  size_t next = 0;
  for (int64_t size : array.type.getShape())
    if (ShapedType::isDynamic(size))
      os << '[' << array.dims[next++] << ']';
    else
      os << '[' << size << ']';
  os << " of " << array.type.getElementType();
  if (array.indexLimit)
    os << ", each in 0 .. " << *array.indexLimit - 1;
}

/// What a user reads cannot end the comment that it stands in.
static std::string inComment(StringRef text) {
  std::string clean;
  for (char c : text)
    clean += c == '/' || !llvm::isPrint(c) ? '_' : c;
  return clean;
}

/// The parameters after weights and arena.
static void writeParameters(const HostSignature &signature,
                            llvm::raw_ostream &os) {
  for (const std::string &size : signature.sizeIdentifiers)
    os << ",\n    int64_t " << size;
  for (const HostArray &array : signature.arguments)
    os << ",\n    const " << getCType(array.type.getElementType()) << " *"
       << array.identifier;
  for (const HostArray &array : signature.results)
    os << ",\n    " << getCType(array.type.getElementType()) << " *"
       << array.identifier;
}

static void writeFunction(const HostSignature &signature, bool isOnDevice,
                          llvm::raw_ostream &os) {
  os << "/* @" << inComment(signature.symbol) << "\n";
  if (!signature.usesWeights)
    os << " *   weights: none, may be NULL\n";
  os << " *   arena: " << signature.getArenaFunction()
     << "() bytes that nothing else uses meanwhile, best\n"
     << " *          aligned to 64\n";
  for (const HostArray &array : signature.arguments) {
    os << " *   " << array.identifier << ": ";
    writeShape(array, os);
    os << "\n";
  }
  for (const HostArray &array : signature.results) {
    os << " *   " << array.identifier << " (result): ";
    writeShape(array, os);
    os << "\n";
  }
  os << " */\nint32_t " << signature.name
     << "(const void *weights, void *arena";
  writeParameters(signature, os);
  os << ");\n\n/* Bytes of the arena; -1 for sizes that are out of range. */\n"
     << "int64_t " << signature.getArenaFunction() << '(';
  if (signature.sizes.empty())
    os << "void";
  llvm::interleaveComma(
      signature.sizeIdentifiers, os,
      [&](const std::string &size) { os << "int64_t " << size; });
  os << ");\n\n/* Both with their sizes, and with their arrays, in arrays, in "
        "their\n * order. */\n"
     << "int32_t " << signature.getCallFunction()
     << "(const void *weights, void *arena,\n"
        "    const int64_t *sizes, const llamir_array *arrays);\n"
     << "int64_t " << signature.getArenaCallFunction()
     << "(const int64_t *sizes);\n\n";
  if (!isOnDevice)
    return;
  os << "/* The same on arrays in the memory of the device, which nothing is "
        "copied\n * from or to, at multiples of 16 bytes; an index out of "
        "range "
        "counts as the\n * nearest one. Returns when the kernels are launched: "
        "llamir_finish_device()\n * waits for them. */\n"
     << "int32_t " << signature.getDeviceFunction()
     << "(const void *weights, void *arena";
  writeParameters(signature, os);
  os << ");\n\n";
}

/// The llamir_device as C has it.
static StringRef getDeviceConstant(int32_t device) {
  switch (device) {
  case LLAMIR_CUDA:
    return "LLAMIR_CUDA";
  case LLAMIR_OPENCL:
    return "LLAMIR_OPENCL";
  case LLAMIR_VULKAN:
    return "LLAMIR_VULKAN";
  default:
    return "LLAMIR_PROCESSOR";
  }
}

std::string llamir::getTargetFunction(StringRef name) {
  return getCIdentifier(name) + "_target";
}

/// Weights and device of the one target.
static void writeTarget(const CodeForTarget &of, StringRef upper,
                        llvm::raw_ostream &os) {
  const HeaderWeights &weights = of.weights;
  if (!weights.file.empty())
    os << "/* Weights: llamir_open_weights(path, " << upper << "_FINGERPRINT,\n"
       << " * " << upper << "_WEIGHTS_BYTES) opens the file. */\n"
       << "#define " << upper << "_WEIGHTS_FILE \"" << weights.file << "\"\n"
       << "#define " << upper << "_FINGERPRINT \"" << weights.fingerprint
       << "\"\n"
       << "#define " << upper << "_WEIGHTS_BYTES INT64_C(" << weights.bytes
       << ")\n\n";
  os << "/* What kernels run on, for llamir_allocate() and "
        "llamir_place_weights()";
  if (of.target->isDevice())
    os << ":\n * weights and arena lie in its memory";
  os << ". */\n#define " << upper << "_DEVICE "
     << getDeviceConstant(getRuntimeDevice(*of.target)) << "\n\n";
}

/// The same of the target that is chosen when the program runs.
static void writeChosenTarget(StringRef name, bool hasWeights, StringRef upper,
                              llvm::raw_ostream &os) {
  std::string function = getTargetFunction(name);
  os << "/* The target whose code runs, which llamir_select_device() chooses. "
        "*/\n"
     << "const llamir_target *" << function << "(void);\n\n";
  if (hasWeights)
    os << "/* Its weights: llamir_open_weights(path, " << upper
       << "_FINGERPRINT,\n * " << upper << "_WEIGHTS_BYTES) opens the file. "
       << "*/\n"
       << "#define " << upper << "_WEIGHTS_FILE (" << function
       << "()->weights_file)\n"
       << "#define " << upper << "_FINGERPRINT (" << function
       << "()->fingerprint)\n"
       << "#define " << upper << "_WEIGHTS_BYTES (" << function
       << "()->weights_bytes)\n\n";
  os << "/* What its kernels run on, for llamir_allocate() and\n"
        " * llamir_place_weights(): weights and arena lie in its memory. */\n"
     << "#define " << upper << "_DEVICE (" << function << "()->device)\n\n";
}

std::string llamir::writeCHeader(const ModuleSignature &signature,
                                 StringRef name,
                                 ArrayRef<CodeForTarget> targets) {
  std::string text;
  llvm::raw_string_ostream os(text);
  std::string upper = StringRef(getCIdentifier(name)).upper();
  os << "/* Written by llamir for ";
  llvm::interleaveComma(
      targets, os, [&](const CodeForTarget &of) { os << of.target->name; });
  os << ". Link with the objects beside this\n * file and libllamir_rt.a:\n *\n"
     << " *   cc main.c DIR/NAME.o ... -LDIR -lllamir_rt -lpthread -ldl -lm\n "
        "*\n"
     << " * Functions return LLAMIR_OK, or what llamir_runtime.h lists; then\n"
     << " * llamir_last_error() says more. Arrays are dense, the last "
        "dimension "
        "is the\n * fastest, and may have any alignment; results overlap "
        "nothing "
        "else. Elements\n * of f16 and bf16 are their bits. */\n\n";
  os << "#ifndef " << upper << "_H\n#define " << upper << "_H\n\n"
     << "#include \"llamir_runtime.h\"\n#include <stdint.h>\n\n"
     << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
  if (targets.size() == 1)
    writeTarget(targets.front(), upper, os);
  else
    writeChosenTarget(name, !targets.front().weights.file.empty(), upper, os);
  bool isOnDevice = llvm::any_of(
      targets, [](const CodeForTarget &of) { return of.target->isDevice(); });
  for (const HostSignature &function : signature.functions)
    writeFunction(function, isOnDevice, os);
  os << "#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
  return text;
}
