//===- Checkpoint.cpp - The tensors of a model folder ---------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Support/Checkpoint.h"
#include "llamir/Support/JSON.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <map>

using namespace llamir;

static std::string join(llvm::StringRef folder, llvm::StringRef name) {
  llvm::SmallString<256> path(folder);
  llvm::sys::path::append(path, name);
  return path.str().str();
}

/// Whether a folder has that name, even if it is a link to nothing: that is
/// told rather than passed over.
static bool hasEntry(const std::string &path) {
  llvm::sys::fs::file_status status;
  return !llvm::sys::fs::status(path, status, /*follow=*/false);
}

const Checkpoint::Entry *Checkpoint::find(llvm::StringRef name) const {
  auto found = entries.find(name);
  return found == entries.end() ? nullptr : &found->second;
}

llvm::Error Checkpoint::add(llvm::StringRef folder, llvm::StringRef fileName) {
  auto file = SafetensorsFile::open(join(folder, fileName));
  if (!file)
    return file.takeError();
  for (const auto &tensor : (*file)->getTensors()) {
    Entry entry{fileName.str(), file->get(), &tensor.getValue()};
    auto [other, fresh] = entries.try_emplace(tensor.getKey(), entry);
    if (!fresh)
      return llvm::createStringError((*file)->getPath() + ": tensor '" +
                                     tensor.getKey() + "' is in " +
                                     other->second.fileName + " too");
  }
  files.push_back(std::move(*file));
  return llvm::Error::success();
}

llvm::Expected<Checkpoint> Checkpoint::open(llvm::StringRef folder) {
  Checkpoint checkpoint;
  if (hasEntry(join(folder, "model.safetensors"))) {
    if (llvm::Error failed = checkpoint.add(folder, "model.safetensors"))
      return failed;
    return checkpoint;
  }
  std::string indexPath = join(folder, "model.safetensors.index.json");
  if (!hasEntry(indexPath))
    return llvm::createStringError(folder +
                                   ": there is neither model.safetensors nor "
                                   "model.safetensors.index.json");
  llvm::Expected<llvm::json::Value> json = readJSON(indexPath, 8);
  if (!json)
    return json.takeError();
  const llvm::json::Object *map =
      json->getAsObject() ? json->getAsObject()->getObject("weight_map")
                          : nullptr;
  if (!map)
    return llvm::createStringError(indexPath +
                                   ": there is no object weight_map");
  // Sorted, so that of several mistakes the same one is told each time.
  std::map<std::string, std::string> shardOf;
  for (const auto &[name, value] : *map) {
    std::optional<llvm::StringRef> shard = value.getAsString();
    if (!shard || shard->empty() || shard->contains('/') ||
        shard->contains('\0') || *shard == "." || *shard == "..")
      return llvm::createStringError(indexPath + ": tensor '" + name.str() +
                                     "' is in " + formatForMessage(value) +
                                     ", which is not a file of the folder");
    shardOf[name.str()] = shard->str();
  }
  std::map<std::string, bool> shards;
  for (const auto &[name, shard] : shardOf)
    shards[shard] = true;
  for (const auto &shard : shards)
    if (llvm::Error failed = checkpoint.add(folder, shard.first))
      return failed;
  for (const auto &[name, shard] : shardOf) {
    const Entry *entry = checkpoint.find(name);
    if (!entry || entry->fileName != shard)
      return llvm::createStringError(indexPath + ": tensor '" + name +
                                     "' is not in " + shard);
  }
  return checkpoint;
}
