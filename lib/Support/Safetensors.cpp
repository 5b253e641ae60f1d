//===- Safetensors.cpp - Tensors in safetensors files --------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Support/Safetensors.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <sys/mman.h>

using namespace llamir;

static llvm::Error error(const llvm::Twine &place, const llvm::Twine &message) {
  return llvm::createStringError(place + ": " + message);
}

llvm::Error llamir::checkJSONDepth(llvm::StringRef text, unsigned limit) {
  unsigned depth = 0;
  bool string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        string = false;
    } else if (c == '"') {
      string = true;
    } else if ((c == '{' || c == '[') && ++depth > limit) {
      return llvm::createStringError("nested deeper than " + llvm::Twine(limit));
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<SafetensorsFile>>
SafetensorsFile::open(llvm::StringRef path) {
  llvm::Expected<llvm::sys::fs::file_t> handle =
      llvm::sys::fs::openNativeFileForRead(path);
  if (!handle)
    return error(path, llvm::toString(handle.takeError()));
  llvm::sys::fs::file_status status;
  std::error_code code = llvm::sys::fs::status(*handle, status);
  auto file = std::make_unique<SafetensorsFile>();
  if (!code && status.type() != llvm::sys::fs::file_type::regular_file)
    code = std::make_error_code(std::errc::invalid_argument);
  if (!code && status.getSize() < 8) {
    llvm::sys::fs::closeFile(*handle);
    return error(path, "too short for a safetensors file");
  }
  if (!code)
    file->region = llvm::sys::fs::mapped_file_region(
        *handle, llvm::sys::fs::mapped_file_region::readonly, status.getSize(), 0, code);
  llvm::sys::fs::closeFile(*handle);
  if (code)
    return error(path, code.message());
  if (llvm::Error failed = file->readHeader(path))
    return failed;
  return file;
}

llvm::Error SafetensorsFile::readHeader(llvm::StringRef path) {
  llvm::StringRef bytes(region.const_data(), region.size());
  uint64_t length = llvm::support::endian::read64le(bytes.data());
  if (length > bytes.size() - 8 || length > 100000000)
    return error(path, "the header says it has " + llvm::Twine(length) +
                           " bytes, the file has " + llvm::Twine(bytes.size()));
  llvm::StringRef text = bytes.substr(8, length), data = bytes.substr(8 + length);
  if (llvm::Error deep = checkJSONDepth(text, 8))
    return error(path, "header: " + llvm::toString(std::move(deep)));
  llvm::Expected<llvm::json::Value> json = llvm::json::parse(text);
  if (!json)
    return error(path, "header: " + llvm::toString(json.takeError()));
  const llvm::json::Object *header = json->getAsObject();
  if (!header)
    return error(path, "header: not an object");

  std::vector<std::pair<uint64_t, uint64_t>> ranges;
  for (const auto &[key, value] : *header) {
    llvm::StringRef name = key;
    if (name == "__metadata__")
      continue;
    std::string place = (path + ": tensor '" + name + "'").str();
    // The parser keeps one of two equal keys; a second one is told by its text.
    size_t first = text.find(("\"" + name + "\"").str());
    if (first != llvm::StringRef::npos &&
        text.find(("\"" + name + "\":{").str(), first + 1) != llvm::StringRef::npos)
      return error(place, "is there twice");
    const llvm::json::Object *entry = value.getAsObject();
    const llvm::json::Array *shape = entry ? entry->getArray("shape") : nullptr;
    const llvm::json::Array *offsets = entry ? entry->getArray("data_offsets") : nullptr;
    std::optional<llvm::StringRef> dtype =
        entry ? entry->getString("dtype") : std::nullopt;
    if (!shape || !offsets || !dtype || offsets->size() != 2)
      return error(place, "needs dtype, shape and data_offsets");
    auto type = llvm::StringSwitch<std::optional<ElementType>>(*dtype)
                    .Case("F64", ElementType::F64)
                    .Case("F32", ElementType::F32)
                    .Case("F16", ElementType::F16)
                    .Case("BF16", ElementType::BF16)
                    .Case("I64", ElementType::I64)
                    .Case("I32", ElementType::I32)
                    .Case("U8", ElementType::U8)
                    .Default(std::nullopt);
    if (!type)
      return error(place, "elements of type '" + *dtype + "' are not supported");
    Tensor tensor{*type, {}, {}};
    for (const llvm::json::Value &size : *shape) {
      std::optional<int64_t> number = size.getAsInteger();
      if (!number || *number < 0)
        return error(place, "a size is not a number");
      tensor.shape.push_back(*number);
    }
    std::optional<uint64_t> begin = (*offsets)[0].getAsUINT64(),
                            end = (*offsets)[1].getAsUINT64();
    if (!begin || !end || *begin > *end || *end > data.size())
      return error(place, "its bytes do not lie in the file");
    std::optional<int64_t> size = getByteSize(*type, tensor.shape);
    if (!size || uint64_t(*size) != *end - *begin)
      return error(place, "its shape does not have " + llvm::Twine(*end - *begin) +
                              " bytes");
    tensor.bytes = {data.data() + *begin, size_t(*size)};
    ranges.push_back({*begin, *end});
    tensors[name] = tensor;
  }
  llvm::sort(ranges);
  uint64_t last = 0;
  for (auto [begin, end] : ranges) {
    if (begin != last)
      return error(path, (begin < last ? "tensors overlap at byte "
                                       : "no tensor has the bytes from ") +
                             llvm::Twine(begin < last ? begin : last));
    last = end;
  }
  if (last != data.size())
    return error(path, "the file has " + llvm::Twine(data.size() - last) +
                           " bytes behind the last tensor");
  return llvm::Error::success();
}

const SafetensorsFile::Tensor *SafetensorsFile::find(llvm::StringRef name) const {
  auto found = tensors.find(name);
  return found == tensors.end() ? nullptr : &found->second;
}

void SafetensorsFile::drop(const Tensor &tensor) const {
  uintptr_t page = 4096, begin = uintptr_t(tensor.bytes.begin()),
            end = uintptr_t(tensor.bytes.end());
  begin = llvm::alignTo(begin, page);
  end = llvm::alignDown(end, page);
  if (begin < end)
    madvise(reinterpret_cast<void *>(begin), end - begin, MADV_DONTNEED);
}

llvm::Expected<Checkpoint> Checkpoint::open(llvm::StringRef folder) {
  Checkpoint checkpoint;
  auto pathOf = [&](llvm::StringRef name) {
    llvm::SmallString<256> path(folder);
    llvm::sys::path::append(path, name);
    return path.str().str();
  };
  auto add = [&](llvm::StringRef name) -> llvm::Error {
    auto file = SafetensorsFile::open(pathOf(name));
    if (!file)
      return file.takeError();
    for (const auto &tensor : (*file)->getTensors())
      if (!checkpoint.entries
               .try_emplace(tensor.getKey(), Entry{name.str(), &tensor.getValue()})
               .second)
        return error(pathOf(name), "tensor '" + tensor.getKey() +
                                       "' is in another file too");
    checkpoint.files.push_back(std::move(*file));
    return llvm::Error::success();
  };
  if (llvm::sys::fs::exists(pathOf("model.safetensors"))) {
    if (llvm::Error failed = add("model.safetensors"))
      return failed;
    return checkpoint;
  }
  std::string indexPath = pathOf("model.safetensors.index.json");
  auto text = llvm::MemoryBuffer::getFile(indexPath);
  if (!text)
    return error(folder, "there is neither model.safetensors nor "
                         "model.safetensors.index.json");
  if (llvm::Error deep = checkJSONDepth((*text)->getBuffer(), 8))
    return error(indexPath, llvm::toString(std::move(deep)));
  llvm::Expected<llvm::json::Value> json = llvm::json::parse((*text)->getBuffer());
  if (!json)
    return error(indexPath, llvm::toString(json.takeError()));
  const llvm::json::Object *map =
      json->getAsObject() ? json->getAsObject()->getObject("weight_map") : nullptr;
  if (!map)
    return error(indexPath, "there is no weight_map");
  llvm::StringSet<> shards;
  for (const auto &[name, value] : *map) {
    std::optional<llvm::StringRef> shard = value.getAsString();
    if (!shard || shard->empty() || shard->contains('/') || *shard == "..")
      return error(indexPath, "tensor '" + llvm::StringRef(name) +
                                  "' is not in a file of the folder");
    if (shards.insert(*shard).second)
      if (llvm::Error failed = add(*shard))
        return failed;
  }
  for (const auto &[name, value] : *map) {
    auto found = checkpoint.entries.find(llvm::StringRef(name));
    if (found == checkpoint.entries.end() || found->second.file != *value.getAsString())
      return error(indexPath, "tensor '" + llvm::StringRef(name) + "' is not in " +
                                  *value.getAsString());
  }
  return checkpoint;
}
