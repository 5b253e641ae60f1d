//===- Npy.cpp - NumPy's array files -------------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Support/Npy.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileOutputBuffer.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llamir;

static llvm::Error error(llvm::StringRef path, const llvm::Twine &message) {
  return llvm::createStringError(path + ": " + message);
}

/// The text of a key's value in the header's dictionary: up to the end of what
/// its first character opens, or the next comma.
static std::optional<llvm::StringRef> lookup(llvm::StringRef header, llvm::StringRef key) {
  size_t at = header.find(("'" + key + "':").str());
  if (at == llvm::StringRef::npos)
    return std::nullopt;
  llvm::StringRef rest = header.substr(at + key.size() + 3).ltrim();
  if (rest.starts_with("(")) {
    size_t end = rest.find(')');
    return end == llvm::StringRef::npos ? std::nullopt
                                        : std::optional(rest.slice(1, end));
  }
  if (rest.starts_with("'")) {
    size_t end = rest.find('\'', 1);
    return end == llvm::StringRef::npos ? std::nullopt
                                        : std::optional(rest.slice(1, end));
  }
  return rest.take_until([](char c) { return c == ',' || c == '}'; }).trim();
}

llvm::Expected<Array> llamir::readNpy(llvm::StringRef path) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    return error(path, file.getError().message());
  llvm::StringRef bytes = (*file)->getBuffer();
  if (bytes.size() < 10 || !bytes.starts_with("\x93NUMPY"))
    return error(path, "not a .npy file");
  uint8_t major = bytes[6];
  size_t lengthBytes = major == 1 ? 2 : 4;
  if (major < 1 || major > 3 || bytes.size() < 8 + lengthBytes)
    return error(path, ".npy version " + llvm::Twine(int(major)) + " is not known");
  size_t length = major == 1 ? llvm::support::endian::read16le(bytes.data() + 8)
                             : llvm::support::endian::read32le(bytes.data() + 8);
  size_t start = 8 + lengthBytes + length;
  if (start > bytes.size())
    return error(path, "the header is longer than the file");
  llvm::StringRef header = bytes.slice(8 + lengthBytes, start);

  std::optional<llvm::StringRef> descr = lookup(header, "descr"),
                                 order = lookup(header, "fortran_order"),
                                 shapeText = lookup(header, "shape");
  if (!descr || !order || !shapeText)
    return error(path, "the header lacks descr, fortran_order or shape");
  auto type = llvm::StringSwitch<std::optional<ElementType>>(*descr)
                  .Case("<f8", ElementType::F64)
                  .Case("<f4", ElementType::F32)
                  .Case("<f2", ElementType::F16)
                  .Case("<i8", ElementType::I64)
                  .Case("<i4", ElementType::I32)
                  .Case("|u1", ElementType::U8)
                  .Default(std::nullopt);
  if (!type)
    return error(path, "elements of type '" + *descr + "' are not supported");
  if (*order != "False")
    return error(path, "Fortran order is not supported");
  llvm::SmallVector<llvm::StringRef> sizes;
  shapeText->split(sizes, ',', -1, /*KeepEmpty=*/false);
  llvm::SmallVector<int64_t> shape;
  for (llvm::StringRef size : sizes) {
    size = size.trim();
    if (size.empty())
      continue;
    int64_t value;
    if (size.getAsInteger(10, value) || value < 0)
      return error(path, "'" + size + "' is not a size");
    shape.push_back(value);
  }
  std::optional<int64_t> expected = getByteSize(*type, shape);
  if (!expected || *expected != int64_t(bytes.size() - start))
    return error(path, "the file has " + llvm::Twine(bytes.size() - start) +
                           " bytes of elements, its shape (" + *shapeText +
                           ") says otherwise");
  llvm::Expected<Array> array = Array::create(*type, shape);
  if (array)
    std::memcpy(array->getData<char>(), bytes.data() + start, *expected);
  return array;
}

llvm::Error llamir::writeNpy(llvm::StringRef path, const Array &array) {
  static constexpr llvm::StringLiteral names[] = {"<f8", "<f4", "<f2", "<f4",
                                                  "<i8", "<i4", "|u1"};
  bool widen = array.getType() == ElementType::BF16;
  std::string shape;
  for (int64_t size : array.getShape())
    shape += std::to_string(size) + ",";
  std::string header =
      llvm::formatv("{{'descr': '{0}', 'fortran_order': False, 'shape': ({1}), }",
                    names[int(array.getType())], shape);
  // The elements start at a multiple of 64.
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  size_t elements = array.getBytes().size() * (widen ? 2 : 1);
  auto buffer = llvm::FileOutputBuffer::create(path, 10 + header.size() + elements);
  if (!buffer)
    return error(path, llvm::toString(buffer.takeError()));
  uint8_t *to = (*buffer)->getBufferStart();
  std::memcpy(to, "\x93NUMPY\x01\x00", 8);
  llvm::support::endian::write16le(to + 8, header.size());
  std::memcpy(to + 10, header.data(), header.size());
  to += 10 + header.size();
  if (widen)
    convertToF32(array.getType(), array.getData<char>(),
                 reinterpret_cast<float *>(to), array.getNumElements());
  else
    std::memcpy(to, array.getData<char>(), elements);
  if (llvm::Error failed = (*buffer)->commit())
    return error(path, llvm::toString(std::move(failed)));
  return llvm::Error::success();
}
