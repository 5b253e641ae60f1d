//===- Families.cpp - Descriptions of model families ----------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "llvm/Support/ErrorHandling.h"
#include <map>

using namespace llamir;

/// The names of the files, and their texts.
static constexpr std::pair<const char *, const char *> descriptions[] = {
#include "lib/Import/Families.inc"
};

/// Puts the entries of `changes` over those of `object`; null takes one out.
static void merge(llvm::json::Object &object,
                  const llvm::json::Object &changes) {
  for (const auto &[key, value] : changes) {
    const llvm::json::Object *inner = value.getAsObject();
    llvm::json::Object *old = object.getObject(key);
    if (value.kind() == llvm::json::Value::Null)
      object.erase(key);
    else if (inner && old)
      merge(*old, *inner);
    else
      object[key] = value;
  }
}

namespace {
struct Families {
  std::map<std::string, llvm::json::Object> byType;
  std::vector<std::string> types;

  Families() {
    std::map<std::string, llvm::json::Object> written;
    for (auto [name, text] : descriptions) {
      llvm::Expected<llvm::json::Value> value = llvm::json::parse(text);
      // They are part of this program: the unit tests read all of them.
      if (!value)
        llvm::report_fatal_error(value.takeError());
      llvm::json::Object &object = *value->getAsObject();
      std::string type = object.getString("model_type")->str();
      types.push_back(type);
      written[type] = std::move(object);
    }
    llvm::sort(types);
    for (const std::string &type : types)
      byType[type] = join(written, type);
  }

private:
  static llvm::json::Object
  join(const std::map<std::string, llvm::json::Object> &written,
       llvm::StringRef type) {
    const llvm::json::Object &own = written.at(type.str());
    std::optional<llvm::StringRef> like = own.getString("like");
    if (!like)
      return own;
    llvm::json::Object joined = join(written, *like);
    // A model is called as its own family is, not as the other.
    joined.erase("architectures");
    merge(joined, own);
    return joined;
  }
};
} // namespace

static const Families &getFamilies() {
  static const Families families;
  return families;
}

const llvm::json::Object *llamir::findFamily(llvm::StringRef modelType) {
  const auto &byType = getFamilies().byType;
  auto found = byType.find(modelType.str());
  return found == byType.end() ? nullptr : &found->second;
}

llvm::ArrayRef<std::string> llamir::getFamilyTypes() {
  return getFamilies().types;
}
