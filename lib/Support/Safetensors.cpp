//===- Safetensors.cpp - Tensors in safetensors files ---------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Support/Safetensors.h"
#include "llamir/Support/InputFile.h"
#include "llamir/Support/JSON.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include <cerrno>
#include <unistd.h>

using namespace llamir;

/// The longest header that the format allows.
static constexpr uint64_t maxHeaderBytes = 100000000;

static llvm::Error error(const llvm::Twine &place, const llvm::Twine &message) {
  return llvm::createStringError(place + ": " + message);
}

SafetensorsFile::~SafetensorsFile() {
  if (descriptor >= 0)
    ::close(descriptor);
}

llvm::Expected<std::unique_ptr<SafetensorsFile>>
SafetensorsFile::open(llvm::StringRef path) {
  std::unique_ptr<SafetensorsFile> file(new SafetensorsFile());
  file->path = path.str();
  if (llvm::Error failed = checkRegularFile(path))
    return failed;
  if (std::error_code code =
          llvm::sys::fs::openFileForRead(path, file->descriptor))
    return error(path, code.message());
  llvm::sys::fs::file_status status;
  if (std::error_code code = llvm::sys::fs::status(file->descriptor, status))
    return error(path, code.message());
  if (llvm::Error failed = file->readHeader(status.getSize()))
    return failed;
  return file;
}

namespace {
/// An element type of the format.
struct FormatType {
  llvm::StringLiteral name;
  int bits;
  std::optional<ElementType> type = std::nullopt;
};
} // namespace

static constexpr FormatType formatTypes[] = {
    {"F64", 64, ElementType::F64},
    {"F32", 32, ElementType::F32},
    {"F16", 16, ElementType::F16},
    {"BF16", 16, ElementType::BF16},
    {"I64", 64, ElementType::I64},
    {"I32", 32, ElementType::I32},
    {"U8", 8, ElementType::U8},
    {"BOOL", 8, ElementType::U8},
    {"I8", 8},
    {"I16", 16},
    {"U16", 16},
    {"U32", 32},
    {"U64", 64},
    {"C64", 64},
    {"F8_E4M3", 8},
    {"F8_E5M2", 8},
    {"F8_E4M3FNUZ", 8},
    {"F8_E5M2FNUZ", 8},
    {"F8_E8M0", 8},
    {"F6_E2M3", 6},
    {"F6_E3M2", 6},
    {"F4", 4},
};

/// Bytes of a tensor; nothing when that does not fit in 63 bits or is no whole
/// number.
static std::optional<int64_t> getTensorBytes(const FormatType &type,
                                             llvm::ArrayRef<int64_t> shape) {
  std::optional<int64_t> elements = getByteSize(ElementType::U8, shape);
  int64_t bits;
  if (!elements || llvm::MulOverflow<int64_t>(*elements, type.bits, bits) ||
      bits % 8 != 0)
    return std::nullopt;
  return bits / 8;
}

/// Reads what the header says about a tensor, whose bytes are somewhere in
/// those that begin at `dataStart`.
static llvm::Expected<SafetensorsFile::Tensor>
parseTensor(const llvm::json::Value &value, uint64_t dataStart,
            uint64_t dataBytes) {
  const llvm::json::Object *entry = value.getAsObject();
  const llvm::json::Array *shape = entry ? entry->getArray("shape") : nullptr;
  const llvm::json::Array *offsets =
      entry ? entry->getArray("data_offsets") : nullptr;
  std::optional<llvm::StringRef> dtype =
      entry ? entry->getString("dtype") : std::nullopt;
  if (!shape || !offsets || !dtype || offsets->size() != 2)
    return llvm::createStringError("needs dtype, shape and data_offsets");
  if (entry->size() != 3)
    return llvm::createStringError(
        "has more than dtype, shape and data_offsets: " +
        formatForMessage(value));
  const FormatType *type = llvm::find_if(
      formatTypes, [&](const FormatType &type) { return type.name == *dtype; });
  if (type == std::end(formatTypes))
    return llvm::createStringError("the format has no elements of type '" +
                                   *dtype + "'");
  SafetensorsFile::Tensor tensor{type->name, type->type, {}, 0, 0};
  for (const llvm::json::Value &size : *shape) {
    std::optional<int64_t> number = size.getAsInteger();
    if (!number || *number < 0)
      return llvm::createStringError("the size " + formatForMessage(size) +
                                     " is not a number");
    tensor.shape.push_back(*number);
  }
  std::optional<uint64_t> begin = (*offsets)[0].getAsUINT64(),
                          end = (*offsets)[1].getAsUINT64();
  if (!begin || !end || *begin > *end || *end > dataBytes)
    return llvm::createStringError(
        "its bytes do not lie in the file: data_offsets is " +
        formatForMessage(*entry->get("data_offsets")) + ", the data have " +
        llvm::Twine(dataBytes) + " bytes");
  std::optional<int64_t> size = getTensorBytes(*type, tensor.shape);
  if (!size || uint64_t(*size) != *end - *begin)
    return llvm::createStringError("its shape " + formatShape(tensor.shape) +
                                   " of " + type->name + " does not have " +
                                   llvm::Twine(*end - *begin) + " bytes");
  tensor.offset = dataStart + *begin;
  tensor.bytes = *end - *begin;
  return tensor;
}

llvm::Error SafetensorsFile::readHeader(uint64_t fileBytes) {
  std::string start(std::min<uint64_t>(fileBytes, 64), '\0');
  if (llvm::Error failed = readAt(0, {start.data(), start.size()}))
    return failed;
  if (llvm::Error pointer = checkNoPointer(path, start))
    return pointer;
  if (fileBytes < 8)
    return error(path, "too short for a safetensors file");
  uint64_t length = llvm::support::endian::read64le(start.data());
  if (length > fileBytes - 8)
    return error(path, "the header says it has " + llvm::Twine(length) +
                           " bytes, the file has " + llvm::Twine(fileBytes));
  if (length > maxHeaderBytes)
    return error(path, "the header says it has " + llvm::Twine(length) +
                           " bytes, the format allows " +
                           llvm::Twine(maxHeaderBytes));
  std::string text(length, '\0');
  if (llvm::Error failed = readAt(8, {text.data(), text.size()}))
    return failed;
  uint64_t dataStart = 8 + length;
  llvm::Expected<llvm::json::Value> json = parseJSON(text, 8);
  if (!json)
    return error(path, "header: " + llvm::toString(json.takeError()));
  const llvm::json::Object *header = json->getAsObject();
  if (!header)
    return error(path, "header: not an object");

  std::vector<std::pair<llvm::StringRef, const Tensor *>> sorted;
  for (const auto &[key, value] : *header) {
    llvm::StringRef name = key;
    if (name == "__metadata__") {
      const llvm::json::Object *texts = value.getAsObject();
      if (!texts)
        return error(path, "header: __metadata__ is not an object");
      for (const auto &[label, content] : *texts) {
        if (!content.getAsString())
          return error(path, "header: __metadata__ has '" + label.str() +
                                 "', which is not a text");
        metadata[label.str()] = content.getAsString()->str();
      }
      continue;
    }
    llvm::Expected<Tensor> tensor =
        parseTensor(value, dataStart, fileBytes - dataStart);
    if (!tensor)
      return error(path + ": tensor '" + name + "'",
                   llvm::toString(tensor.takeError()));
    auto entry = tensors.try_emplace(name, std::move(*tensor)).first;
    sorted.push_back({entry->getKey(), &entry->getValue()});
  }

  llvm::sort(sorted, [](const auto &left, const auto &right) {
    return std::make_tuple(left.second->offset, left.second->bytes,
                           left.first) < std::make_tuple(right.second->offset,
                                                         right.second->bytes,
                                                         right.first);
  });
  uint64_t last = dataStart;
  llvm::StringRef lastName;
  for (auto [name, tensor] : sorted) {
    if (tensor->offset < last)
      return error(path, "tensors '" + lastName + "' and '" + name +
                             "' overlap at byte " +
                             llvm::Twine(tensor->offset - dataStart) +
                             " of the data");
    if (tensor->offset > last)
      return error(path, "no tensor has the bytes from " +
                             llvm::Twine(last - dataStart) + " to " +
                             llvm::Twine(tensor->offset - dataStart) +
                             " of the data, before tensor '" + name + "'");
    last = tensor->offset + tensor->bytes;
    lastName = name;
  }
  if (last != fileBytes)
    return error(path, "the file has " + llvm::Twine(fileBytes - last) +
                           " bytes behind the last tensor");
  return llvm::Error::success();
}

const SafetensorsFile::Tensor *
SafetensorsFile::find(llvm::StringRef name) const {
  auto found = tensors.find(name);
  return found == tensors.end() ? nullptr : &found->second;
}

llvm::Error SafetensorsFile::read(const Tensor &tensor, uint64_t begin,
                                  llvm::MutableArrayRef<char> to) const {
  assert(begin + to.size() <= tensor.bytes && "outside of the tensor");
  return readAt(tensor.offset + begin, to);
}

llvm::Error SafetensorsFile::readAt(uint64_t offset,
                                    llvm::MutableArrayRef<char> to) const {
  while (!to.empty()) {
    ssize_t count = ::pread(descriptor, to.data(), to.size(), off_t(offset));
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return error(path,
                   std::error_code(errno, std::generic_category()).message());
    if (count == 0)
      return error(path, "became shorter than it was, it ends at byte " +
                             llvm::Twine(offset));
    to = to.drop_front(count);
    offset += count;
  }
  return llvm::Error::success();
}
