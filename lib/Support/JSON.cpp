//===- JSON.cpp - JSON that others wrote ----------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Support/JSON.h"
#include "llamir/Support/InputFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace llamir;

/// A key as the parser will see it, so that equal keys that are spelled with
/// different escapes are found equal. `quoted` has its quotes.
static std::string unescape(llvm::StringRef quoted) {
  if (quoted.contains('\\')) {
    llvm::Expected<llvm::json::Value> value = llvm::json::parse(quoted);
    if (value && value->getAsString())
      return value->getAsString()->str();
    if (!value)
      llvm::consumeError(value.takeError()); // The parser will tell.
  }
  return quoted.drop_front().drop_back().str();
}

/// One look over the text for what the parser does not check. What is not JSON
/// passes: the parser has the better message.
static llvm::Error scan(llvm::StringRef text, unsigned depth) {
  std::vector<llvm::StringSet<>> keys; // Of each open object or array.
  for (size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
    case '{':
    case '[':
      if (keys.size() == depth)
        return llvm::createStringError("nested deeper than " +
                                       llvm::Twine(depth) + " at byte " +
                                       llvm::Twine(i));
      keys.emplace_back();
      break;
    case '}':
    case ']':
      if (!keys.empty())
        keys.pop_back();
      break;
    case '"': {
      size_t begin = i;
      for (++i; i < text.size() && text[i] != '"'; ++i)
        if (text[i] == '\\')
          ++i;
      // Only a key has a colon behind it.
      if (i >= text.size() || keys.empty() ||
          !text.substr(i + 1).ltrim(" \t\r\n").starts_with(":"))
        break;
      std::string key = unescape(text.slice(begin, i + 1));
      if (!keys.back().insert(key).second)
        return llvm::createStringError("the key '" + key +
                                       "' is there twice, again at byte " +
                                       llvm::Twine(begin));
      break;
    }
    default:
      break;
    }
  }
  return llvm::Error::success();
}

llvm::Expected<llvm::json::Value> llamir::parseJSON(llvm::StringRef text,
                                                    unsigned depth) {
  if (llvm::Error error = scan(text, depth))
    return error;
  return llvm::json::parse(text);
}

llvm::Expected<llvm::json::Value> llamir::readJSON(llvm::StringRef path,
                                                   unsigned depth) {
  auto file = readInputFile(path);
  if (!file)
    return file.takeError();
  llvm::Expected<llvm::json::Value> value =
      parseJSON((*file)->getBuffer(), depth);
  if (!value)
    return llvm::createStringError(path + ": " +
                                   llvm::toString(value.takeError()));
  return value;
}

std::string llamir::formatForMessage(const llvm::json::Value &value) {
  constexpr size_t longest = 120;
  std::string text;
  llvm::raw_string_ostream(text) << value;
  if (text.size() > longest)
    text = text.substr(0, longest) + "…";
  return text;
}
