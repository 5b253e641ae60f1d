//===- OptionParsers.h - What may stand behind an option ------ -*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TOOLS_LLAMIR_OPTIONPARSERS_H
#define LLAMIR_TOOLS_LLAMIR_OPTIONPARSERS_H

#include "Messages.h"
#include "llvm/Support/CommandLine.h"
#include <cmath>

namespace llamir {

/// An option as it is written on the command line.
inline std::string getSpelling(llvm::StringRef name) {
  return ((name.size() == 1 ? "-" : "--") + name).str();
}

/// Prints what an option expects; true, as a parser returns it.
inline bool failOption(llvm::StringRef name, llvm::StringRef text,
                       const llvm::Twine &expected) {
  return failed(
      fail(getSpelling(name) + "=" + text + ": expected " + expected));
}

/// A text that is not empty.
class TextParser : public llvm::cl::parser<std::string> {
public:
  using parser::parser;
  bool parse(llvm::cl::Option &option, llvm::StringRef name,
             llvm::StringRef text, std::string &value) {
    value = text.str();
    return text.empty() && failOption(name, text, option.ValueStr);
  }
};
using Text = llvm::cl::opt<std::string, false, TextParser>;
using Texts = llvm::cl::list<std::string, bool, TextParser>;

/// A whole number in `least .. most`.
template <long long least, long long most>
class NumberParser : public llvm::cl::parser<long long> {
public:
  using parser::parser;
  bool parse(llvm::cl::Option &option, llvm::StringRef name,
             llvm::StringRef text, long long &value) {
    if (!text.getAsInteger(10, value) && value >= least && value <= most)
      return false;
    return failOption(name, text,
                      "a number from " + llvm::Twine(least) + " to " +
                          llvm::Twine(most));
  }
};
template <long long least, long long most>
using Number = llvm::cl::opt<long long, false, NumberParser<least, most>>;

/// A difference that is allowed.
class ToleranceParser : public llvm::cl::parser<double> {
public:
  using parser::parser;
  bool parse(llvm::cl::Option &option, llvm::StringRef name,
             llvm::StringRef text, double &value) {
    if (llvm::to_float(text, value) && std::isfinite(value) && value >= 0)
      return false;
    return failOption(name, text, "a number from 0, such as 2e-4");
  }
};
using Tolerance = llvm::cl::opt<double, false, ToleranceParser>;

} // namespace llamir

#endif // LLAMIR_TOOLS_LLAMIR_OPTIONPARSERS_H
