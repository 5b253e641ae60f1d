//===- SafetensorsWriter.cpp - Writing safetensors files ------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Support/Safetensors.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"

using namespace llamir;

llvm::Expected<SafetensorsWriter> SafetensorsWriter::create(
    OutputFile &file, llvm::ArrayRef<Entry> entries,
    llvm::ArrayRef<std::pair<std::string, std::string>> metadata,
    uint64_t alignment) {
  static constexpr llvm::StringLiteral names[] = {"F64", "F32", "F16", "BF16",
                                                  "I64", "I32", "U8"};
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::json::OStream json(stream);
  int64_t offset = 0;
  bool fits = true;
  json.object([&] {
    if (!metadata.empty())
      json.attributeObject("__metadata__", [&] {
        for (const auto &[key, value] : metadata)
          json.attribute(key, value);
      });
    for (const Entry &entry : entries)
      json.attributeObject(entry.name, [&] {
        std::optional<int64_t> bytes = getByteSize(entry.type, entry.shape);
        int64_t begin = offset;
        fits = fits && bytes && !llvm::AddOverflow(offset, *bytes, offset);
        json.attribute("dtype", names[int(entry.type)]);
        json.attributeArray("shape", [&] {
          for (int64_t size : entry.shape)
            json.value(size);
        });
        json.attributeArray("data_offsets", [&] {
          json.value(begin);
          json.value(offset);
        });
      });
  });
  if (!fits)
    return llvm::createStringError(file.getPath() +
                                   ": the tensors are too large for a file");
  text.append(llvm::alignTo(8 + text.size(), alignment) - 8 - text.size(), ' ');

  if (llvm::Error error = file.resize(8 + text.size() + offset))
    return error;
  char length[8];
  llvm::support::endian::write64le(length, text.size());
  if (llvm::Error error = file.append({length, sizeof(length)}))
    return error;
  if (llvm::Error error = file.append(text))
    return error;
  return SafetensorsWriter(file, 8 + text.size());
}
