//===- IRText.cpp - IR that others wrote ----------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Support/IRText.h"
#include "llamir/Support/InputFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace llamir;

static constexpr uint64_t deepest = 500, longestWord = 1000,
                          mostWords = 1000000;

namespace {
/// Goes over the words of IR as MLIR's lexer finds them.
class Scanner {
public:
  explicit Scanner(llvm::StringRef text) : text(text) {}

  llvm::Error scan() {
    while (place < text.size())
      if (llvm::Error error = scanWord())
        return error;
    return llvm::Error::success();
  }

private:
  /// How deep a part nests, and how many words it is with its aliases resolved.
  struct Extent {
    uint64_t depth, words;
  };
  /// An open bracket. In round, square and angle brackets there may be
  /// expressions, such as a sum, each word of which can nest one deeper than
  /// the one before; a comma ends one, and depth goes back to where it started.
  struct Bracket {
    bool hasExpressions;
    uint64_t depth, start;
  };

  char peek(size_t ahead = 0) const {
    return place + ahead < text.size() ? text[place + ahead] : 0;
  }
  llvm::Error fail(const llvm::Twine &message) const {
    return llvm::createStringError(message + " at byte " + llvm::Twine(begin));
  }

  llvm::Error scanWord();
  llvm::Error scanName();
  llvm::Error scanAlias();
  llvm::Error openBracket();
  llvm::Error closeBracket();
  llvm::Error addWord(Extent extent = {0, 1});
  bool skipSpace();
  void skipString();
  /// Takes letters, digits and these other characters.
  llvm::StringRef take(llvm::StringRef others);

  llvm::StringRef text;
  size_t begin = 0, place = 0; // Of this word, and behind what was taken of it.
  bool open = false; // Whether the word before is one that cannot be the last.
  std::vector<Bracket> brackets = {{false, 0, 0}}; // The first stands for none.
  llvm::StringMap<Extent> aliases;
  Extent *defined = nullptr; // The alias whose definition this is.
};
} // namespace

bool Scanner::skipSpace() {
  size_t before = place;
  while (place < text.size()) {
    if (llvm::isSpace(peek()))
      ++place;
    else if (peek() == '/' && peek(1) == '/')
      place = std::min(text.find('\n', place), text.size());
    else
      break;
  }
  return place != before;
}

void Scanner::skipString() {
  for (++place; place < text.size() && peek() != '"' && peek() != '\n'; ++place)
    if (peek() == '\\')
      ++place;
  ++place;
}

llvm::StringRef Scanner::take(llvm::StringRef others) {
  size_t start = place;
  while (llvm::isAlnum(peek()) || (peek() && others.contains(peek())))
    ++place;
  return text.slice(start, place);
}

llvm::Error Scanner::addWord(Extent extent) {
  Bracket &bracket = brackets.back();
  bracket.depth += bracket.hasExpressions;
  uint64_t depth = bracket.depth + extent.depth;
  if (depth > deepest)
    return fail("nested deeper than " + llvm::Twine(deepest));
  if (!defined)
    return llvm::Error::success();
  defined->depth = std::max(defined->depth, depth);
  defined->words += extent.words;
  if (defined->words > mostWords)
    return fail("an alias stands for more than " + llvm::Twine(mostWords) +
                " words");
  return llvm::Error::success();
}

llvm::Error Scanner::scanName() {
  llvm::StringRef name = take("_$.");
  if (name.size() > longestWord)
    return fail("a word of " + llvm::Twine(name.size()) + " characters");
  return addWord();
}

/// A name behind '#' or '!'.
llvm::Error Scanner::scanAlias() {
  ++place;
  llvm::StringRef name = text.slice(begin, begin + 1 + take("_$.-").size());
  skipSpace();
  if (brackets.size() == 1 && peek() == '=') {
    defined = &aliases[name];
    *defined = {0, 0};
    return llvm::Error::success(); // The next word is '='.
  }
  auto found = aliases.find(name);
  return found == aliases.end() ? addWord() : addWord(found->second);
}

llvm::Error Scanner::openBracket() {
  bool hasExpressions = text[place++] != '{';
  uint64_t deeper = !brackets.back().hasExpressions;
  if (llvm::Error error = addWord({deeper, 1}))
    return error;
  uint64_t depth = brackets.back().depth + deeper;
  brackets.push_back({hasExpressions, depth, depth});
  return llvm::Error::success();
}

llvm::Error Scanner::closeBracket() {
  ++place;
  if (brackets.size() > 1)
    brackets.pop_back();
  return llvm::Error::success();
}

llvm::Error Scanner::scanWord() {
  if (skipSpace())
    return llvm::Error::success();
  begin = place;
  bool wasOpen = std::exchange(open, false);
  char c = peek(), next = peek(1);
  // Where an attribute may end, one of these begins an op.
  if ((llvm::isAlpha(c) || c == '_' || c == '"' || c == '%') && !wasOpen &&
      brackets.size() == 1)
    defined = nullptr;
  if (llvm::isAlnum(c) || c == '_')
    return scanName();
  if (c == '#' || c == '!')
    return scanAlias();
  if ((c == '-' && next == '>') || ((c == '<' || c == '>') && next == '=')) {
    place += 2;
    open = c == '-';
    return addWord();
  }
  if (llvm::StringRef("([{<").contains(c))
    return openBracket();
  if (llvm::StringRef(")]}>").contains(c))
    return closeBracket();
  if (c == ',')
    brackets.back().depth = brackets.back().start;
  open = c == '=' || c == ':';
  place += c != '"';
  if (c == '"' || (c == '@' && next == '"'))
    skipString();
  else if (c == '%' || c == '@' || c == '^')
    take("_$.-");
  return addWord();
}

//===----------------------------------------------------------------------===//
// Interface
//===----------------------------------------------------------------------===//

llvm::Error llamir::checkIRText(llvm::StringRef text) {
  return Scanner(text).scan();
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
llamir::readIRText(llvm::StringRef path) {
  auto fail = [&](const llvm::Twine &message) {
    return llvm::createStringError(path + ": " + message);
  };
  std::unique_ptr<llvm::MemoryBuffer> buffer;
  if (path == "-") {
    auto input = llvm::MemoryBuffer::getSTDIN();
    if (!input)
      return fail(input.getError().message());
    buffer = std::move(*input);
  } else {
    auto file = readInputFile(path, /*terminated=*/true);
    if (!file)
      return file.takeError();
    buffer = std::move(*file);
  }
  if (buffer->getBuffer().starts_with("ML\xefR"))
    return fail("MLIR bytecode cannot be read; give IR as text");
  if (llvm::Error wrong = checkIRText(buffer->getBuffer()))
    return fail(llvm::toString(std::move(wrong)));
  return buffer;
}
