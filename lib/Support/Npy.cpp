//===- Npy.cpp - NumPy's array files --------------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Support/Npy.h"
#include "llamir/Support/InputFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llamir;

static llvm::Error error(llvm::StringRef path, const llvm::Twine &message) {
  return llvm::createStringError(path + ": " + message);
}

namespace {
/// Reads the header: a dictionary as Python writes it, with the three keys of
/// the format, each once.
class HeaderReader {
public:
  HeaderReader(llvm::StringRef text) : text(text), rest(text) {}

  std::optional<llvm::StringRef> descr;
  std::optional<bool> fortranOrder;
  std::optional<llvm::SmallVector<int64_t>> shape;

  llvm::Error read() {
    if (!eat("{"))
      return fail("'{'");
    while (!eat("}")) {
      std::optional<llvm::StringRef> key = readString();
      if (!key || !eat(":"))
        return fail("a key");
      if (*key == "descr" && !descr) {
        // A structured type is a list; it and object types are told apart from
        // nonsense by the caller's message.
        descr = readString();
        if (!descr)
          return llvm::createStringError("elements of type " +
                                         rest.ltrim().take_front(40) +
                                         " are not supported");
      } else if (*key == "fortran_order" && !fortranOrder) {
        if (eat("True"))
          fortranOrder = true;
        else if (eat("False"))
          fortranOrder = false;
        else
          return fail("True or False");
      } else if (*key == "shape" && !shape) {
        if (llvm::Error error = readShape())
          return error;
      } else {
        return llvm::createStringError("the key '" + *key +
                                       "' is unknown or there twice");
      }
      if (!eat(",") && !rest.ltrim().starts_with("}"))
        return fail("',' or '}'");
    }
    if (!rest.trim().empty())
      return fail("the end");
    if (!descr || !fortranOrder || !shape)
      return llvm::createStringError("it lacks descr, fortran_order or shape");
    return llvm::Error::success();
  }

private:
  llvm::Error fail(llvm::StringRef expected) {
    return llvm::createStringError(
        "expected " + expected + " at byte " +
        llvm::Twine(text.size() - rest.ltrim().size()));
  }
  bool eat(llvm::StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }
  std::optional<llvm::StringRef> readString() {
    rest = rest.ltrim();
    if (!rest.starts_with("'") && !rest.starts_with("\""))
      return std::nullopt;
    size_t end = rest.find(rest.front(), 1);
    if (end == llvm::StringRef::npos)
      return std::nullopt;
    llvm::StringRef string = rest.slice(1, end);
    rest = rest.drop_front(end + 1);
    return string;
  }
  llvm::Error readShape() {
    if (!eat("("))
      return fail("a shape");
    shape.emplace();
    while (!eat(")")) {
      int64_t size;
      rest = rest.ltrim();
      if (rest.consumeInteger(10, size) || size < 0)
        return fail("a size");
      shape->push_back(size);
      if (!eat(",") && !rest.ltrim().starts_with(")"))
        return fail("',' or ')'");
    }
    return llvm::Error::success();
  }

  llvm::StringRef text, rest;
};
} // namespace

llvm::Expected<Array> llamir::readNpy(llvm::StringRef path) {
  auto file = readInputFile(path);
  if (!file)
    return file.takeError();
  llvm::StringRef bytes = (*file)->getBuffer();
  if (bytes.size() < 12 || !bytes.starts_with("\x93NUMPY"))
    return error(path, "not a .npy file");
  uint8_t major = bytes[6];
  if (major < 1 || major > 3)
    return error(path,
                 ".npy version " + llvm::Twine(int(major)) + " is not known");
  size_t lengthBytes = major == 1 ? 2 : 4;
  size_t length = major == 1
                      ? llvm::support::endian::read16le(bytes.data() + 8)
                      : llvm::support::endian::read32le(bytes.data() + 8);
  size_t start = 8 + lengthBytes + length;
  if (start > bytes.size())
    return error(path, "the header says it has " + llvm::Twine(length) +
                           " bytes, it is longer than the file");

  HeaderReader header(bytes.slice(8 + lengthBytes, start));
  if (llvm::Error failed = header.read())
    return error(path, "header: " + llvm::toString(std::move(failed)));
  auto type = llvm::StringSwitch<std::optional<ElementType>>(*header.descr)
                  .Case("<f8", ElementType::F64)
                  .Case("<f4", ElementType::F32)
                  .Case("<f2", ElementType::F16)
                  .Case("<i8", ElementType::I64)
                  .Case("<i4", ElementType::I32)
                  .Cases({"|u1", "|b1"}, ElementType::U8)
                  .Default(std::nullopt);
  if (!type)
    return error(path,
                 "elements of type '" + *header.descr + "' are not supported");
  if (*header.fortranOrder && header.shape->size() > 1)
    return error(path, "Fortran order is not supported; save it in C order");
  std::optional<int64_t> expected = getByteSize(*type, *header.shape);
  if (!expected || *expected != int64_t(bytes.size() - start))
    return error(path, "the file has " + llvm::Twine(bytes.size() - start) +
                           " bytes of elements, its shape " +
                           formatShape(*header.shape) + " says otherwise");
  llvm::Expected<Array> array = Array::create(*type, *header.shape);
  if (!array)
    return error(path, llvm::toString(array.takeError()));
  std::memcpy(array->getData<char>(), bytes.data() + start, *expected);
  return array;
}

llvm::Error llamir::writeNpy(OutputFile &file, const Array &array) {
  static constexpr llvm::StringLiteral names[] = {"<f8", "<f4", "<f2", "<f4",
                                                  "<i8", "<i4", "|u1"};
  std::string shape;
  for (int64_t size : array.getShape())
    shape += std::to_string(size) + ",";
  std::string dictionary = llvm::formatv(
      "{{'descr': '{0}', 'fortran_order': False, 'shape': ({1}), }",
      names[int(array.getType())], shape);
  // The elements start at a multiple of 64.
  dictionary.append(63 - (10 + dictionary.size()) % 64, ' ');
  dictionary += '\n';
  if (dictionary.size() > UINT16_MAX)
    return error(file.getPath(), "the array has too many dimensions");
  std::string header("\x93NUMPY\x01\x00", 8);
  header += char(dictionary.size() & 255);
  header += char(dictionary.size() >> 8);
  header += dictionary;

  if (llvm::Error failed = file.append(header))
    return failed;
  llvm::ArrayRef<char> bytes = array.getBytes();
  if (array.getType() != ElementType::BF16)
    return file.append({bytes.data(), bytes.size()});
  std::vector<float> wide(std::min<int64_t>(array.getNumElements(), 1 << 16));
  for (int64_t i = 0, count; i < array.getNumElements(); i += count) {
    count = std::min<int64_t>(array.getNumElements() - i, wide.size());
    convertToF32(ElementType::BF16, bytes.data() + 2 * i, wide.data(), count);
    if (llvm::Error failed =
            file.append({reinterpret_cast<const char *>(wide.data()),
                         count * sizeof(float)}))
      return failed;
  }
  return llvm::Error::success();
}

llvm::Error llamir::writeNpy(llvm::StringRef path, const Array &array) {
  llvm::Expected<OutputFile> file = OutputFile::create(path);
  if (!file)
    return file.takeError();
  if (llvm::Error failed = writeNpy(*file, array))
    return failed;
  return file->commit();
}
